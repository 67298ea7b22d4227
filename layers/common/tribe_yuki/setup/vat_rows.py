"""The rows of the VAT mapping as people see them: every VAT group at every place, and what it means there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import ConnectionSettings, Location, Supply, VatRule
from tribe_yuki.invoices.document.vat import Sale, codes_of, find_rule, lacks_number
from tribe_yuki.invoices.model import TribeVatGroup
from tribe_yuki.setup.row_checks import fault_of, names_of
from tribe_yuki.setup.vat_use import Use, row_name

_IN_THE_EU = frozenset({Location.EU_WITH_VAT, Location.EU_WITHOUT_VAT})

NUMBER_LACKS = "these customers lack a VAT number"

type RowState = Literal["mapped", "proposed", "open", "invalid", "later", "ended"]


@dataclass(frozen=True, slots=True)
class VatRow:
    """One VAT group at one place: the code it means, the code that is proposed, or none yet.

    `fault` says what is wrong with it, or that its customers lack a VAT number and no row. `later` and `ended` are rows
    for other days than today. `invoices` of the last year needed it, as far as they were looked at; None when Tribe
    showed none of them.
    """

    vat_group: str
    name: str
    percentage: str
    location: str
    country: str
    supply: str
    period: str
    state: RowState
    invoices: int | None
    vat_type: int | None
    vat_percentage: str
    yuki_code: str
    fault: str

    @property
    def is_needed(self) -> bool:
        """Whether invoices of the last year had no code without it."""
        return bool(self.invoices) and self.state == "open" and not self.fault


@dataclass(frozen=True, slots=True)
class Mapping:
    """What rows are made of: the settings, Tribe's groups, Yuki's codes, and what was sold in the last year."""

    settings: ConnectionSettings
    groups: Sequence[TribeVatGroup]
    codes: Sequence[VatCode]
    proposals: Sequence[VatRule]
    use: Use | None
    today: date

    def rows(self) -> Iterator[VatRow]:
        """Yield the rows of all groups: those for today, then those for other days."""
        for group in self.groups:
            for location in Location:
                for country in self._countries(group, location):
                    yield from self._at_place(group, location, country)
            for rule in self.settings.vat_rules:
                if rule.vat_group.casefold() in names_of(group) and not rule.is_for(self.today):
                    is_later = rule.valid_from is not None and rule.valid_from > self.today
                    yield self._row(group, rule, rule, "later" if is_later else "ended")

    def _countries(self, group: TribeVatGroup, location: Location) -> list[str | None]:
        """Return the countries that have rows of their own at a place, after None for all others."""
        rules = [*self.settings.vat_rules, *self.proposals] if location in _IN_THE_EU else ()
        named = {
            rule.country
            for rule in rules
            if rule.vat_group.casefold() in names_of(group) and rule.location in (None, location) and rule.country
        }
        return [None, *sorted(named)]

    def _at_place(self, group: TribeVatGroup, location: Location, country: str | None) -> Iterator[VatRow]:
        rules = {
            supply: find_rule(self.settings.vat_rules, group, Sale(location, supply, self.today, country))
            for supply in Supply
        }
        goods, services = rules[Supply.GOODS], rules[Supply.SERVICES]
        for supply, rule in [(None, goods)] if goods == services else list(rules.items()):
            sale = Sale(location, supply or Supply.GOODS, self.today, country)
            proposal = find_rule(self.proposals, group, sale) if rule is None else None
            place = VatRule(
                vat_group=group.tribe_vat_group_id, location=location, country=country, supply=supply,
                vat_type=0, percentage=0,
            )  # fmt: skip
            state: RowState = "open" if proposal is None else "proposed"
            if rule is not None:
                state = "invalid" if self._fault(group, rule) else "mapped"
            lacking = state == "open" and lacks_number(self.settings.vat_rules, group, sale)
            fault = NUMBER_LACKS if lacking else self._fault(group, rule) if rule else ""
            yield self._row(group, place, rule or proposal, state, self._invoices(group, place), fault)

    def _invoices(self, group: TribeVatGroup, place: VatRule) -> int | None:
        """Return how many invoices had sales that a row at this place is for."""
        if self.use is None:
            return None
        others = set(self._countries(group, place.location or Location.DOMESTIC)) - {None}
        return sum(
            count
            for (group_id, sale), count in self.use.sales.items()
            if group_id == group.tribe_vat_group_id
            and sale.location is place.location
            and place.supply in (None, sale.supply)
            and (sale.country == place.country if place.country else sale.country not in others)
        )

    def _fault(self, group: TribeVatGroup, rule: VatRule) -> str:
        if group.percentage is not None and group.percentage != rule.percentage:
            return f"{group.percentage.normalize():f} % in Tribe"
        return fault_of(rule, self.codes, self.today)

    def _row(
        self,
        group: TribeVatGroup,
        place: VatRule,
        rule: VatRule | None,
        state: RowState,
        invoices: int | None = None,
        fault: str = "",
    ) -> VatRow:
        period = f"{place.valid_from or ''} to {place.valid_to or ''}" if place.valid_from or place.valid_to else ""
        return VatRow(
            vat_group=row_name(group, self.groups),
            name=group.name or "",
            percentage=f"{group.percentage.normalize():f}" if group.percentage is not None else "",
            location=place.location.value if place.location else "any",
            country=place.country or "",
            supply=place.supply.value if place.supply else "",
            period=period.strip(),
            state=state,
            invoices=invoices,
            vat_type=rule.vat_type if rule else None,
            vat_percentage=f"{rule.percentage.normalize():f}" if rule else "",
            yuki_code=self._described(rule, place.country) if rule else "",
            fault=fault,
        )

    def _described(self, rule: VatRule, country: str | None) -> str:
        named = codes_of(self.codes, rule, self.today, rule.country or country)
        return rule.description or (named[0].description if named else "")
