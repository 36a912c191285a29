"""The tree of organisations, who is in each today, and what is placed with agencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import QuerySet
from django.http import Http404, QueryDict

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import Tree, access_day, memberships_on
from carrears.casework.models import Case, Placement
from carrears.casework.placements import placements_on, recall_words
from carrears.casework.seeing import sees_everything
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.workbench.labels import label_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.staff import people_seen_by, person_rows
from carrears.workbench.view_models.people import (
    OrganisationPage,
    OrganisationRow,
    PlacementRow,
)


def organisation_rows(reader: User) -> tuple[OrganisationRow, ...]:
    """The whole tree, the lender first."""
    people = _people_today()
    placed = _placed_today() if reader.has_perm("casework.view_placement") else None
    return tuple(_row(one, depth, people, placed) for depth, one in Tree.load().in_order())


def organisation_page(reader: User, pk: int, params: QueryDict) -> OrganisationPage:
    """One organisation.

    Raises:
        Http404: there is none.
    """
    one = Organisation.objects.select_related("parent").filter(pk=pk).first()
    if one is None:
        raise Http404
    sees_placements = one.kind == Kind.AGENCY and reader.has_perm("casework.view_placement")
    found = placements_seen_by(reader).filter(agency=one) if sees_placements else None
    pager = make_pager(params, total=found.count()) if found is not None else None
    here = memberships_on(access_day(now())).filter(organisation=one).values("user")
    seen = people_seen_by(reader) if reader.has_perm("access.view_user") else User.objects.none()
    return OrganisationPage(
        row=_row(one, 0, _people_today(), _placed_today() if sees_placements else None),
        above=one.parent.name if one.parent else "",
        people=person_rows(seen.filter(pk__in=here)),
        placements=_placements(reader, found[rows_of(pager)])
        if found is not None and pager
        else (),
        pager=pager,
        may_close=one.kind != Kind.LENDER
        and one.closed_at is None
        and reader.has_perm("access.change_organisation"),
    )


def placements_seen_by(reader: User) -> QuerySet[Placement]:
    """The placements that the reader may look at, the newest first.

    All, where he sees every case; else those that people of his own part of the house made.
    """
    found = Placement.objects.select_related("placed_by").order_by("-from_on", "-pk")
    if not reader.has_perm("casework.view_placement"):
        return found.none()
    if sees_everything(reader):
        return found
    return found.filter(placed_by__in=people_seen_by(reader).values("pk"))


def _placements(reader: User, found: QuerySet[Placement]) -> tuple[PlacementRow, ...]:
    placed = list(found)
    numbers = [one.obligor_no for one in placed]
    loans: dict[str, list[str]] = {}
    cases = Case.objects.filter(obligor_no__in=numbers).order_by("loan_no")
    with as_house():  # while a debtor is placed his cases are nobody's of the house
        for number, loan_no in cases.values_list("obligor_no", "loan_no").distinct():
            loans.setdefault(number, []).append(loan_no)
    said = recall_words(placed)
    today, may = access_day(now()), reader.has_perm("casework.recall_placement")
    return tuple(
        PlacementRow(
            pk=one.pk,
            loans=tuple(loans.get(one.obligor_no, ())),
            from_on=one.from_on,
            until_on=one.until_on,
            state=_state_of(one, today),
            placed_by=str(one.placed_by or ""),
            reason=said.get(one.pk) or str(label_of(one.recall_reason, "bar_reason").text),
            may_recall=may and _state_of(one, today) in {"live", "held", "coming"},
        )
        for one in placed
    )


def _state_of(one: Placement, today: date) -> str:
    if one.recalled_at is not None:
        return "recalled"
    if one.until_on is not None and one.until_on < today:
        return "over"
    if one.held_at is not None:
        return "held"
    return "coming" if one.from_on > today else "live"


def _row(
    one: Organisation, depth: int, people: Mapping[int, int], placed: Mapping[int, int] | None
) -> OrganisationRow:
    is_agency = one.kind == Kind.AGENCY
    return OrganisationRow(
        pk=one.pk,
        key=one.key,
        name=one.name,
        kind=one.kind,
        depth=depth,
        people=people.get(one.pk, 0),
        placed=placed.get(one.pk, 0) if placed is not None and is_agency else None,
        is_closed=one.closed_at is not None,
    )


def _people_today() -> Mapping[int, int]:
    found: Sequence[int] = list(
        memberships_on(access_day(now())).values_list("organisation", flat=True)
    )
    return Counter(found)


def _placed_today() -> Mapping[int, int]:
    with as_house():  # how many an agency has, whoever placed them
        return Counter(placements_on(access_day(now())).values_list("agency", flat=True))
