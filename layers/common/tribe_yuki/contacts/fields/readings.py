"""Read a field on either side in one form, whatever its type, for comparing and for fingerprints."""

from dataclasses import asdict, dataclass, replace

from tribe_yuki.contacts.fields.address import address_key
from tribe_yuki.contacts.fields.converters import Converted, Status, country_code
from tribe_yuki.contacts.fields.read import (
    ContactMapping,
    raw_in_tribe,
    raw_in_yuki,
    tribe_address,
    tribe_value,
    yuki_address,
    yuki_value,
)
from tribe_yuki.contacts.fields.table import AddressField, TextField
from tribe_yuki.contacts.link import Side
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.model import AddressLines, TribeRelation, YukiContact


@dataclass(frozen=True, slots=True)
class Reading:
    """What one side holds of a field: `raw` as read, `key` what it is compared by; both are "" when empty."""

    name: str
    side: Side
    status: Status
    raw: str = ""
    key: str = ""
    warning: WarningCode | None = None

    @property
    def is_filled(self) -> bool:
        """Tell whether there is a value that may be carried over."""
        return self.status is Status.VALID

    @property
    def is_invalid(self) -> bool:
        """Tell whether there is a value that is neither sent nor overwritten."""
        return self.status is Status.INVALID

    @property
    def warnings(self) -> tuple[FieldWarning, ...]:
        """Return what is wrong with the value, if anything."""
        return (FieldWarning(self.name, self.warning),) if self.warning else ()


def read_tribe(entry: TextField | AddressField, relation: TribeRelation, settings: ContactMapping) -> Reading:
    """Return what Tribe holds of a field."""
    raw = raw_in_tribe(entry, relation, settings)
    if isinstance(entry, TextField):
        return _text_reading(entry.name, Side.TRIBE, raw, tribe_value(entry, relation, settings))
    return _address_reading(entry.name, Side.TRIBE, raw, tribe_address(entry, relation, settings))


def read_yuki(entry: TextField | AddressField, contact: YukiContact, settings: ContactMapping) -> Reading:
    """Return what Yuki holds of a field."""
    raw = raw_in_yuki(entry, contact)
    if isinstance(entry, TextField):
        return _text_reading(entry.name, Side.YUKI, raw, yuki_value(entry, contact, settings))
    return _address_reading(entry.name, Side.YUKI, raw, yuki_address(entry, contact))


def _text_reading(name: str, side: Side, raw: str, converted: Converted) -> Reading:
    if converted.status is Status.EMPTY:
        return Reading(name, side, Status.EMPTY)
    return Reading(name, side, converted.status, raw, converted.key, converted.warning)


def _address_reading(name: str, side: Side, raw: str, lines: AddressLines | None) -> Reading:
    if lines is None:
        return Reading(name, side, Status.EMPTY)
    country = country_code(lines.country)
    status = Status.INVALID if country.warning else Status.VALID
    key = address_key(replace(lines, country=country.written))
    return Reading(name, side, status, raw, "\n".join(asdict(key).values()), country.warning)
