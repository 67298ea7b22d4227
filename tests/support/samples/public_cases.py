"""Cases of rounding and discounts that people reported in public, with figures of our own and what is right.

The page `docs/reference/public-cases.md` tells what was reported, where, and the cases of other kinds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.outside.stated_invoices import Line


@dataclass(frozen=True)
class Case:
    """An invoice, how Tribe works it out, and the total that its customer was asked to pay."""

    source: str
    lines: Sequence[Line]
    total: str
    switches: Mapping[str, Any] = field(default_factory=dict)
    discount: float = 0
    is_vat_included: bool = False


def _case(source: str, total: str, *lines: Line, discount: float = 0, incl: bool = False, **switches: str) -> Case:
    return Case(source, lines, total, switches, discount, incl)


_BY_LINE = "line_net_and_vat"
# VAT of 4.545, of which doubles make a little less.
_HALF_A_CENT = (Line(1, 120, 9), Line(1, -90.1, 9), Line(2, 10.3, 9))

CASES: Sequence[Case] = (
    # VAT rounded by line
    _case("AccountView, btw-afrondingsverschillen", "4.27", *[Line(1, 0.5)] * 7, rounding=_BY_LINE),
    _case("erp-mafia/accounted #2544", "290.37", *[Line(1, 79.99)] * 3, rounding=_BY_LINE),
    _case("PrestaShop #11195", "38.23", Line(1, 33.45), Line(-1, 4.8), Line(1, 2.95), rounding=_BY_LINE),
    _case("ConnectingEurope/eInvoicing-EN16931 #143", "50.84", *[Line(1, 10.5)] * 4, rounding=_BY_LINE),
    _case("invoiceninja/invoiceninja #11075", "4226.80", *[Line(1, 87.33)] * 40, rounding=_BY_LINE),
    _case("odoo/odoo #36675", "69.93", Line(1, 44.45), Line(1, 13.35), rounding=_BY_LINE),
    _case(
        "odoo/odoo #23125",
        "664.48",
        *(Line(1, 425.51), Line(1, 185.23), Line(1, -41.83), Line(1, -19.76)),
        rounding=_BY_LINE,
    ),
    _case("motoclic.pro, méthode de calcul de la TVA", "3.74", *[Line(1, 1.72, 9)] * 2, rounding=_BY_LINE),
    # Amounts of lines in cents, or none
    _case("odoo/odoo #37896", "3305.74", Line(14, 201.18, discount=3), rounding="line_net"),
    _case("odoo/odoo #37896, globally", "3305.75", Line(14, 201.18, discount=3)),
    _case("support.zervant.com, Hur beräknar Zervant", "157.45", *[Line(3.75, 17.35)] * 2, rounding="line_net"),
    _case(
        "Invoice-Generator/invoice-generator-api #64",
        "159.83",
        *(Line(1.25, 33.5), Line(2.75, 18.7), Line(0.75, 51.7)),
        rounding="line_net",
    ),
    _case(
        "josemmo/einvoicing PR 74",
        "159.81",
        *(Line(1.25, 33.5), Line(2.75, 18.7), Line(0.75, 51.7)),
        rounding="none",
    ),
    _case("odoo/odoo PR 253625", "76.46", Line(1, 72.4, 0), Line(0.35, 3.38, 6), Line(0.62, 4.27, 6)),
    # VAT rounded by piece, by group of VAT, by document
    _case("woocommerce/woocommerce #8047", "13.28", Line(8, 1.37), rounding="piece"),
    _case("odoo/odoo #155833", "39.20", Line(10, 3.6, 9), rounding="piece"),
    _case("help.miceoperations.com, 5183981", "22.00", Line(8, 2.75, 9), rounding="piece", incl=True),
    _case("odoo/odoo #102838", "25.42", Line(1, 10.5), Line(1, 10.5, group=" verhuur")),
    _case("invoiceninja/invoiceninja #4370", "15.07", Line(1, 6.3), Line(1, 6.83, 9), rounding="document"),
    _case("odoo/odoo PR 279740", "1800.00", Line(1, 1000, 12), Line(1, 800, 12), rounding="document", incl=True),
    # Prices that include VAT
    _case("josemmo/einvoicing #63", "5.45", Line(2, 1.45), Line(3, 0.85, 9), rounding=_BY_LINE, incl=True),
    _case("josemmo/einvoicing #78", "40.00", Line(1, 20), Line(1, 20, 9), incl=True),
    _case("alf.io #576", "198.00", Line(4, 49.5), incl=True),
    _case("frappe/erpnext #52236", "307.31", Line(7, 8.33, 9), Line(1, 249), incl=True),
    _case("odoo/odoo PR 135262", "250.00", Line(1, 250), rounding=_BY_LINE, incl=True),
    _case("odoo/odoo PR 259070", "23.42", Line(2, 2.9, 6), Line(5, 4.35, 6), discount=15, incl=True),
    # Half cents, doubles, cents cut off
    _case("emaijala/MLInvoice #424", "2.43", Line(1, 1.005), Line(3, 0.335)),
    _case("CroissanceCommune/autonomie #363", "55.05", *_HALF_A_CENT),
    _case("speedata/einvoice PR 52", "55.04", *_HALF_A_CENT, arithmetic="double"),
    _case(
        "support.simplicate.nl, 8036831", "291.51", *[Line(1.25, 96.37)] * 2, rounding="line_net", to_cents="half_even"
    ),
    _case(
        "billwerk.zendesk.com, 360027490212",
        "5.13",
        Line(1, 8.49, discount=50),
        rounding="line_net",
        to_cents="half_even",
    ),
    _case("mollie/mollie-api-php #221", "6.19", Line(17, 0.3013), to_cents="cut_off"),
    # Credits and deposits
    _case("frappe/erpnext #47705", "-14.93", Line(-0.5, 24.69), rounding="line_net", to_cents="half_up"),
    _case("PrestaShop #23821", "-18.08", Line(-300, 0.0333), Line(-1, 4.95)),
    _case("getlago/lago-api PR 2643", "-82.68", Line(-1, 68.33)),
    _case("OCA/l10n-portugal PR 95", "713.46", Line(1, 842.35), Line(-1, 252.71)),
    _case("odoo/odoo PR 278984", "-0.01", Line(0.5, 3.03), Line(-1, 1.52)),
    _case("odoo/odoo PR 278984, lines in cents", "0.00", Line(0.5, 3.03), Line(-1, 1.52), rounding="line_net"),
    _case("odoo/odoo PR 272576", "0.00", Line(1, 115), Line(-1, 100), Line(-1, 15), arithmetic="double"),
    # Discounts
    _case("odoo/odoo PR 258909", "82.92", Line(3, 27.615, discount=20), Line(3, 0.94, discount=20)),
    _case(
        "odoo/odoo PR 259576",
        "216.41",
        *(Line(1, 83.35), Line(1, 62.15, account="80100"), Line(1, 47.85, account="80300")),
        discount=7.5,
    ),
    _case(
        "duncanmcclean/statamic-cargo PR 168",
        "108.96",
        *(Line(1, 33.35), Line(1, 33.35, account="80100"), Line(1, 33.35, account="80300")),
        discount=10,
    ),
    _case("akaunting #2090", "69.10", Line(1, 63.45, discount=10)),
    _case("lavaloon-eg/ksa_compliance #122", "1573.89", Line(1, 310, 0), Line(1, 1150), discount=7.5),
    _case(
        "wpovernight/woocommerce-pdf-invoices-packing-slips #1437",
        "3.48",
        *(Line(1, 1.94), Line(1, 1.45)),
        discount=15,
        rounding=_BY_LINE,
    ),
    _case(
        "OCA/account-invoicing #1882",
        "1104.10",
        *(Line(120, 9.85, discount=47.35), Line(60, 2.83, discount=51.1), Line(400, 1.06, discount=51.15)),
    ),
    _case("Xero-NetStandard #74", "54.50", Line(2, 75, discount=100), Line(1, 50, 9)),
    _case("frappe/erpnext #49427", "0.00", Line(2, 75), Line(1, 50, 9), discount=100),
    _case("smartstore/SmartStoreNET #1102", "0.00", Line(2, 75, discount=100)),
    _case("a surcharge is a discount below zero", "124.03", Line(1, 100, discount=-2.5)),
    # Numbers with more decimals than Yuki takes
    _case("dolibarr-community-modules #844", "9.77", Line(1_234_567, 0.00000654)),
    _case("Acumulus, afrondingsverschillen", "72.60", Line(0.66667, 90)),
    _case("solectrus/solectrus #2839", "407.64", Line(1042.318, 0.32321)),
    # Texts
    _case("Sage/SData-2.0 #156", "60.50", Line(None, None), Line(1, 50), Line(1, None), Line(0, 0)),
    _case("XeroAPI/Xero-NetStandard #462", "60.50", Line(None, None), Line(1, 50), text_line_totals="zero"),
    _case("calcinai/xero-php #479", "60.50", Line(0, 0), Line(1, 50), text_line_totals="null_when_zero"),
    _case("odoo/odoo PR 265284", "60.50", Line(1, 0), Line(1, 50)),
)

# Yuki has no way to hold the VAT that the paper shows: more than rounding lies between, and people are told.
TOLD: Sequence[Case] = (
    _case("help.miceoperations.com, 5183981", "165.00", Line(60, 2.75, 9), rounding="piece", incl=True),
    _case("woocommerce/woocommerce #8047", "119.52", Line(72, 1.37), rounding="piece"),
)


@dataclass(frozen=True)
class Paper:
    """Words on a document, the total that they name, and what else it might be."""

    source: str
    text: str
    total: str
    others: Sequence[str] = ()


PAPERS: Sequence[Paper] = (
    Paper("invoice-x/invoice2data #12", "Te betalen 37,45", "37.45", ["3745.00", "37.46"]),
    Paper("invoice-x/invoice2data #276", "Total incl. VAT 2,468.13", "2468.13", ["2.47", "2468.14"]),
    Paper("invoice-x/invoice2data #276", "Totaal incl. btw 2.468,13", "2468.13", ["2.47", "2468.14"]),
    Paper("portfolio-performance/portfolio #1726", "Totaal te betalen € 4.150,00", "4150.00", ["4.15"]),
    Paper("OCA/edi PR 619", "Totaal incl. btw 31'864,07", "31864.07", ["864.07"]),
    Paper("invoiceninja/invoiceninja #2853", "Te betalen: €45,-", "45.00", ["4500.00"]),
    Paper("ConsoleTVs/Invoices #6", "Subtotal 1,350.00\nVAT 283.50\nTotal due 1,633.50", "1633.50", ["1350.00"]),
    Paper("thesmokinator/hledger-textual PR 106", "Totaal incl. btw €120,00", "120.00", ["12000.00"]),
    Paper("iseppo/e-arveldaja-mcp #16", "Totaal incl. btw 45,10 $", "45.10", ["45.11"]),
    Paper("odoo/odoo PR 272576", "Totaal incl. btw € -0,00", "0.00", ["0.01"]),
    Paper(
        "hitobito/hitobito #3848", "Aanmaning\nFactuur 121,00\nKosten 40,00\nTe betalen 161,00", "121.00", ["121.01"]
    ),
)
