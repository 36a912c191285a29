"""What is said of an erased person under somebody else's key, or the house's: struck out, or gone.

His own words go with his key. Others' words of him lie under theirs: a complaint that a guarantor
makes of his loan, a visit to somebody else that names him, why several cases were moved. There his
name, numbers and addresses are struck out. What lies under the house's key and is of his loan alone
(somebody who is nobody on record complains of it) goes whole: nobody else has a word in it. That
something was said, when and by whom stays, and so does the log's commitment, which nothing opens
any more. The rooms to the right tell of their own tables as they start (``told_in``).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet

from carrears.casework.hold_models import HoldStep
from carrears.conduct.complaint_models import Complaint, ComplaintStep
from carrears.conduct.dispute_models import Dispute, DisputeStep
from carrears.parties.models import LoanParty, Party, Role, SealedWords, Unmasking
from carrears.parties.services import data_key
from carrears.parties.vault import AlteredError, SubjectKey, VaultError

STRUCK = "□□"


@dataclass(frozen=True, slots=True)
class Erased:
    """Who is erased, the loans that he is told of in any role, and those that he owes."""

    party: Party
    loans: frozenset[str]
    owed: frozenset[str]


def loans_of(party: Party) -> Erased:
    """See ``Erased``; while his loans are known."""
    told = list(LoanParty.objects.filter(party=party).values_list("loan_no", "role"))
    owed = frozenset(loan_no for loan_no, role in told if role == Role.OBLIGOR)
    return Erased(party, frozenset(loan_no for loan_no, _ in told), owed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A sealed column in which somebody may be told of under another's key.

    Attributes:
        rows: those that may tell of him; what lies under his own key is left out.
        under: under whose key a row's words lie; None for the house's.
        column: of the words.
        sealed_as: the name under which a row's words are sealed.
        goes_whole: whether a row's words are about him alone.
        is_json: whether the words are the texts in a JSON object.
    """

    rows: Callable[[Erased], QuerySet[Any]]
    under: Callable[[Any], uuid.UUID | None]
    sealed_as: Callable[[Any], str]
    column: str = "text_sealed"
    goes_whole: Callable[[Any, Erased], bool] = lambda _row, _one: False
    is_json: bool = False


_places: list[Told] = []


def told_in(*places: Told) -> None:
    """Say where else somebody may be told of under another's key."""
    _places.extend(one for one in places if one not in _places)


def strike_everywhere(erased: Erased, pattern: re.Pattern[str]) -> int:
    """Strike what fits out of all places; of how many texts something was taken."""
    key_of = cache(_key_of)
    return sum(_strike(place, erased, pattern, key_of) for place in _places)


def _strike(
    place: Told,
    erased: Erased,
    pattern: re.Pattern[str],
    key_of: Callable[[uuid.UUID | None], SubjectKey | None],
) -> int:
    changed = 0
    rows = place.rows(erased).exclude(**{place.column: None}).select_for_update(of=("self",))
    for row in rows:
        key, name = key_of(place.under(row)), place.sealed_as(row)
        if key is None:
            continue
        sealed = None
        if not place.goes_whole(row, erased):
            try:
                text = key.open(name, getattr(row, place.column))
            except AlteredError:
                continue  # nobody reads it
            left = _without(text, pattern, is_json=place.is_json)
            if left == text:
                continue
            sealed = key.seal(name, left)
        type(row).objects.filter(pk=row.pk).update(**{place.column: sealed})
        changed += 1
    return changed


def _key_of(party: uuid.UUID | None) -> SubjectKey | None:
    try:
        return data_key(party)
    except VaultError:
        return None  # erased or damaged: nobody reads it


def _without(text: str, pattern: re.Pattern[str], *, is_json: bool) -> str:
    if not is_json:
        return pattern.sub(STRUCK, text)
    told = {
        name: pattern.sub(STRUCK, one) if isinstance(one, str) else one
        for name, one in json.loads(text).items()
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _of_his_loans(one: Erased, path: str = "") -> Q:
    mine = {f"{path}loan_no__in": one.loans}
    return Q(**mine) & (Q(**{f"{path}party": None}) | ~Q(**{f"{path}party": one.party}))


def _beside(one: Erased) -> Q:
    """Words beside entries of those with whom he shares a loan, and of the house's."""
    others = LoanParty.objects.filter(loan_no__in=one.loans).exclude(party=one.party)
    return Q(party=None) | Q(party__in=others.values("party"))


told_in(
    Told(
        rows=lambda one: Complaint.objects.filter(_of_his_loans(one)).order_by("pk"),
        under=lambda row: row.party_id,
        sealed_as=lambda _row: "complaint",
        goes_whole=lambda row, one: row.party_id is None and row.loan_no in one.owed,
    ),
    Told(
        rows=lambda one: (
            ComplaintStep.objects.filter(_of_his_loans(one, "complaint__"))
            .select_related("complaint")
            .order_by("pk")
        ),
        under=lambda row: row.complaint.party_id,
        sealed_as=lambda _row: "complaint",
        goes_whole=lambda row, one: (
            row.complaint.party_id is None and row.complaint.loan_no in one.owed
        ),
    ),
    Told(
        rows=lambda one: Dispute.objects.filter(_of_his_loans(one)).order_by("pk"),
        under=lambda row: row.party_id,
        sealed_as=lambda _row: "dispute",
    ),
    Told(
        rows=lambda one: (
            DisputeStep.objects.filter(_of_his_loans(one, "dispute__"))
            .select_related("dispute")
            .order_by("pk")
        ),
        under=lambda row: row.dispute.party_id,
        sealed_as=lambda _row: "dispute",
    ),
    Told(
        rows=lambda one: (
            HoldStep.objects.filter(hold__case__loan_no__in=one.loans)
            .exclude(hold__party=one.party)
            .select_related("hold")
            .order_by("pk")
        ),
        under=lambda row: row.hold.party_id,
        sealed_as=lambda _row: "hold",
        column="why_sealed",
    ),
    Told(
        rows=lambda one: (
            Unmasking.objects.filter(loan_no__in=one.loans).exclude(party=one.party).order_by("pk")
        ),
        under=lambda row: row.party_id,
        sealed_as=lambda _row: "reason to look",
        column="note_sealed",
    ),
    Told(
        rows=lambda one: SealedWords.objects.filter(_beside(one)).order_by("pk"),
        under=lambda row: row.party_id,
        sealed_as=lambda row: str(row.name),
    ),
)
