"""The tree of organisations, who belongs where on a day, and what nobody may do to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from factories import make_user

from carrears.access.demo import ensure_demo_users
from carrears.access.models import Kind, Membership, Organisation, User
from carrears.access.organisations import (
    AccessError,
    Tree,
    close_organisation,
    lender,
    memberships_on,
    open_organisation,
)
from carrears.access.people import join, leave, move_home, set_roles
from carrears.access.services import ensure_roles
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)
TODAY = date(2026, 11, 24)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def make(key: str, kind: str, parent: Organisation | None = None) -> Organisation:
    return open_organisation(key, name=key.title(), kind=kind, parent=parent, by=None, at=NOW)


def move(user: User, place: Organisation, on: date = TODAY, by: User | None = None) -> Membership:
    return move_home(user, place, from_on=on, by=by, at=NOW)


def homes_on(user: User, day: date) -> list[str]:
    found = memberships_on(day).filter(user=user, is_home=True)
    return [one.organisation.key for one in found]


@pytest.fixture
def branch() -> Organisation:
    return make("EAST", Kind.BRANCH, lender())


@pytest.fixture
def agency() -> Organisation:
    return make("HENGXIN", Kind.AGENCY)


def test_the_tree_knows_what_is_above_and_below(branch: Organisation, agency: Organisation) -> None:
    team, abroad = make("EAST-1", Kind.TEAM, branch), make("H-1", Kind.TEAM, agency)
    house = Tree.load()

    assert house.root(team.pk) == lender()
    assert house.root(abroad.pk) == agency
    assert house.within([branch.pk]) == {branch.pk, team.pk}
    assert house.within([lender().pk]) == {lender().pk, branch.pk, team.pk}
    assert house.up_to(team.pk, Kind.BRANCH) == branch.pk
    assert house.up_to(abroad.pk, Kind.BRANCH) == agency.pk
    assert [(depth, one.key) for depth, one in house.in_order()] == [
        (0, "LENDER"), (1, "EAST"), (2, "EAST-1"), (0, "HENGXIN"), (1, "H-1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "kind", "above"),
    [
        ("a b", Kind.AGENCY, None),
        ("LENDER", Kind.AGENCY, None),
        ("SECOND", Kind.LENDER, None),
        ("NORTH", Kind.BRANCH, None),
        ("NORTH", Kind.BRANCH, "EAST"),
        ("T", Kind.TEAM, None),
        ("A", Kind.AGENCY, "LENDER"),
        ("EAST", Kind.AGENCY, None),
    ],
)
@pytest.mark.usefixtures("branch")
def test_what_has_no_place_in_the_tree_is_refused(key: str, kind: str, above: str | None) -> None:
    parent = Organisation.objects.get(key=above) if above else None
    with pytest.raises(AccessError):
        make(key, kind, parent)
    assert set(Organisation.objects.values_list("key", flat=True)) == {"LENDER", "EAST"}


def test_only_what_is_empty_is_closed_and_then_takes_nobody_in(branch: Organisation) -> None:
    user = make_user()
    move(user, branch)
    with pytest.raises(AccessError, match="still belongs"):
        close_organisation(branch, by=None, at=NOW)

    move(user, lender())
    close_organisation(branch, by=None, at=NOW)

    branch.refresh_from_db()
    with pytest.raises(AccessError, match="closed"):
        move(user, branch)
    with pytest.raises(AccessError, match="closed"):
        make("EAST-1", Kind.TEAM, branch)


def test_a_move_ends_the_home_before_and_leaves_evidence(branch: Organisation) -> None:
    user = make_user(username="li")

    move(user, branch, TOMORROW, by=make_user(role="administrator"))

    assert homes_on(user, TODAY) == ["LENDER"]
    assert homes_on(user, TOMORROW) == ["EAST"]
    told = Entry.objects.filter(subject="user:li").order_by("pk").values_list("kind", "actor")
    assert list(told) == [
        ("access.member.left", "administrator"), ("access.member.joined", "administrator"),
    ]  # fmt: skip


def test_moved_twice_on_a_day_the_last_word_counts(branch: Organisation) -> None:
    user, team = make_user(), make("EAST-1", Kind.TEAM, branch)
    move(user, branch)
    move(user, team, TOMORROW)
    move(user, team)

    assert (homes_on(user, YESTERDAY), homes_on(user, TODAY)) == (["LENDER"], ["EAST-1"])
    assert homes_on(user, TOMORROW) == ["EAST-1"]


def test_the_database_itself_knows_one_home_at_a_time(branch: Organisation) -> None:
    user = make_user()
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=user, organisation=branch, from_on=TODAY)
    Membership.objects.create(user=user, organisation=branch, from_on=TODAY, is_home=False)


def test_further_memberships_stay_on_one_side_of_the_wall(
    branch: Organisation, agency: Organisation
) -> None:
    user = make_user()
    further = join(user, branch, from_on=TODAY, by=None, at=NOW)
    with pytest.raises(AccessError, match="other side"):
        join(user, agency, from_on=TODAY, by=None, at=NOW)

    move(user, agency, TOMORROW)

    further.refresh_from_db()
    assert further.until_on == TODAY


def test_a_membership_ends_at_once_but_not_in_the_past(branch: Organisation) -> None:
    user = make_user()
    home = user.memberships.get()
    with pytest.raises(AccessError, match="before yesterday"):
        leave(home, last_on=YESTERDAY - timedelta(days=1), by=None, at=NOW)

    leave(home, last_on=YESTERDAY, by=None, at=NOW)

    assert homes_on(user, TODAY) == []
    with pytest.raises(AccessError, match="by itself"):
        leave(home, last_on=TODAY, by=None, at=NOW)
    with pytest.raises(AccessError, match="in the past"):
        move(user, branch, YESTERDAY)


def test_a_lead_moves_people_within_his_own_branch_only(
    branch: Organisation, agency: Organisation
) -> None:
    team = make("EAST-1", Kind.TEAM, branch)
    lead = make_user(role="team_lead", organisation=branch)
    own, other = make_user(username="own", organisation=team), make_user(username="other")

    move(own, branch, by=lead)
    for user, place in ((other, team), (own, lender()), (own, agency)):
        with pytest.raises(AccessError, match="one's own organisation"):
            move(user, place, by=lead)

    assert (homes_on(own, TODAY), homes_on(other, TODAY)) == (["EAST"], ["LENDER"])


def test_roles_stay_on_their_side_of_the_wall(agency: Organisation) -> None:
    outside, inside = make_user(username="out", organisation=agency), make_user(username="in")
    ensure_roles()
    for user, role in ((outside, "compliance_officer"), (inside, "agency_user"), (inside, "none")):
        with pytest.raises(AccessError):
            set_roles(user, [role], by=None, at=NOW)

    set_roles(inside, ["collector", "team_lead"], by=None, at=NOW)
    move(inside, agency)

    assert list(inside.groups.values_list("name", flat=True)) == []
    entries = Entry.objects.filter(kind="access.roles.set").order_by("pk")
    assert [entry.payload for entry in entries] == [
        '{"before":[],"roles":["collector","team_lead"]}',
        '{"before":["collector","team_lead"],"roles":[]}',
    ]


def test_nobody_sets_his_own_roles() -> None:
    admin = make_user(role="administrator")
    with pytest.raises(AccessError, match="his own"):
        set_roles(admin, ["administrator", "compliance_officer"], by=admin, at=NOW)


def test_the_demo_has_teams_and_an_agency_with_two_people() -> None:
    ensure_roles()
    ensure_demo_users(at=NOW)
    ensure_demo_users(at=NOW + timedelta(days=1))

    found = {one.user.username: one.organisation.key for one in memberships_on(TODAY)}
    assert found["lead"] == "EAST"
    assert {found["collector"], found["collector2"]} == {"EAST-1", "EAST-2"}
    assert {found["agency"], found["agency2"]} == {"HENGXIN", "HENGXIN-1"}
    assert Membership.objects.count() == len(found) == User.objects.count()
