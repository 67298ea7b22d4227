"""What Yuki's messages about a refused invoice mean: the one table that reads text, since Yuki gives only text.

Known texts are from yuki-api 7. The others are unknown, so the table knows the words that such a message must hold.
"""

from dataclasses import dataclass

from tribe_yuki.core.holds import HoldReason


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of refusal: any of the phrases, all of whose words must be in the message. None: a duplicate number."""

    reason: HoldReason | None
    phrases: tuple[tuple[str, ...], ...]


REFUSALS = (
    Refusal(HoldReason.PEPPOL_REFUSED, (("peppol",),)),
    Refusal(HoldReason.LEDGER_UNMAPPED, (("onjuiste artikelcategorie",),)),
    Refusal(
        None,
        (
            ("referentie", "bestaat al"),
            ("factuurnummer", "bestaat al"),
            ("reference", "already"),
            ("dubbel",),
            ("duplicate",),
        ),
    ),
    Refusal(HoldReason.CONTACT_INACTIVE_IN_YUKI, (("inactief",), ("inactive",), ("niet actief",))),
    Refusal(
        HoldReason.CONTACT_NOT_CUSTOMER,
        (
            ("geen klant",),
            ("niet", "klant"),
            ("not", "customer"),
            ("geen", "debiteur"),
        ),
    ),
)


def classify_refusal(message: str) -> Refusal:
    """Return what a message means; anything unknown is `refused_by_yuki`."""
    text = message.casefold()
    for refusal in REFUSALS:
        if any(all(word in text for word in phrase) for phrase in refusal.phrases):
            return refusal
    return Refusal(HoldReason.REFUSED_BY_YUKI, ())
