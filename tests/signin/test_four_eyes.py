"""What is dangerous takes two people: one proposes, another confirms; the database keeps to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from dumped import read_in_clear
from factories import make_user
from signin.doors import told

from carrears.access.dangers import NeedsSecondError, dangerous_roles, dangers, is_wide
from carrears.access.models import ApiToken, Kind, User
from carrears.access.organisations import (
    AccessError,
    access_day,
    lender,
    memberships_on,
    open_organisation,
)
from carrears.access.people import move_home, set_roles
from carrears.access.services import roles
from carrears.clock import now
from carrears.parties.models import SealedWords
from carrears.rights.late_sealing import seal_proposals
from carrears.signin.four_eyes import (
    confirm,
    issue_for_oneself,
    propose,
    reasons_of,
    refuse,
    withdraw,
)
from carrears.signin.models import Proposal, ProposalKind
from carrears.signin.tokens import TokenError, find_token, rotate

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user(role="administrator")


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


@pytest.fixture
def collector() -> User:
    return make_user(role="collector")


def ask(admin: User, subject: User, *names: str) -> Proposal:
    wanted = {"roles": list(names)}
    return propose(ProposalKind.ROLES, subject, wanted=wanted, reason="升职", by=admin, at=now())


def roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_what_is_dangerous_is_there() -> None:
    known = {name for role in roles().values() for name in role["permissions"]}
    assert dangers().permissions | dangers().all_cases <= known
    assert dangerous_roles(["collector", "agency_user", "integrator", "borrower"]) == frozenset()
    assert "administrator" in dangerous_roles(roles())
    assert (is_wide(["*:*"]), is_wide(["cases:*", "*:read"])) == (True, False)


def test_a_dangerous_role_is_given_by_two(admin: User, officer: User, collector: User) -> None:
    with pytest.raises(NeedsSecondError):
        set_roles(collector, ["collector", "compliance_officer"], by=admin, at=now())
    asked = ask(admin, collector, "collector", "compliance_officer")
    assert roles_of(collector) == {"collector"}

    confirm(asked, by=officer, at=now())

    assert roles_of(collector) == {"collector", "compliance_officer"}
    entries = told("proposal.asked", "proposal.done", "access.roles.set")
    assert [(one["kind"], one["actor"]) for one in entries] == [
        ("proposal.asked", "administrator"),
        ("proposal.done", "compliance_officer"),
        ("access.roles.set", "administrator"),
    ]


def test_why_lies_sealed_beside_the_entry_and_is_read(
    admin: User, officer: User, collector: User
) -> None:
    asked = ask(admin, collector, "collector", "compliance_officer")
    refuse(asked, reason="等到赵试一的案子办完", by=officer, at=now())

    asked.refresh_from_db()
    assert (asked.reason, asked.decision) == ("by_hand", "by_hand")
    assert reasons_of([asked]) == {asked.pk: ("升职", "等到赵试一的案子办完")}
    for entry in told("proposal.asked", "proposal.refused"):
        assert "reason" not in entry
        assert len(entry["reason_commitment"]) > 32
    assert read_in_clear("赵试一") == []


def test_what_an_older_release_kept_in_clear_is_read_and_then_sealed(
    admin: User, officer: User, collector: User
) -> None:
    asked = ask(admin, collector, "collector", "compliance_officer")
    refuse(asked, reason="no", by=officer, at=now())
    SealedWords.objects.all().delete()
    Proposal.objects.update(reason="为赵试一", decision="赵试一还没办完")
    asked.refresh_from_db()
    assert reasons_of([asked]) == {asked.pk: ("为赵试一", "赵试一还没办完")}

    seal_proposals()
    seal_proposals()

    asked.refresh_from_db()
    assert reasons_of([asked]) == {asked.pk: ("为赵试一", "赵试一还没办完")}
    assert read_in_clear("赵试一") == []


def test_taking_a_role_or_giving_a_harmless_one_takes_one(admin: User, officer: User) -> None:
    set_roles(officer, ["collector"], by=admin, at=now())
    assert roles_of(officer) == {"collector"}


def test_nobody_confirms_his_own_or_what_he_gets(
    admin: User, officer: User, collector: User
) -> None:
    own = ask(admin, officer, "compliance_officer", "administrator")
    for by in (admin, officer, collector):
        with pytest.raises(AccessError, match="a second person has to decide"):
            confirm(own, by=by, at=now())
        with pytest.raises(AccessError, match="a second person has to decide"):
            refuse(own, reason="no", by=by, at=now())
    assert Proposal.objects.get().state == "asked"


@pytest.mark.parametrize("decider", ["asker", "subject", "nobody"])
@pytest.mark.parametrize("state", ["done", "refused"])
def test_the_database_wants_two_people(
    admin: User, collector: User, decider: str, state: str
) -> None:
    asked = ask(admin, collector, "team_lead")
    by = {"asker": admin, "subject": collector, "nobody": None}[decider]
    changes: dict[str, Any] = {"state": state, "decided_by": by, "decided_at": now()}
    with (
        pytest.raises(IntegrityError, match="proposal_by_two_people"),
        transaction.atomic(),
    ):
        Proposal.objects.filter(pk=asked.pk).update(**changes)


def test_a_decision_is_final_and_a_proposal_lapses(
    admin: User, officer: User, collector: User
) -> None:
    asked = ask(admin, collector, "team_lead")
    with pytest.raises(AccessError, match="proposed already"):
        ask(admin, collector, "team_lead")
    with pytest.raises(AccessError, match="lapsed"):
        confirm(asked, by=officer, at=now() + timedelta(days=8))
    with pytest.raises(AccessError, match="a reason is needed"):
        refuse(asked, reason=" ", by=officer, at=now())
    refuse(asked, reason="not yet", by=officer, at=now())
    for again in (confirm, withdraw):
        with pytest.raises(AccessError, match=r"decided before|somebody else"):
            again(asked, by=officer, at=now())
    assert roles_of(collector) == {"collector"}


def test_who_asked_has_to_be_allowed_to_still(admin: User, officer: User, collector: User) -> None:
    asked = ask(admin, collector, "team_lead")
    admin.groups.clear()
    with pytest.raises(AccessError, match="may not do so any more"):
        confirm(asked, by=officer, at=now())
    assert Proposal.objects.get().state == "asked"


def test_who_may_not_gives_nothing_by_asking(officer: User, collector: User, admin: User) -> None:
    with pytest.raises(AccessError, match="may not propose"):
        ask(officer, collector, "team_lead")
    with pytest.raises(AccessError, match="his own account"):
        ask(admin, admin, "administrator", "compliance_officer")
    with pytest.raises(AccessError, match="a reason"):
        propose(ProposalKind.ROLES, collector, wanted={"roles": []}, reason="", by=admin, at=now())


def test_what_is_taken_back_is_not_done(admin: User, officer: User, collector: User) -> None:
    asked = ask(admin, collector, "team_lead")
    with pytest.raises(AccessError, match="somebody else"):
        withdraw(asked, by=officer, at=now())
    withdraw(asked, by=admin, at=now())
    with pytest.raises(AccessError, match="before"):
        confirm(asked, by=officer, at=now())


def test_sight_of_every_case_is_given_by_two(admin: User, officer: User) -> None:
    team = open_organisation("T-1", name="T", kind=Kind.TEAM, parent=lender(), by=admin, at=now())
    lead = make_user(role="team_lead", organisation=team)
    today = access_day(now())
    with pytest.raises(NeedsSecondError):
        move_home(lead, lender(), from_on=today, by=admin, at=now())
    wanted = {
        "organisation": "LENDER",
        "home": True,
        "from_on": today.isoformat(),
        "until_on": None,
    }
    asked = propose(ProposalKind.PLACE, lead, wanted=wanted, reason="总部", by=admin, at=now())

    confirm(asked, by=officer, at=now())

    [home] = memberships_on(today).filter(user=lead)
    assert (home.organisation.key, home.added_by) == ("LENDER", admin)


def test_a_reset_by_two_gives_the_link_to_who_confirms(admin: User, officer: User) -> None:
    auditor = make_user(role="auditor")
    asked = propose(
        ProposalKind.RESET, auditor, wanted={"factors": True}, reason="换机", by=admin, at=now()
    )
    done = confirm(asked, by=officer, at=now())
    assert len(done.secret) > 40
    assert not User.objects.get(pk=auditor.pk).has_usable_password()


def test_a_wide_token_sleeps_until_it_is_confirmed(admin: User, officer: User) -> None:
    issued = issue_for_oneself(
        admin, name="all", scopes=["*:*"], valid_for=timedelta(days=1), reason="迁移", at=now()
    )
    assert find_token(issued.secret, at=now()) is None
    with pytest.raises(TokenError, match="second person"):
        rotate(issued.token, by="administrator")
    with (
        pytest.raises(IntegrityError, match="apitoken_confirmed_by_another"),
        transaction.atomic(),
    ):
        ApiToken.objects.update(awaits_second=False, confirmed_by=admin)

    confirm(Proposal.objects.get(), by=officer, at=now())

    found = find_token(issued.secret, at=now())
    assert found is not None
    assert found.confirmed_by == officer
    assert rotate(found, by="administrator").token.scopes == ["*:*"]


def test_a_wide_token_that_is_refused_never_wakes(admin: User, officer: User) -> None:
    issued = issue_for_oneself(
        admin, name="all", scopes=["*:write"], valid_for=timedelta(days=1), reason="x", at=now()
    )
    refuse(Proposal.objects.get(), reason="too wide", by=officer, at=now())
    assert find_token(issued.secret, at=now()) is None
    assert ApiToken.objects.get().revoked_at is not None


def test_a_narrow_token_takes_one(admin: User) -> None:
    issued = issue_for_oneself(
        admin, name="n", scopes=["cases:read"], valid_for=timedelta(days=1), reason="", at=now()
    )
    assert find_token(issued.secret, at=now()) is not None
    assert not Proposal.objects.exists()
