"""What was chosen and confirmed, and what is left of the day's calls."""

from tribe_yuki.admin.context import Operator
from tribe_yuki.connections.administration import AdministrationCodes
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.doctor.check import Check, amber, green, guarded, red
from tribe_yuki.setup.change_settings import today
from tribe_yuki.setup.row_checks import check_accounts, check_rows

AMBER_PERCENT, RED_PERCENT = 70, 90


def check_choices(record: ConnectionRecord) -> list[Check]:
    """Look whether what only a person knows was confirmed."""
    settings = record.settings
    confirmed = settings.tribe_connector_confirmed_off
    name = "Tribe's own connector"
    checks = [
        green(name, f"confirmed off on {confirmed:%Y-%m-%d}")
        if confirmed
        else red(
            name,
            "nobody confirmed that it is off; both on would book every invoice twice",
            "Switch it off in Tribe's Marketplace, then `tribe-yuki settings set tribe_connector_confirmed_off=yes`.",
        )
    ]
    if settings.country == "BE":
        checks.append(
            green("Peppol", f"invoices are sent by: {settings.peppol}")
            if settings.peppol
            else red(
                "Peppol",
                "nobody chose who sends invoices over Peppol; booking in Yuki alone sends nothing",
                "`tribe-yuki settings set peppol=tribe` (or yuki, or elsewhere).",
            )
        )
    return checks


def check_codes(operator: Operator, record: ConnectionRecord, books: AdministrationCodes) -> list[Check]:
    """Look whether the codes and accounts of the settings exist in Yuki."""

    def look() -> list[Check]:
        check_rows(record.settings.vat_rules, books, today(operator))
        accounts = (record.settings.default_ledger_account, record.settings.rounding_ledger_account)
        check_accounts(accounts, record.settings, books)
        return [green("codes of the settings", "all of them exist in Yuki")]

    return guarded("codes of the settings", "Correct it with `tribe-yuki settings`.", look)


def check_budget(operator: Operator, record: ConnectionRecord) -> Check:
    """Tell how many calls of Yuki are left today."""
    today = operator.calls.today(record.settings.yuki_domain_id, operator.now())
    limit = record.settings.daily_call_limit
    name, finding = "Yuki calls today", f"{today.calls} of {limit} used, {max(limit - today.calls, 0)} left"
    if today.is_blocked:
        return red(name, f"{finding}; Yuki says that its limit is reached", "It goes on at midnight in Amsterdam.")
    used = 100 * today.calls / limit
    if used >= RED_PERCENT:
        return red(name, finding, "It goes on at midnight in Amsterdam; see what else uses this domain.")
    if used >= AMBER_PERCENT:
        return amber(name, finding, "See what else uses this domain, or poll less often.")
    return green(name, finding)
