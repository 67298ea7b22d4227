"""What invoices lack in Yuki: a VAT code or ledger account that a person may add or switch on there."""

from datetime import timedelta

from tribe_yuki.core.details import DetailCode, Details

LONGEST_PATIENCE = timedelta(hours=2)

_IN_YUKI = frozenset(
    {
        DetailCode.VAT_CODE_INACTIVE,
        DetailCode.VAT_CODE_AMBIGUOUS,
        DetailCode.NO_CODE_WITHOUT_VAT,
        DetailCode.VAT_CODE_NOT_FOR_COUNTRY,
        DetailCode.VAT_CODE_WITHOUT_COUNTRY,
        DetailCode.ACCOUNT_UNKNOWN,
        DetailCode.ACCOUNT_DISABLED,
        DetailCode.ACCOUNT_NOT_REVENUE,
    }
)


def is_missing_in_yuki(details: Details) -> bool:
    """Whether details say that Yuki lacks something, as far as it was asked."""
    return any(detail.code in _IN_YUKI for detail in details)


def patience_with_codes(held_for: timedelta) -> timedelta:
    """Return how old Yuki's answer may be for what has waited some time for a code or an account.

    A young hold has Yuki asked at every poll, an older one ever more seldom, but every two hours at least.
    """
    return min(held_for / 16, LONGEST_PATIENCE)
