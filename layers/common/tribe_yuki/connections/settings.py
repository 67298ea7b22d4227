"""What the operator chooses for one connection; validated as a whole."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tribe_yuki.core.ids import GUID
from tribe_yuki.core.journal import Retention

DAY = timedelta(days=1)
DRAFT_PHASE = "Draft"
# Tribe documents no such phase, and a sent invoice can only be taken back by a credit invoice: who made one of these
# codes for it says that the invoice does not count. The setting `excluded_phases` says otherwise.
CANCELLED_PHASES = ("Cancelled", "Canceled")


# What the phase of an invoice in Tribe means to us is one rule for all who ask (design 6.1; tribe-api 6.3). Tribe
# documents Draft, Sent and Paid; its reminders move an invoice on to phases whose codes are not documented, and tenants
# add phases of their own. So every phase but the draft and those that the connection excludes means sent.
class PhaseMeaning(StrEnum):
    """What a phase says of the invoices in it; an unclassified phase means sent once they are final and numbered."""

    DRAFT = "draft"
    SENT = "sent"
    EXCLUDED = "excluded"
    UNCLASSIFIED = "unclassified"


class InvoiceWithPhase(Protocol):
    """What is asked of an invoice to tell whether it was sent."""

    @property
    def number(self) -> str | None:
        """Return its number."""
        ...

    @property
    def phase_code(self) -> str:
        """Return the code of its phase; empty where it has none."""
        ...

    @property
    def is_final(self) -> bool:
        """Whether it is marked as final."""
        ...


def meaning_of_phase(code: str, *, sent: str, excluded: Collection[str]) -> PhaseMeaning:
    """Return what a phase means by its code alone, whatever its capitals."""
    wanted = code.casefold()
    if wanted in {phase.casefold() for phase in excluded}:
        return PhaseMeaning.EXCLUDED
    if wanted == DRAFT_PHASE.casefold():
        return PhaseMeaning.DRAFT
    return PhaseMeaning.SENT if wanted == sent.casefold() else PhaseMeaning.UNCLASSIFIED


Guid = Annotated[str, StringConstraints(pattern=f"^(?i:{GUID.pattern})$", to_lower=True)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$", to_upper=True)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]


# What Yuki takes for one invoice number: what is written alike, whatever the capitals, or letters and digits alone.
SameNumber = Literal["as_written", "any_case", "any_writing"]


class Location(StrEnum):
    """Where the customer is, as far as VAT is concerned."""

    DOMESTIC = "domestic"
    EU_WITH_VAT = "eu_with_vat"
    EU_WITHOUT_VAT = "eu_without_vat"
    OUTSIDE_EU = "outside_eu"


class Supply(StrEnum):
    """What is sold."""

    GOODS = "goods"
    SERVICES = "services"


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VatRule(_Settings):
    """One row of the VAT mapping: a Tribe VAT group and a place, and the Yuki VAT code that they mean.

    `vat_group` is the group's code, or its id where several share a code. `location`, `country` (of the customer) and
    `supply` may be left out to mean any; the most specific row wins. `valid_from` and `valid_to` are the first and last
    day of the invoices that it is for.
    """

    vat_group: str = Field(min_length=1)
    location: Location | None = None
    country: Country | None = None
    supply: Supply | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    vat_type: int = Field(ge=0)
    percentage: Decimal = Field(ge=0, le=100, decimal_places=2)
    description: str | None = None

    @model_validator(mode="after")
    def _period_has_days(self) -> Self:
        if self._first > self._last:
            raise ValueError(f"vat_rules: {self.vat_group} is to end on {self.valid_to}, before it begins")
        return self

    @property
    def key(self) -> tuple[str, Location | None, Country | None, Supply | None]:
        """Return what of a sale the row is for, but for the day."""
        return self.vat_group.casefold(), self.location, self.country, self.supply

    @property
    def _first(self) -> date:
        return self.valid_from or date.min

    @property
    def _last(self) -> date:
        return self.valid_to or date.max

    def is_for(self, day: date) -> bool:
        """Whether it is for invoices of this day."""
        return self._first <= day <= self._last

    def overlaps(self, other: Self) -> bool:
        """Whether both are for invoices of some day."""
        return self._first <= other._last and other._first <= self._last

    def without(self, other: Self) -> Iterator[Self]:
        """Yield what is left of the row when another has its days: nothing, or one or two rows."""
        if not self.overlaps(other):
            yield self
            return
        if self._first < other._first:
            yield self.model_copy(update={"valid_to": other._first - DAY})
        if other._last < self._last:
            yield self.model_copy(update={"valid_from": other._last + DAY})


type AmountMeaning = Literal["excl", "incl"]
type LineTotals = Literal["before_document_discount", "after_document_discount"]
type TribeRounding = Literal[
    "none",
    "document",
    "rate",
    "rate_net",
    "rate_net_document",
    "line_net",
    "line_net_only",
    "line_net_document",
    "line_net_exact_vat",
    "line_net_and_vat",
    "line_each",
    "line_vat",
]


class TotalsReading(_Settings):
    """How Tribe's own totals are to be understood; undocumented, so a setting (tribe-api 6.1, 6.2).

    `rounding` None means that nobody found out how Tribe rounds: then the look of an invoice's lines tells.
    """

    amount: AmountMeaning = "excl"
    line_totals: LineTotals = "before_document_discount"
    rounding: TribeRounding | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_tolerance(cls, stored: object) -> object:
        """Read what was stored when a difference of some cents could be tolerated: now a line makes up for it."""
        if not isinstance(stored, Mapping):
            return stored
        return {key: value for key, value in stored.items() if key != "tolerance_cents"}


class ConnectionSettings(_Settings):
    """The settings of one connection.

    `peppol` None means that nobody chose: nothing is sent from Yuki. `tribe_connector_confirmed_off` is when the
    operator confirmed that Tribe's own connector for Yuki is off, `numbering_confirmed` that Tribe gives out debtor
    numbers by itself. `tribe_organisation_id` is our own organisation in Tribe, by which its environment is known; None
    until Tribe was asked. `keep_books_years` None means what the law of the country wants for invoices without OSS.
    """

    yuki_region: Literal["nl", "be"] = "nl"
    yuki_domain_id: Guid
    yuki_administration_id: Guid
    yuki_administration_name: str
    administrations_in_domain: int = Field(default=1, ge=1)
    same_number: SameNumber = "as_written"
    country: Literal["NL", "BE"] = "NL"
    tribe_organisation_id: Guid | None = None
    activated_at: datetime
    start_date: date
    tribe_connector_confirmed_off: datetime | None = None
    numbering_confirmed: bool = False

    import_customers: bool = True
    import_private_customers: bool = True
    import_suppliers: bool = False
    export_customers: bool = True
    export_private_customers: bool = True
    export_suppliers: bool = False
    address_fallback: bool = True
    company_address: Literal["main", "work", "both"] = "both"
    financial_email_on_invoice: bool = True

    vat_rules: tuple[VatRule, ...] = ()
    vat_rounding: Literal["rate", "line", "document"] = "rate"
    default_supply: Supply = Supply.GOODS
    service_product_groups: tuple[str, ...] = ()
    default_ledger_account: str | None = None
    rounding_ledger_account: str | None = None
    revenue_gl_account_types: tuple[int, ...] = (4,)
    totals: TotalsReading = TotalsReading()

    sent_phase: str = "Sent"
    excluded_phases: tuple[str, ...] = CANCELLED_PHASES
    payment_method: Literal["ElectronicTransfer", "DirectCollection", "Unspecified"] = "ElectronicTransfer"
    payment_term_days: int = Field(default=30, ge=0, le=365)
    pdf: Literal["off", "when_found", "required"] = "when_found"
    pdf_largest_bytes: int = Field(default=2_000_000, ge=10_000, le=2_900_000)
    peppol: Literal["tribe", "elsewhere", "yuki"] | None = None
    external_id_field: FieldName | None = "ImportId"
    payment_id_field: FieldName | None = None
    purchase_order_field: FieldName | None = None

    batch_size: int = Field(default=25, ge=1, le=100)
    batch_bytes: int = Field(default=3_000_000, ge=100_000, le=3_900_000)
    batch_wait_seconds: int = Field(default=20, ge=0, le=300)
    poll_interval_minutes: int = Field(default=15, ge=5, le=240)
    daily_call_limit: int = Field(default=1000, ge=10)
    language: Literal["nl", "en", "fr"] = "nl"

    keep_books_years: int | None = Field(default=None, ge=7, le=30)
    keep_contact_story_days: int = Field(default=400, ge=30, le=3_650)

    @model_validator(mode="after")
    def _rows_are_unique(self) -> Self:
        rules = defaultdict[object, list[VatRule]](list)
        doubles = set[str]()
        for rule in self.vat_rules:
            if any(map(rule.overlaps, rules[rule.key])):
                doubles.add(str(rule.key))
            rules[rule.key].append(rule)
        if doubles:
            raise ValueError(f"vat_rules: more than one row for {sorted(doubles)} on the same days; keep one")
        return self

    @model_validator(mode="after")
    def _times_have_a_zone(self) -> Self:
        for name in ("activated_at", "tribe_connector_confirmed_off"):
            instant = getattr(self, name)
            if instant is not None and instant.tzinfo is None:
                raise ValueError(f"{name}: give an instant with a time zone, such as 2026-01-01T00:00:00Z")
        return self

    @model_validator(mode="before")
    @classmethod
    def _phases_after_sent(cls, stored: object) -> object:
        """Read what was stored when the phases that follow Sent had to be named: what was left out then is excluded."""
        if not isinstance(stored, Mapping) or "phases_after_sent" not in stored:
            return stored
        named = {str(code).casefold() for code in stored["phases_after_sent"]}
        left = {key: value for key, value in stored.items() if key != "phases_after_sent"}
        unwanted = () if "paid" in named else ("Paid",)
        return {"excluded_phases": (*CANCELLED_PHASES, *unwanted), **left}

    def meaning_of(self, phase_code: str) -> PhaseMeaning:
        """Return what a phase means by its code alone."""
        return meaning_of_phase(phase_code, sent=self.sent_phase, excluded=self.excluded_phases)

    def standing_of(self, invoice: InvoiceWithPhase) -> PhaseMeaning:
        """Whether an invoice is a draft, was sent, or is excluded: never unclassified."""
        meaning = self.meaning_of(invoice.phase_code)
        if meaning is not PhaseMeaning.UNCLASSIFIED:
            return meaning
        return PhaseMeaning.SENT if invoice.is_final and invoice.number else PhaseMeaning.DRAFT

    @classmethod
    def stored(cls, text: str) -> Self:
        """Return settings as they were stored; a setting that only a newer version knows is left out.

        Raises ValidationError for a setting whose value this version does not take.
        """
        return cls.model_validate_json(text, extra="ignore")

    @property
    def retention(self) -> Retention:
        """Return how long the journal is kept: after the book year seven years, in Belgium ten."""
        years = self.keep_books_years or (10 if self.country == "BE" else 7)
        return Retention(years, self.keep_contact_story_days)
