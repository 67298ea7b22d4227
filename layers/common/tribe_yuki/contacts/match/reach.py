"""How a company or person is reached: e-mail addresses and phone numbers, and how much they prove."""

import re
from collections import Counter
from collections.abc import Iterable

# Where anybody has an address: a family may share one, and its domain says nothing.
_FREE_MAIL = (
    "aol.com caiway.nl casema.nl chello.nl free.fr freenet.de gmail.com gmx.de gmx.net googlemail.com hetnet.nl "
    "home.nl hotmail.be hotmail.com hotmail.fr hotmail.nl icloud.com kpnmail.nl kpnplanet.nl laposte.net live.be "
    "live.com live.nl mac.com me.com msn.com online.nl orange.fr outlook.be outlook.com planet.nl proton.me "
    "protonmail.com proximus.be quicknet.nl scarlet.be sfr.fr skynet.be solcon.nl t-online.de tele2.nl "
    "telenet.be upcmail.nl wanadoo.fr web.de xs4all.nl yahoo.com yahoo.de yahoo.fr ziggo.nl zonnet.nl"
)
FREE_MAIL_DOMAINS = frozenset(_FREE_MAIL.split())
FREE_MAIL_NAMES = frozenset({"gmail", "googlemail", "hotmail", "outlook", "live", "yahoo", "icloud", "gmx", "ziggo"})
SHARED_BY = 3
# Numbers of mobile phones in E.164, in the countries around: whoever has one may have a fixed line, too.
MOBILE = re.compile(r"\+(?:316|324|491[5-7]|33[67]|447|3526)")


def is_free_mail(email: str) -> bool:
    """Whether an e-mail address says nothing about the company."""
    domain = email.rpartition("@")[2]
    return domain in FREE_MAIL_DOMAINS or domain.partition(".")[0] in FREE_MAIL_NAMES


def shared_values(reaches: Iterable[Iterable[str]]) -> frozenset[str]:
    """Return the e-mail addresses and phone numbers that several records have, as those of a bookkeeper or a group."""
    counts = Counter(value for reach in reaches for value in reach)
    return frozenset(value for value, count in counts.items() if count >= SHARED_BY)


def have_other_phones(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether both have a mobile phone, or a fixed line, and none is the same."""
    if ours & theirs:
        return False
    return bool(_kinds(ours) & _kinds(theirs))


def _kinds(phones: frozenset[str]) -> set[bool]:
    return {MOBILE.match(phone) is not None for phone in phones}
