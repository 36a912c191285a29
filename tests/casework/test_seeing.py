"""Who sees which case: every place in the house, and agencies outside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from access.outsiders import open_agency, place
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from factories import make_case, make_user

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import access_day, lender, open_organisation
from carrears.access.people import leave
from carrears.casework.assigning import assign_cases
from carrears.casework.models import Case, CaseEvent, CaseState, Placement
from carrears.casework.placements import place_debtors, recall
from carrears.casework.seeing import sees_loan, visible_cases
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.warning.queries import visible_watched

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def seen(user: User) -> set[str]:
    """What he sees in a request of his own."""
    return {case.loan_no for case in visible_cases(User.objects.get(pk=user.pk))}


def make_part(key: str, kind: str, parent: Organisation) -> Organisation:
    return open_organisation(key, name=key, kind=kind, parent=parent, by=None, at=NOW)


@pytest.fixture
def house() -> dict[str, Any]:
    """Two branches; the first with two teams, a collector in each; every one has a case."""
    east, west = (make_part(key, Kind.BRANCH, lender()) for key in ("EAST", "WEST"))
    teams = {key: make_part(key, Kind.TEAM, east) for key in ("E1", "E2")}
    people = {"e1": teams["E1"], "e2": teams["E2"], "w": west}
    for number, (name, place_) in enumerate(people.items()):
        user = make_user(role="collector", username=name, organisation=place_)
        make_case(loan_no=name, loan_id=number, assignee=user, name="")
    make_case(loan_no="pool", loan_id=7, name="")
    agency = open_agency("HENGXIN")
    placed = make_case(loan_no="placed", loan_id=8, obligor_no="P-8", name="")
    place(placed, agency)
    return {"EAST": east, "WEST": west, "LENDER": lender(), "HENGXIN": agency} | teams


@pytest.mark.parametrize(
    ("role", "at", "sees"),
    [
        ("collector", "E1", set()),
        ("team_lead", "E1", {"e1", "pool"}),
        ("team_lead", "EAST", {"e1", "e2", "pool"}),
        ("team_lead", "LENDER", {"e1", "e2", "w", "pool", "placed"}),
        ("compliance_officer", "E1", {"e1", "e2", "w", "pool", "placed"}),
        ("auditor", "WEST", {"e1", "e2", "w", "pool", "placed"}),
        ("agency_user", "HENGXIN", {"placed"}),
        ("compliance_officer", "HENGXIN", {"placed"}),
        ("team_lead", "HENGXIN", {"placed"}),
    ],
)
def test_who_sees_what(house: dict[str, Any], role: str, at: str, sees: set[str]) -> None:
    assert seen(make_user(role=role, username="me", organisation=house[at])) == sees


@pytest.mark.parametrize(
    ("setting", "sees"),
    [
        ("own", {"e1"}),
        ("team", {"e1"}),
        ("branch", {"e1", "e2"}),
        ("lender", {"e1", "e2", "w"}),
    ],
)
@pytest.mark.usefixtures("house")
def test_how_far_collectors_see_is_a_setting(settings: Any, setting: str, sees: set[str]) -> None:
    settings.COLLECTORS_SEE = setting
    assert seen(User.objects.get(username="e1")) == sees


def test_without_a_home_nothing_is_seen_from_that_moment(house: dict[str, Any]) -> None:
    lead = make_user(role="team_lead", organisation=house["EAST"])
    yesterday = access_day(now()) - timedelta(days=1)
    leave(lead.memberships.get(), last_on=yesterday, by=None, at=now())

    assert seen(lead) == set()
    assert not visible_watched(User.objects.get(pk=lead.pk)).exists()


def test_who_may_see_no_cases_is_told_so() -> None:
    with pytest.raises(PermissionDenied):
        visible_cases(make_user(role="administrator"))
    assert not sees_loan(make_user(role="integrator"), "x")


@pytest.mark.parametrize(
    ("days", "is_seen"),
    [
        ((0, None), True),
        ((0, 0), True),
        ((-5, -1), False),
        ((1, None), False),
    ],
)
def test_a_placement_counts_on_its_days(days: tuple[int, int | None], *, is_seen: bool) -> None:
    agency, today = open_agency("HENGXIN"), access_day(now())
    user = make_user(role="agency_user", organisation=agency)
    case = make_case(obligor_no="P-1", name="")
    until_on = None if days[1] is None else today + timedelta(days=days[1])
    place(case, agency, from_on=today + timedelta(days=days[0]), until_on=until_on)

    assert (seen(user) == {"A-03"}) is is_seen
    assert sees_loan(User.objects.get(pk=user.pk), "A-03") is is_seen


def test_a_case_that_opens_meanwhile_goes_along_and_an_old_one_does_not() -> None:
    agency = open_agency("HENGXIN")
    user = make_user(role="agency_user", organisation=agency)
    place(make_case(obligor_no="P-1", name=""), agency)
    old = {"state": CaseState.CLOSED, "close_reason": "cured", "name": "", "obligor_no": "P-1"}
    make_case(loan_no="old", closed_on=date(2026, 1, 5), **old)
    make_case(loan_no="meanwhile", closed_on=access_day(now()), **old)
    make_case(loan_no="new", obligor_no="P-1", name="")
    make_case(loan_no="another", obligor_no="P-2", name="")
    make_case(loan_no="reminded", obligor_no="P-1", name="", state=CaseState.WATCH)

    assert seen(user) == {"A-03", "new", "meanwhile"}


def test_placed_and_called_back_is_told_and_takes_effect_at_once() -> None:
    agency, lead = open_agency("HENGXIN"), make_user(role="team_lead")
    user = make_user(role="agency_user", organisation=agency)
    collector = make_user(role="collector")
    case = make_case(obligor_no="P-1", assignee=collector)
    day = access_day(now())

    [made] = place_debtors(["P-1"], agency=agency, from_on=day, until_on=None, by=lead, at=now())
    assert (seen(user), seen(collector)) == ({"A-03"}, set())
    assert assign_cases() == 0

    recall([made], reason="合同到期", by=lead, at=now())
    assert seen(user) == set()
    assert assign_cases() == 1
    told = CaseEvent.objects.filter(case=case).order_by("pk")
    assert [(one.kind, one.data.get("agency")) for one in told] == [
        ("placed", "HENGXIN"), ("recalled", "HENGXIN"), ("assigned", None),
    ]  # fmt: skip
    with pytest.raises(CaseworkError, match="is over"):
        recall([made], reason="again", by=lead, at=now())


def test_what_cannot_be_placed_is_refused() -> None:
    agency, day = open_agency("HENGXIN"), access_day(now())
    make_case(obligor_no="P-1", name="")

    def wanted(numbers: list[str], **changes: Any) -> None:
        told = {"agency": agency, "from_on": day, "until_on": None} | changes
        place_debtors(numbers, by=None, at=now(), **told)

    yesterday = day - timedelta(days=1)
    for numbers, changes in (
        ([], {}),
        (["P-1", "P-2"], {}),
        (["P-1"], {"agency": lender()}),
        (["P-1"], {"from_on": yesterday}),
        (["P-1"], {"until_on": yesterday}),
    ):
        with pytest.raises(CaseworkError):
            wanted(numbers, **changes)
    assert not Placement.objects.exists()
    wanted(["P-1"])
    with pytest.raises(CaseworkError, match="already"):
        wanted(["P-1"], agency=open_agency("SECOND"))


def test_the_database_itself_knows_one_agency_at_a_time() -> None:
    first, second = open_agency("HENGXIN"), open_agency("SECOND")
    case, today = make_case(obligor_no="P-1", name=""), access_day(now())
    place(case, first, until_on=today)
    with pytest.raises(IntegrityError), transaction.atomic():
        place(case, second)

    place(case, second, from_on=today + timedelta(days=1))

    assert Case.objects.count() == 1
