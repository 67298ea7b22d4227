"""The country of a Tribe address as two letters: by its code, else by its name in Dutch or English (tribe-api 5.3)."""

from collections.abc import Mapping

from tribe_yuki.adapters.tribe.values import Record, text

# ISO 3166-1.
ISO_CODES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 (249 quoted codes would hide what they are)
)

# Codes in use that ISO does not know: VAT numbers write EL for Greece.
_OTHER_CODES = {"EL": "GR", "UK": "GB"}

_NAMES: Mapping[str, tuple[str, ...]] = {
    "AT": ("oostenrijk", "austria"),
    "AU": ("australië", "australia"),
    "BE": ("belgië", "belgium", "belgique"),
    "BG": ("bulgarije", "bulgaria"),
    "CA": ("canada",),
    "CH": ("zwitserland", "switzerland"),
    "CN": ("china",),
    "CW": ("curaçao",),
    "CY": ("cyprus",),
    "CZ": ("tsjechië", "tsjechische republiek", "czechia", "czech republic"),
    "DE": ("duitsland", "germany", "deutschland"),
    "DK": ("denemarken", "denmark"),
    "EE": ("estland", "estonia"),
    "ES": ("spanje", "spain"),
    "FI": ("finland",),
    "FR": ("frankrijk", "france"),
    "GB": (
        "verenigd koninkrijk",
        "groot-brittannië",
        "engeland",
        "united kingdom",
        "great britain",
        "england",
    ),
    "GR": ("griekenland", "greece"),
    "HR": ("kroatië", "croatia"),
    "HU": ("hongarije", "hungary"),
    "IE": ("ierland", "ireland"),
    "IN": ("india",),
    "IS": ("ijsland", "iceland"),
    "IT": ("italië", "italy"),
    "JP": ("japan",),
    "LI": ("liechtenstein",),
    "LT": ("litouwen", "lithuania"),
    "LU": ("luxemburg", "luxembourg"),
    "LV": ("letland", "latvia"),
    "MT": ("malta",),
    "NL": ("nederland", "netherlands", "the netherlands", "holland"),
    "NO": ("noorwegen", "norway"),
    "PL": ("polen", "poland"),
    "PT": ("portugal",),
    "RO": ("roemenië", "romania"),
    "SE": ("zweden", "sweden"),
    "SI": ("slovenië", "slovenia"),
    "SK": ("slowakije", "slovakia"),
    "SR": ("suriname",),
    "TR": ("turkije", "turkey", "türkiye"),
    "US": ("verenigde staten", "verenigde staten van amerika", "united states", "united states of america", "usa"),
}
_BY_NAME = {name: code for code, names in _NAMES.items() for name in names}


def country_code(country: Record | None) -> str | None:
    """Return ISO 3166's two upper-case letters for a Datastore.Country; None when it is not recognised."""
    if country is None:
        return None
    code = (text(country, "Code") or "").upper()
    code = _OTHER_CODES.get(code, code)
    if code in ISO_CODES:
        return code
    names = (text(country, name) for name in ("Name", "LocalizedName", "_Name"))
    return next((_BY_NAME[name.casefold()] for name in names if name and name.casefold() in _BY_NAME), None)
