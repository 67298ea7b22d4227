"""Words in address lines of the countries around: units, floors, parts of a building, months, what stands beside.

Each is a piece of a regular expression, for lines in any capitals.
"""


def _alternatives(*blocks: str) -> str:
    """Return a regular expression for any of some words, the longest first."""
    words = sorted({word for block in blocks for word in block.split()}, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(words) + ")"


# A word with a number or letter behind it: "unit 4", "Haus B", "bte 12".
UNIT_NAMES = """
unit unitnr units appartement appartementnr appart app appt apt apartment ap wohnung whg kamer kamernr kmr room rm
zimmer zi pokój pok bureau büro kantoor office suite ste studio hal hall halle hala halnr loods loodsen hangar shed
warehouse magazijn entrepôt lager gebouw geb gebouwnr gebäude gebaeude building bldg bâtiment batiment bât bat budynek
bud blok block bloc pand haus huis house paviljoen pavillon toren tower turm tour vleugel flügel wing zone zoning sector
secteur tor poort gate porte deur door tür drzwi ingang entree entrée entrance eingang aufgang portiek portaal trap
trappenhuis stiege escalier esc stairs klatka kl dok dock box boxnr garage bus busnr bte bt boîte boite lok lokal lokaal
local mieszkanie mieszk lgh verdieping verd verdiep étage etage stock og floor fl flat niveau level piętro winkel
winkelnr shop store stand kavel kavelnr perceel lot vak module ruimte ligplaats steiger pier havennr
havennummer parkeerplaats pp terminal top bungalow chalet stacaravan caravan tuin tuinnr plaats
plaatsnr plek afdeling afd fase bouwnummer bouwnr
"""
UNIT = _alternatives(UNIT_NAMES)
# What is no unit of a house, and has a number all the same.
NUMBERED_ELSE = _alternatives(
    """
    km kilometer hectometerpaal hmp afrit exit ausfahrt sortie route nationale rn werk perron team klas parzelle
    flurstück flur działka dz \\S*nummer \\S*number \\S*nr \\S*numéro
    \\S*zone \\S*halle \\S*loods \\S*gebouw \\S*gebäude
    """
)
FLOOR = _alternatives(
    "hoog verdieping verd verdiep etage étage floor fl stock og ug obergeschoss untergeschoss piętro sal tv th mf"
)
ORDINAL_END = r"(?:-?(?:e|de|ste|er|ère|ème|eme|st|nd|rd|th|go)|[.º°ª])"
# A part of a building that needs no number; one or two letters pass by themselves.
PART = _alternatives(
    """
    huis rood zwart boven bovenwoning bovenhuis beneden benedenwoning benedenhuis achter achterhuis voor voorhuis links
    rechts midden kantoor winkel atelier begane\\s+grond gelijkvloers glv souterrain sous kelder parterre bel-?etage
    zolder rez-de-chaussée rdc hinterhaus vorderhaus seitenflügel erdgeschoss basement ground\\s+floor
    """
)
REPETITION = r"(?:bis|ter|quater)"
JOINER = r"(?:t/m|t\.?e\.?m\.?|tm|tot|en|et|und|u\.|and|bis|à|[-\u2013/+&])"

MONTH = _alternatives(
    """
    januari februari maart april mei juni juli augustus september oktober november december
    januar jänner februar märz mai august dezember
    janvier février fevrier mars avril juin juillet août aout septembre octobre novembre décembre decembre
    january february march may june july october
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    enero mayo junio julio octubre
    """
)

# Streets have a year in their name behind such a word, and such a word alone is a street only with a name or number.
NAMED_BY_YEAR = _alternatives(
    "plein laan park hof straat weg singel avenue boulevard rue place allee platz straße strasse van de du"
)
NAMED_BY_NUMBER = _alternatives(
    "straat straße strasse str\\.? rue avenue ulica ul\\.? osiedle os\\.? street road bis ter"
)
# Numbers of these go beyond 1500; what stands behind another street may be the year that it is named by.
BEYOND_1500 = _alternatives("\\S*steenweg chaussée postbus antwoordnummer postfach boîte\\s+postale")
# Roads that have numbers, behind which a line may end, where the house number stands first.
NUMBERED_ROAD = _alternatives("highway hwy route rte road rd freeway fwy interstate fm cr sr us-?")

# The number behind such a word is a neighbour's.
BESIDE = _alternatives(
    """
    t/o t\\.o\\.? to tegenover bij by naast achter nabij t\\.h\\.v\\.? thv hoek near opposite behind next face gegenüber
    neben hinter bei obok koło naprzeciw naprzeciwko tussen between zwischen entre
    """
)
# Such a word anywhere in a street says that the number behind it is a neighbour's.
PLAINLY_BESIDE = r"(?:t/o|t\.o\.|tegenover|t\.h\.v\.|thv|nabij|naast|opposite|gegenüber|vis-à-vis|naprzeciwko?|p/a|c/o)"
# A line that begins so names somebody or something before the street.
BEFORE_A_STREET = r"(?:p/a|c/o|t\.?a\.?v\.?|ter\s+attentie|z\.?[iaeh]\.?|zac|attn|hoek)(?!\w)"
ARTICLE = _alternatives("de het 't den der la le les l' the die das o op aan van du des")
NUMBER_SIGN = r"(?:(?:huisnummer|huisnr|hausnummer|hausnr|numéro|numero|nummer|number|num|nr|no|n[°º])\.?|№|\#)"
