"""Countries: their ISO 3166 codes, and the names under which a CRM may hold the ones nearby."""

from collections.abc import Mapping

COUNTRY_CODES = frozenset(
    # A block of codes is easier to check than 249 quoted ones.
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 (see above)
)

# Written by people and programs, but not ISO codes.
OTHER_CODES: Mapping[str, str] = {"EL": "GR", "UK": "GB"}

_NAMES: Mapping[str, str] = {
    "AT": "Austria, Oostenrijk",
    "AU": "Australia, Australië",
    "BE": "Belgium, België, Belgie, Belgique",
    "BG": "Bulgaria, Bulgarije",
    "CA": "Canada",
    "CH": "Switzerland, Zwitserland",
    "CN": "China",
    "CW": "Curaçao, Curacao",
    "CY": "Cyprus",
    "CZ": "Czech Republic, Czechia, Tsjechische Republiek, Tsjechië, Tsjechie",
    "DE": "Germany, Duitsland, Deutschland",
    "DK": "Denmark, Denemarken",
    "EE": "Estonia, Estland",
    "ES": "Spain, Spanje",
    "FI": "Finland",
    "FR": "France, Frankrijk",
    "GB": "United Kingdom, Verenigd Koninkrijk, Great Britain, Groot-Brittannië, England, Engeland",
    "GR": "Greece, Griekenland",
    "HR": "Croatia, Kroatië, Kroatie",
    "HU": "Hungary, Hongarije",
    "IE": "Ireland, Ierland",
    "IN": "India",
    "IS": "Iceland, IJsland",
    "IT": "Italy, Italië, Italie",
    "JP": "Japan",
    "LI": "Liechtenstein",
    "LT": "Lithuania, Litouwen",
    "LU": "Luxembourg, Luxemburg",
    "LV": "Latvia, Letland",
    "MT": "Malta",
    "NL": "Netherlands, The Netherlands, Nederland, Holland",
    "NO": "Norway, Noorwegen",
    "PL": "Poland, Polen",
    "PT": "Portugal",
    "RO": "Romania, Roemenië, Roemenie",
    "SE": "Sweden, Zweden",
    "SI": "Slovenia, Slovenië, Slovenie",
    "SK": "Slovakia, Slowakije",
    "SR": "Suriname",
    "TR": "Turkey, Türkiye, Turkije",
    "US": "United States, United States of America, USA, Verenigde Staten, Verenigde Staten van Amerika",
}

COUNTRY_NAMES: Mapping[str, str] = {
    name.casefold(): code for code, names in _NAMES.items() for name in names.split(", ")
}
