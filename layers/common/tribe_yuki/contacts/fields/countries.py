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

_THREE_LETTERS = """
AT:AUT AU:AUS BE:BEL BG:BGR BR:BRA CA:CAN CH:CHE CN:CHN CY:CYP CZ:CZE DE:DEU DK:DNK EE:EST ES:ESP FI:FIN FR:FRA GB:GBR
GR:GRC HR:HRV HU:HUN IE:IRL IL:ISR IN:IND IS:ISL IT:ITA JP:JPN LI:LIE LT:LTU LU:LUX LV:LVA MA:MAR MC:MCO MT:MLT NL:NLD
NO:NOR PL:POL PT:PRT RO:ROU RU:RUS SE:SWE SI:SVN SK:SVK SR:SUR TR:TUR UA:UKR US:USA ZA:ZAF
"""
# Written by people and programs, but not ISO codes of two letters.
OTHER_CODES: Mapping[str, str] = {"EL": "GR", "UK": "GB"} | {pair[3:]: pair[:2] for pair in _THREE_LETTERS.split()}

_NAMES: Mapping[str, str] = {
    "AD": "Andorra",
    "AE": "United Arab Emirates, Verenigde Arabische Emiraten",
    "AL": "Albania, Albanië",
    "AR": "Argentina, Argentinië",
    "AT": "Austria, Oostenrijk, Österreich, Autriche",
    "AU": "Australia, Australië",
    "AW": "Aruba",
    "BA": "Bosnia and Herzegovina, Bosnië en Herzegovina, Bosnië-Herzegovina",
    "BE": "Belgium, België, Belgie, Belgique, Belgien",
    "BG": "Bulgaria, Bulgarije",
    "BQ": "Bonaire, Caribisch Nederland",
    "BR": "Brazil, Brazilië, Brazilie",
    "CA": "Canada",
    "CH": "Switzerland, Zwitserland, Suisse, Schweiz",
    "CL": "Chile, Chili",
    "CN": "China",
    "CO": "Colombia",
    "CW": "Curaçao, Curacao",
    "CY": "Cyprus",
    "CZ": "Czech Republic, Czechia, Tsjechische Republiek, Tsjechië, Tsjechie",
    "DE": "Germany, Duitsland, Deutschland, Allemagne",
    "DK": "Denmark, Denemarken, Danmark",
    "DZ": "Algeria, Algerije",
    "EE": "Estonia, Estland",
    "EG": "Egypt, Egypte",
    "ES": "Spain, Spanje, Espagne, España",
    "FI": "Finland",
    "FR": "France, Frankrijk, Frankreich",
    "GB": "United Kingdom, Verenigd Koninkrijk, Great Britain, Groot-Brittannië, England, Engeland, "
    "Schotland, Scotland, Wales, Noord-Ierland, Northern Ireland, Royaume-Uni",
    "GE": "Georgia, Georgië",
    "GR": "Greece, Griekenland",
    "HK": "Hong Kong, Hongkong",
    "HR": "Croatia, Kroatië, Kroatie",
    "HU": "Hungary, Hongarije",
    "ID": "Indonesia, Indonesië",
    "IE": "Ireland, Ierland",
    "IL": "Israel, Israël",
    "IN": "India",
    "IR": "Iran",
    "IS": "Iceland, IJsland",
    "IT": "Italy, Italië, Italie, Italia",
    "JP": "Japan",
    "KE": "Kenya, Kenia",
    "KR": "South Korea, Zuid-Korea",
    "LI": "Liechtenstein",
    "LT": "Lithuania, Litouwen",
    "LU": "Luxembourg, Luxemburg",
    "LV": "Latvia, Letland",
    "MA": "Morocco, Marokko, Maroc",
    "MC": "Monaco",
    "MD": "Moldova, Moldavië",
    "ME": "Montenegro",
    "MK": "North Macedonia, Noord-Macedonië",
    "MT": "Malta",
    "MX": "Mexico",
    "MY": "Malaysia, Maleisië",
    "NG": "Nigeria",
    "NL": "Netherlands, The Netherlands, Nederland, Holland, Pays-Bas, Niederlande",
    "NO": "Norway, Noorwegen",
    "NZ": "New Zealand, Nieuw-Zeeland",
    "PE": "Peru",
    "PH": "Philippines, Filipijnen",
    "PK": "Pakistan",
    "PL": "Poland, Polen, Polska, Pologne",
    "PT": "Portugal",
    "QA": "Qatar",
    "RO": "Romania, Roemenië, Roemenie",
    "RS": "Serbia, Servië",
    "RU": "Russia, Rusland, Russian Federation",
    "SA": "Saudi Arabia, Saoedi-Arabië",
    "SE": "Sweden, Zweden",
    "SG": "Singapore",
    "SI": "Slovenia, Slovenië, Slovenie",
    "SK": "Slovakia, Slowakije",
    "SR": "Suriname",
    "SX": "Sint Maarten",
    "TH": "Thailand",
    "TN": "Tunisia, Tunesië",
    "TR": "Turkey, Türkiye, Turkije",
    "TW": "Taiwan",
    "UA": "Ukraine, Oekraïne, Oekraine",
    "US": "United States, United States of America, USA, Verenigde Staten, Verenigde Staten van Amerika, États-Unis",
    "VN": "Vietnam",
    "ZA": "South Africa, Zuid-Afrika",
}

COUNTRY_NAMES: Mapping[str, str] = {
    name.casefold(): code for code, names in _NAMES.items() for name in names.split(", ")
}
