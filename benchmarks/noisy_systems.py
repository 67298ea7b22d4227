"""Write down what Tribe and Yuki hold of made-up customers: something missing, mistyped, or as it was years ago."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from benchmarks.cases import Case
from benchmarks.made_up_customers import Customer, MakeUp, make_up

# How often each happens to a record, in each system apart.
SHARES: Mapping[str, float] = {
    "in_tribe": 0.82,
    "in_yuki": 0.8,
    "numbered": 0.95,
    "one_code": 0.35,
    "no_vat_number": 0.22,
    "no_coc_number": 0.3,
    "no_email": 0.2,
    "no_phone": 0.25,
    "moved": 0.05,
    "other_house_number": 0.05,
    "post_box": 0.04,
    "other_phone": 0.06,
    "other_email": 0.06,
    "no_legal_form": 0.15,
    "form_otherwise": 0.4,
    "en_for_and": 0.3,
    "town_in_brackets": 0.05,
    "mistyped": 0.04,
    "other_capitals": 0.1,
    "initial_only": 0.12,
}


def happens(random: Random, what: str) -> bool:
    """Whether something happens this time."""
    return random.random() < SHARES[what]


@dataclass(frozen=True, slots=True)
class TwoSystems:
    """A case, and which contact of Yuki truly is which relation of Tribe."""

    case: Case
    pairs: dict[str, str]
    sorts: dict[str, str]


def two_systems(seed: int) -> TwoSystems:
    """Return what Tribe and Yuki hold of the customers, each with its own gaps and errors."""
    random = Random(f"systems {seed}")
    tribe: list[Case] = []
    yuki: list[Case] = []
    pairs: dict[str, str] = {}
    sorts: dict[str, str] = {}
    for customer in make_up(seed):
        relation_id, contact_id = f"t{customer.key}", f"y{customer.key}"
        is_in_tribe, is_in_yuki = happens(random, "in_tribe"), happens(random, "in_yuki")
        code = str(10_000 + int(customer.key))
        has_one_code = happens(random, "one_code")
        if is_in_tribe:
            tribe.append(_in_tribe(noisy(customer, random), relation_id, code, random))
        if is_in_yuki:
            other = code if has_one_code else str(50_000 + random.randint(0, 49_999))
            yuki.append(_in_yuki(noisy(customer, random), contact_id, other, random))
        if is_in_tribe and is_in_yuki:
            pairs[contact_id] = relation_id
        sorts[contact_id] = customer.sort
    random.shuffle(yuki)
    return TwoSystems({"tribe": tribe, "yuki": yuki}, pairs, sorts)


def noisy(customer: Customer, random: Random) -> Customer:
    """Return a customer as somebody typed it in: something missing, mistyped, or as it was years ago."""
    made = MakeUp(random)
    customer = _noisy_person_name(customer, random) if customer.is_person else _noisy_name(customer, random)
    if happens(random, "moved"):
        customer = replace(customer, place=made.place())
    if happens(random, "other_house_number"):
        customer = replace(customer, place=replace(customer.place, number=customer.place.number + 1))
    if happens(random, "other_phone"):
        customer = replace(customer, phone=made.phone())
    if happens(random, "other_email"):
        customer = replace(customer, email=f"boekhouding.{customer.email}")
    return replace(
        customer,
        vat_number=_unless(random, "no_vat_number", customer.vat_number),
        coc_number=_unless(random, "no_coc_number", customer.coc_number),
        email=_unless(random, "no_email", customer.email),
        phone=_unless(random, "no_phone", customer.phone),
    )


def _unless(random: Random, what: str, value: str) -> str:
    return "" if happens(random, what) else value


def _noisy_name(customer: Customer, random: Random) -> Customer:
    name, form = customer.name, customer.form
    if happens(random, "no_legal_form"):
        form = ""
    elif form == "B.V." and happens(random, "form_otherwise"):
        form = random.choice(["BV", "bv", "b.v."])
    if happens(random, "en_for_and"):
        name = name.replace(" & ", random.choice([" en ", " + "]))
    if happens(random, "town_in_brackets"):
        name = f"{name} ({customer.place.city})"
    if happens(random, "mistyped"):
        name = _mistyped(name, random)
    if happens(random, "other_capitals"):
        name = random.choice([name.upper(), name.lower()])
    return replace(customer, name=name, form=form)


def _noisy_person_name(customer: Customer, random: Random) -> Customer:
    if happens(random, "initial_only"):
        return replace(customer, first_name=f"{customer.first_name[0]}.")
    if happens(random, "mistyped"):
        return replace(customer, last_name=_mistyped(customer.last_name, random))
    return customer


def _mistyped(text: str, random: Random) -> str:
    """Return a text with a letter left out, doubled or swapped."""
    place = random.randrange(1, len(text) - 1)
    return random.choice(
        [
            text[:place] + text[place + 1 :],
            text[:place] + text[place] + text[place:],
            text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :],
        ]
    )


def _in_tribe(customer: Customer, relation_id: str, code: str, random: Random) -> Case:
    return {
        "id": relation_id,
        "kind": "person" if customer.is_person else "organization",
        "debtor_number": code if happens(random, "numbered") else None,
        "street": customer.place.street,
        "house_number": customer.place.number,
    } | _both(customer)


def _in_yuki(customer: Customer, contact_id: str, code: str, random: Random) -> Case:
    place = customer.place
    line = f"{place.street} {place.number}"
    if happens(random, "post_box"):
        line = f"Postbus {random.randint(1, 900)}"
    return {
        "id": contact_id,
        "type": "Person" if customer.is_person else "Company",
        "code": code,
        "address_line_1": line,
    } | _both(customer)


def _both(customer: Customer) -> Case:
    name = (
        f"{customer.first_name} {customer.last_name}"
        if customer.is_person
        else f"{customer.name} {customer.form}".strip()
    )
    return {
        "name": name,
        "first_name": customer.first_name or None,
        "last_name": customer.last_name or None,
        "vat_number": customer.vat_number or None,
        "coc_number": customer.coc_number or None,
        "email": customer.email or None,
        "phone": customer.phone or None,
        "postcode": customer.place.postcode,
        "city": customer.place.city,
        "country": "NL",
    }
