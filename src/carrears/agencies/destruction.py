"""The end of a placement: the agency states within a term that it destroyed what it held.

What it saw here is cut off by the walls the moment a placement ends. Of what it copied the lender
knows only by its statement, which names who stated it, when, how, and each placement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import access_day
from carrears.access.seeing import acts_for
from carrears.agencies.destruction_models import DestroyedPlacement, Destruction, Method
from carrears.agencies.own_certificate import Paper, keep_paper
from carrears.agencies.queries import require_house
from carrears.casework.models import Case, Placement
from carrears.casework.placing_rules import load_placing_rules
from carrears.casework.services import CaseworkError
from carrears.database.wall import as_house
from carrears.evidence.services import record

VIEW, STATE = "agencies.view_destruction", "agencies.add_destruction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A placement that ended, of which nobody has stated yet that its data is destroyed."""

    placement: int
    agency: str
    loan_nos: tuple[str, ...]
    tokens: tuple[str, ...]
    ended_on: date
    due_on: date
    overdue: bool


def agency_of(user: User) -> Organisation | None:
    """Whose statements he sees: those of his agency, or, for the house (None), of all.

    Raises:
        PermissionDenied: nobody's.
    """
    if not user.has_perm(VIEW):
        raise PermissionDenied("this user may not see what is destroyed")
    if key := acts_for(user):
        return Organisation.objects.get(key=key, kind=Kind.AGENCY)
    require_house(user, VIEW)
    return None


def awaited(agency: Organisation | None, *, at: datetime) -> list[Awaited]:
    """What is to be destroyed and stated, by an agency or all, what is due first at the top.

    Of debtors whom the same agency has again nothing is asked while it has them.
    """
    day = access_day(at)
    placed = list(_over(agency, day).select_related("agency"))
    loans, tokens = _identities(placed)
    found = []
    for one in placed:
        ended = access_day(one.recalled_at) if one.recalled_at is not None else one.until_on
        assert ended is not None  # noqa: S101  asked for
        days = load_placing_rules(Path(settings.CARREARS_HOME), on=ended).destroy_days
        if not days:
            continue
        due = ended + timedelta(days=days)
        found.append(
            Awaited(
                placement=one.pk,
                agency=one.agency.key,
                loan_nos=tuple(loans[one.obligor_no]),
                tokens=tuple(tokens[one.obligor_no]),
                ended_on=ended,
                due_on=due,
                overdue=day > due,
            )
        )
    return sorted(found, key=lambda one: (one.due_on, one.placement))


def _over(agency: Organisation | None, day: date) -> QuerySet[Placement]:
    """Placements that had begun and are over, and are not stated to be destroyed."""
    again = Placement.objects.filter(
        Q(until_on=None) | Q(until_on__gte=day),
        agency=OuterRef("agency"),
        obligor_no=OuterRef("obligor_no"),
        from_on__lte=day,
    )
    over = Placement.objects.filter(
        # Called back on its first day its last one lies before that.
        Q(recalled_at=None) | Q(until_on__gte=F("from_on") - timedelta(days=1)),
        ~Exists(again),
        until_on__lt=day,
        destroyed=None,
    )
    return over if agency is None else over.filter(agency=agency)


def _identities(
    placed: Iterable[Placement],
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """By debtor, the loans by which the agency knew him, and his tokens."""
    loans: dict[str, list[str]] = defaultdict(list)
    tokens: dict[str, list[str]] = defaultdict(list)
    numbers = [one.obligor_no for one in placed]
    cases = Case.objects.filter(obligor_no__in=numbers).order_by("loan_no")
    for case in cases.only("obligor_no", "loan_no", "party"):
        if case.loan_no not in loans[case.obligor_no]:
            loans[case.obligor_no].append(case.loan_no)
        if case.party_id is not None and str(case.party_id) not in tokens[case.obligor_no]:
            tokens[case.obligor_no].append(str(case.party_id))
    return loans, tokens


@transaction.atomic
def state_destroyed(
    placements: Iterable[int],
    *,
    method: str,
    by: User,
    at: datetime,
    paper: Paper | None = None,
) -> Destruction:
    """Keep somebody's statement that the data of these placements of his agency is destroyed.

    ``paper`` is a certificate of the agency's own, which goes into the vault.

    Raises:
        RefusedFileError, TooLargeError: as ``keep_paper``.
        PermissionDenied: he acts for no agency, or may not state it.
        CaseworkError: no such method, nothing chosen, or a placement of which nothing is awaited.
    """
    agency = agency_of(by)
    if agency is None or not by.has_perm(STATE):
        raise PermissionDenied("an agency states what it destroyed")
    if method not in Method.values:
        raise CaseworkError("say how it was destroyed")
    with as_house():  # what was placed with it and is no more
        Organisation.objects.select_for_update().get(pk=agency.pk)
        known = {one.placement: one for one in awaited(agency, at=at)}
        wanted = sorted(set(placements))
        if not wanted or not set(wanted) <= known.keys():
            raise CaseworkError("choose what is awaited of you")
        kept = None if paper is None else keep_paper(paper, by=by, at=at)
        made = Destruction.objects.create(
            agency=agency, method=method, stated_by=by, stated_at=at, certificate=kept
        )
        DestroyedPlacement.objects.bulk_create(
            DestroyedPlacement(
                destruction=made,
                placement_id=pk,
                ended_on=known[pk].ended_on,
                due_on=known[pk].due_on,
            )
            for pk in wanted
        )
        record(
            "agencies.destruction.stated",
            subject=f"destruction:{made.pk}",
            payload={
                "agency": agency.key,
                "method": method,
                "placements": [
                    {"placement": pk, "parties": list(known[pk].tokens)} for pk in wanted
                ],
                "overdue": sum(known[pk].overdue for pk in wanted),
                "paper": str(kept.token) if kept is not None else "",
            },
            actor=by.get_username(),
            key=f"agencies.destruction.stated:{made.pk}",
            occurred_at=at,
        )
    return made


def statements_of(agency: Organisation | None) -> QuerySet[Destruction]:
    """What was stated, by an agency or all, the newest first."""
    found = Destruction.objects.select_related("agency", "stated_by", "certificate")
    return found if agency is None else found.filter(agency=agency)


def lines_of(
    made: Destruction,
) -> list[tuple[DestroyedPlacement, tuple[str, ...], tuple[str, ...]]]:
    """Each placement of a statement with the loans and tokens of its debtor."""
    lines = list(made.lines.select_related("placement"))
    loans, tokens = _identities([one.placement for one in lines])
    return [
        (one, tuple(loans[one.placement.obligor_no]), tuple(tokens[one.placement.obligor_no]))
        for one in lines
    ]
