"""What a reconciliation says in one sentence."""

from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.reconcile.findings import EURO, Ending, Reconciliation, Tally

# The endings that the sentence always names, and those that it names when there are any.
_ALWAYS = (Ending.EQUAL, Ending.OPEN)
_IF_ANY = (Ending.EXPLAINED, Ending.REPAIRED, Ending.ACCEPTED, Ending.UNCHECKED)


def sentence(report: Reconciliation, language: str) -> str:
    """Return the report as one sentence with counts and euros."""
    texts = Texts(language)
    named = (*_ALWAYS, *(ending for ending in _IF_ANY if report.ended(ending).count))
    parts = [texts.say(f"reconciliation.{ending}", {"tally": _tally(report.ended(ending), texts)}) for ending in named]
    period = {"first": report.first.isoformat(), "last": report.last.isoformat()}
    ends = [texts.say("reconciliation.opening", {**period, "tally": _all(report.compared, texts)}) + ", ".join(parts)]
    if report.number_faults:
        ends.append(texts.say("reconciliation.number_faults", {"count": report.number_faults}))
    if report.typed_in_yuki.count:
        ends.append(texts.say("reconciliation.typed", {"tally": _tally(report.typed_in_yuki, texts)}))
    if report.rounded.count:
        ends.append(texts.say("reconciliation.rounded", {"tally": _tally(report.rounded, texts)}))
    return "; ".join(ends) + "."


def _all(tally: Tally, texts: Texts) -> str:
    return f"{texts.say('reconciliation.invoices', {'count': tally.count})} ({_amounts(tally, texts)})"


def _tally(tally: Tally, texts: Texts) -> str:
    return f"{tally.count} ({_amounts(tally, texts)})" if tally.count else "0"


def _amounts(tally: Tally, texts: Texts) -> str:
    euros = f"{EURO} {texts.amount(tally.euros)}"
    foreign = texts.say("reconciliation.foreign", {"count": tally.foreign})
    return f"{euros} {texts.say('mail.and')} {foreign}" if tally.foreign else euros
