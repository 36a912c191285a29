"""What is wrong with a row, in the reader's language.

The words are those of the pure readers; a test holds that each of them is translated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import translation
from django.utils.translation import gettext, gettext_noop

WORDS = (
    gettext_noop("neither UTF-8 nor GB 18030"),
    gettext_noop("no CSV: %(told)s"),
    gettext_noop("more than %(told)s rows"),
    gettext_noop("row 1: no column %(told)s"),
    gettext_noop("too long"),
    gettext_noop("no loan number"),
    gettext_noop("“%(told)s” is no day (2026-11-30)"),
    gettext_noop("“%(told)s” is no amount in major units of this currency"),
    gettext_noop("“%(told)s” is too large"),
    gettext_noop("a reference is needed"),
    gettext_noop("“%(told)s” is no time with a zone (2026-11-30T10:15:00+08:00)"),
    gettext_noop("“%(told)s” is no time zone (Asia/Shanghai)"),
    gettext_noop("“%(told)s” is none of call, sms, email, letter, visit"),
    gettext_noop("“%(told)s” is none of out, in"),
    gettext_noop("“%(told)s” is none of obligor, co_obligor, guarantor, contact"),
    gettext_noop("the number or address is needed"),
    gettext_noop("say who acted"),
    gettext_noop("how many went on a visit: 1 to 20"),
    gettext_noop("no case of this loan was with you then"),
    gettext_noop("the contact must lie within the last 31 days, and not ahead"),
    gettext_noop("this number or address is not on record for this loan"),
    gettext_noop("nobody of this role is on record for this loan"),
    gettext_noop("“%(told)s” is no code for what comes of this channel"),
    gettext_noop("of what was only sent no result is told"),
    gettext_noop("this contact was booked here; it is not told again"),
    gettext_noop("this reference stands twice here"),
    gettext_noop("this reference stands for another contact"),
    gettext_noop("neither a zip nor a tar that can be read"),
    gettext_noop("no manifest.csv in it"),
    gettext_noop("more than %(told)s members"),
    gettext_noop("“%(told)s” is not in the archive, or twice"),
    gettext_noop("the SHA-256 of the file is needed, 64 hexadecimal digits"),
    gettext_noop("the file has another SHA-256: %(told)s"),
    gettext_noop("the file is larger than %(told)s bytes"),
    gettext_noop("no contact of this reference was taken from your logs"),
    gettext_noop("only of calls and visits there are recordings"),
    gettext_noop("it did not begin within ten minutes of the contact"),
    gettext_noop("this contact has another recording"),
    gettext_noop("it is no sound recording that is taken in"),
    gettext_noop("the debtor was erased; nothing new is kept about him"),
)


def explain(why: str, told: str = "") -> str:
    """What is wrong; what an older release kept is said as it was kept."""
    words = gettext(why)
    return words % {"told": told} if "%(told)s" in words else words


def explain_in(language: str, why: str, told: str = "") -> str:
    """The same in a language of its own."""
    with translation.override(language):
        return explain(why, told)


def explain_all(errors: Iterable[Sequence[str]]) -> str:
    """What is wrong with a row, field by field, as it was kept."""
    return "; ".join(f"{one[0]}: {explain(*one[1:])}" for one in errors)
