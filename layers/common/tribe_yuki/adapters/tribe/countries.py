"""The country of a Tribe address: by its code, else by its name in Dutch or English (tribe-api 5.3)."""

from collections.abc import Iterable

from tribe_yuki.adapters.tribe.values import Record, record_id, text
from tribe_yuki.contacts.fields import converters


def country_code(country: Record | None) -> str | None:
    """Return ISO 3166's two upper-case letters for a Datastore.Country.

    An unknown country is handed on by its name, so that it is not taken for the company's own; None only without one.
    """
    if country is None:
        return None
    named = [value for name in ("Code", "Name", "LocalizedName", "_Name") if (value := text(country, name))]
    known = (converters.country_code(value) for value in named)
    return next((found.written for found in known if found.is_valid), named[-1] if named else None)


def country_ids(countries: Iterable[Record]) -> dict[str, str]:
    """Return the ids of Datastore.Country's records by ISO code; a record's own code goes before its names."""
    rows = sorted(countries, key=lambda row: converters.country_code(text(row, "Code")).is_valid)
    return {code: record_id(row) for row in rows if (code := country_code(row))}
