"""By what a list of cases is narrowed: one definition for the queue and for what acts on many."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from carrears.casework.case_marks import marks
from carrears.casework.models import Case
from carrears.parties.models import LoanParty
from carrears.parties.queries import loans_numbered, named

# Fewer digits are of no phone, plate, VIN or identity number.
_NUMBER = re.compile(r"(?:\d[^\d]{0,2}){3}")
NOBODY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which cases; of each kind any that is named, empty is all.

    ``owner`` is whose, the number of a user as text or ``NOBODY``; ``flag`` one of ``MARKS``.
    """

    text: str = ""
    buckets: tuple[int, ...] = ()
    treatments: tuple[str, ...] = ()
    step: str = ""
    owner: str = ""
    flag: str = ""

    def among(self, cases: QuerySet[Case], *, any_bucket: bool = False) -> QuerySet[Case]:
        """Those of ``cases`` that fit; with ``any_bucket`` whatever their bucket."""
        if self.text:
            cases = matching(cases, self.text)
        if self.buckets and not any_bucket:
            cases = cases.filter(bucket__in=self.buckets)
        if self.treatments:
            cases = cases.filter(treatment__in=self.treatments)
        if self.step:
            cases = cases.filter(decision__step=self.step)
        if self.flag:
            cases = cases.filter(marks()[self.flag])
        if self.owner == NOBODY:
            cases = cases.filter(assignee=None)
        elif self.owner:
            cases = cases.filter(assignee=int(self.owner))
        return cases


def names_number(text: str) -> bool:
    """Whether what is typed may be somebody's phone, identity number, plate or VIN."""
    return _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def matching(cases: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Cases whose loan number begins as ``text``, or one of whose people is so named.

    Or who has that phone, identity number, plate or VIN, which are looked up whole.
    """
    text = unicodedata.normalize("NFKC", text)
    found = LoanParty.objects.filter(named(text, "party")).exclude(role="contact")
    asked = Q(loan_no__startswith=text) | Q(loan_no__in=found.values("loan_no"))
    if text != text.upper():
        asked |= Q(loan_no__startswith=text.upper())
    if names_number(text):
        asked |= Q(loan_no__in=loans_numbered(text))
    return cases.filter(asked)
