"""Make up a company's customers as they truly are: with groups, branches, families and firms that became companies."""

from dataclasses import dataclass, field, replace
from random import Random

from stdnum.nl import btw

CUSTOMERS = 1_000
GROUPS, CHAINS, FAMILIES, SUCCESSIONS = 60, 12, 6, 12
PERSONS = 0.25
WITH_VAT_NUMBER = 0.9
GROUPS_AT_ONE_PLACE = 0.7

_TOWNS = {
    "Zwolle": "80", "Deventer": "74", "Apeldoorn": "73", "Kampen": "82", "Almelo": "76", "Hengelo": "75",
    "Enschede": "75", "Meppel": "79", "Assen": "94", "Groningen": "97", "Utrecht": "35", "Amersfoort": "38",
    "Arnhem": "68", "Nijmegen": "65", "Breda": "48", "Den Haag": "25", "Rotterdam": "30", "Maastricht": "62",
}  # fmt: skip
_STREETS = (
    "Kerkstraat Dorpsstraat Stationsweg Molenweg Kade Industrieweg Havenweg Schoolstraat Nieuwstraat Parallelweg "
    "Marktplein Wilhelminastraat Julianalaan Handelsweg Ambachtsweg Veerweg Esdoornlaan Lindelaan Singel Bredeweg"
)
_SURNAMES = (
    "Jansen;de Vries;van den Berg;Bakker;Visser;Smit;Meijer;de Boer;Mulder;de Groot;Bos;Vos;Peters;Hendriks;van Dijk;"
    "Dekker;Brouwer;de Wit;Dijkstra;Smits;de Graaf;van der Meer;Kok;Jacobs;van der Linden;Vermeulen;Schouten;Willems;"
    "Hoekstra;Koster;Prins;Huisman;Postma;Kuiper;Veenstra;Kuipers;Gerritsen;Verhoeven;Schipper;Molenaar;Driessen;"
    "Bergsma;Wiersma;Terpstra;Noordhof;Oosterveld;Zuidema;Wolters;Ploeg;Strand;Ruiter;Bouwman;Timmer;Kamphuis;Lubbers"
)
_FIRST_NAMES = (
    "Jan Piet Klaas Femke Anna Sanne Tom Lars Daan Eva Lotte Bram Ruben Iris Joost Marieke Wouter Nienke Sjoerd Karin "
    "Henk Gerda Willem Saskia Frank Ellen Rob Monique Erik Carla Thijs Roos Koen Fleur Maarten Hanneke Jelle Anouk"
)
_TRADES = (
    "Bakkerij Slagerij Garage Bouwbedrijf Installaties Schilders Hoveniers Transport Techniek Advies Makelaardij "
    "Drukkerij Meubelen Tweewielers Keukens Dakwerken Logistiek Interieur Electro Metaal Kunststoffen Reklame Zorg"
)
_WORDS = (
    "Veluwe IJssel Salland Twente Hanze Delta Noorderlicht Horizon Zonnedael Korenschuur Eikenhof Waterpoort Lindeboom "
    "Morgenrood Vechtdal Stadszicht Rijnland Betuwe Vechtstroom Berkel Regge Sallandia Kompas Anker Ooievaar Pelikaan"
)
_FORMS = ("B.V.", "B.V.", "B.V.", "B.V.", "V.O.F.", "N.V.", "", "")
_IN_A_GROUP = ("Beheer", "Holding", "Vastgoed", "Materieel", "Installaties", "Techniek", "Service", "Projecten")


@dataclass(frozen=True, slots=True)
class Place:
    """An address as it truly is."""

    street: str
    number: int
    postcode: str
    city: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as it truly is; `sort` says which kind of relatives it has, "" for none."""

    key: str
    sort: str = ""
    name: str = ""
    form: str = ""
    first_name: str = ""
    last_name: str = ""
    vat_number: str = ""
    coc_number: str = ""
    email: str = ""
    phone: str = ""
    place: Place

    @property
    def is_person(self) -> bool:
        """Whether it is a private customer."""
        return bool(self.last_name)


@dataclass(slots=True)
class MakeUp:
    """What customers are made of, by one seed."""

    random: Random
    customers: list[Customer] = field(default_factory=list)

    def place(self, *, other_than: str = "") -> Place:
        """Return an address, in another town than one."""
        city = self.random.choice([town for town in _TOWNS if town != other_than])
        postcode = f"{_TOWNS[city]}{self.random.randint(10, 99)} {self._letters()}"
        return Place(self.random.choice(_STREETS.split()), self.random.randint(1, 240), postcode, city)

    def _letters(self) -> str:
        return "".join(self.random.choices("ABCDEGHJKLNPRSTVWXZ", k=2))

    def coc_number(self) -> str:
        """Return a number of the Chamber of Commerce."""
        return f"{self.random.randint(10_000_000, 89_999_999)}"

    def vat_number(self) -> str:
        """Return a valid VAT number of the Netherlands."""
        while True:
            number = f"NL{self.random.randint(1_000_000, 899_999_999):09d}B0{self.random.randint(1, 9)}"
            if btw.is_valid(number):
                return number

    def phone(self) -> str:
        """Return a phone number."""
        return f"06{self.random.randint(10_000_000, 59_999_999)}"

    def add(self, customer: Customer) -> Customer:
        """Take in a customer."""
        self.customers.append(replace(customer, key=f"{len(self.customers)}"))
        return self.customers[-1]

    def company(self) -> Customer:
        """Return a company without relatives."""
        random, surname = self.random, self.random.choice(_SURNAMES.split(";"))
        trade, word = random.choice(_TRADES.split()), random.choice(_WORDS.split())
        name = random.choice(
            [f"{trade} {surname}", f"{surname} {trade}", f"{word} {trade}", f"{surname} & Zn.", f"{trade} De {word}"]
        )
        return Customer(
            key="",
            name=name,
            form=random.choice(_FORMS),
            vat_number=self.vat_number() if random.random() < WITH_VAT_NUMBER else "",
            coc_number=self.coc_number(),
            email=f"{random.choice(['info', 'administratie', 'facturen'])}@{_domain(name, random)}",
            phone=f"038{random.randint(1_000_000, 8_999_999)}",
            place=self.place(),
        )

    def person(self) -> Customer:
        """Return a private customer."""
        first, last = self.random.choice(_FIRST_NAMES.split()), self.random.choice(_SURNAMES.split(";"))
        host = self.random.choice(["gmail.com", "hotmail.com", "ziggo.nl", "kpnmail.nl", "outlook.com"])
        email = f"{first}.{last}{self.random.randint(1, 999)}@{host}".lower().replace(" ", "")
        return Customer(key="", first_name=first, last_name=last, email=email, phone=self.phone(), place=self.place())


def _domain(name: str, random: Random) -> str:
    bare = "".join(filter(str.isalnum, name.lower()))
    return f"{bare}{random.randint(1, 99)}.example"


def make_up(seed: int) -> list[Customer]:
    """Return the customers of one company, with groups, branches, families and firms that became companies."""
    made = MakeUp(Random(seed))
    for place in range(GROUPS):
        _group(made, shares_number=place % 2 == 0)
    for _ in range(CHAINS):
        _chain(made)
    for _ in range(FAMILIES):
        _family(made)
    for _ in range(SUCCESSIONS):
        _succession(made)
    while len(made.customers) < CUSTOMERS:
        made.add(made.person() if made.random.random() < PERSONS else made.company())
    return made.customers


def _group(made: MakeUp, *, shares_number: bool) -> None:
    surname, first = made.random.choice(_SURNAMES.split(";")), made.company()
    for word in made.random.sample(_IN_A_GROUP, made.random.choice([2, 2, 3])):
        name = f"{surname} {word}"
        is_there = made.random.random() < GROUPS_AT_ONE_PLACE
        made.add(
            replace(
                made.company(),
                sort="group",
                name=name,
                form="B.V.",
                vat_number=first.vat_number if shares_number else made.vat_number(),
                phone=first.phone if is_there else made.phone(),
                place=first.place if is_there else made.place(),
            )
        )


def _chain(made: MakeUp) -> None:
    head = replace(made.company(), sort="branch", vat_number=made.vat_number())
    for _ in range(made.random.choice([2, 2, 3, 4])):
        place = made.place(other_than=head.place.city)
        email = f"{place.city.lower().replace(' ', '')}@{_domain(head.name, made.random)}"
        made.add(replace(head, place=place, email=email, phone=made.phone()))


def _family(made: MakeUp) -> None:
    father = made.add(replace(made.person(), sort="family"))
    made.add(replace(father, email=made.person().email, phone=made.phone()))


def _succession(made: MakeUp) -> None:
    firm = made.add(replace(made.company(), sort="succession", form="", vat_number=made.vat_number()))
    made.add(replace(firm, form="B.V.", vat_number=made.vat_number(), coc_number=made.coc_number()))
