"""Accounts begin by a link, are reset by one, and end at once; nobody sees a password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db import IntegrityError, transaction
from django.test import Client
from factories import make_user
from signin.doors import PASSWORD, enter, told

from carrears.access.dangers import NeedsSecondError
from carrears.access.models import ApiToken, User
from carrears.access.organisations import AccessError, lender
from carrears.clock import now
from carrears.evidence.commitment import is_opened_by
from carrears.evidence.models import Entry
from carrears.parties.services import data_key
from carrears.parties.words import context_of, words_of
from carrears.signin import accounts
from carrears.signin.models import Invitation, StaffSession
from carrears.signin.tokens import find_token, issue

pytestmark = pytest.mark.django_db
CHOSEN = "correct-horse-battery-9"


@pytest.fixture
def admin() -> User:
    return make_user(role="administrator")


@pytest.fixture
def invited(admin: User) -> accounts.Invited:
    return accounts.create_account(
        "lin", display_name="林晓", email="", home=lender(), by=admin, at=now()
    )


def choose(secret: str, password: str = CHOSEN, again: str = "") -> int:
    told = {"password1": password, "password2": again or password}
    return int(Client().post(f"/invitation/{secret}/", told).status_code)


def test_by_his_link_somebody_sets_a_password_once(invited: accounts.Invited) -> None:
    address = f"/invitation/{invited.secret}/"
    page = Client().get(address)
    assert (page.status_code, "林晓" in page.content.decode()) == (200, True)
    assert not invited.user.has_usable_password()

    answer = Client().post(address, {"password1": CHOSEN, "password2": CHOSEN})

    assert answer.headers["Location"] == "/sign-in/?next=/account/"
    assert enter(Client(), "lin", CHOSEN).status_code == 302
    assert Client().get(address).status_code == 410
    assert choose(invited.secret, "another-password-77") == 410
    assert [one["kind"] for one in told("account.invited", "account.accepted")] == [
        "account.invited", "account.accepted",
    ]  # fmt: skip
    assert told("account.accepted")[0]["actor"] == "lin"


@pytest.mark.parametrize(
    ("password", "again"), [("short", ""), ("12345678901", ""), (CHOSEN, CHOSEN + "x")]
)
def test_a_password_that_is_none_leaves_the_link(
    invited: accounts.Invited, password: str, again: str
) -> None:
    assert choose(invited.secret, password, again) == 422
    assert choose(invited.secret) == 302


def test_a_link_expires_and_a_new_one_ends_the_old(invited: accounts.Invited, admin: User) -> None:
    assert accounts.find_invitation(invited.secret, at=now() + timedelta(hours=73)) is None

    fresh = accounts.reset_account(invited.user, factors=False, by=admin, at=now())

    assert choose(invited.secret) == 410
    assert choose(fresh.secret) == 302
    assert choose("x" * 43) == 410


def test_the_database_has_one_open_link_and_no_secret(invited: accounts.Invited) -> None:
    row = Invitation.objects.get()
    assert invited.secret not in str(Invitation.objects.values().get())
    row.pk, row.secret_hash = None, b"0" * 32
    with pytest.raises(IntegrityError, match="invitation_one_open"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("username", "name", "said"),
    [
        ("", "林晓", "a user name"),
        ("l n", "林晓", "a user name"),
        ("Administrator", "林晓", "this user name is taken"),
        ("lin", " ", "somebody needs a name"),
    ],
)
def test_an_account_that_cannot_be(admin: User, username: str, name: str, said: str) -> None:
    with pytest.raises(AccessError, match=said):
        accounts.create_account(
            username, display_name=name, email="", home=lender(), by=admin, at=now()
        )
    assert User.objects.count() == 1


def test_a_reset_takes_password_and_sessions(admin: User) -> None:
    make_user(role="collector", username="li")
    browser = Client()
    enter(browser, "li")
    assert browser.get("/queue/").status_code == 200

    accounts.reset_account(User.objects.get(username="li"), factors=False, by=admin, at=now())

    assert browser.get("/queue/").status_code == 302
    assert enter(Client(), "li", PASSWORD).status_code == 200


def test_a_reset_takes_the_tokens_too(admin: User) -> None:
    robot = make_user(role="collector", username="li")
    stolen = issue(robot, name="n", scopes=["cases:read"], valid_for=None, by="li").secret

    fresh = accounts.reset_account(robot, factors=False, by=admin, at=now())

    assert find_token(stolen, at=now()) is None
    [entry] = told("token.revoked")
    assert (entry["subject"], entry["actor"]) == ("li", "administrator")
    meanwhile = issue(robot, name="n", scopes=["cases:read"], valid_for=None, by="li").secret
    assert choose(fresh.secret) == 302
    assert find_token(meanwhile, at=now()) is None


def test_the_first_password_leaves_what_the_house_issued(invited: accounts.Invited) -> None:
    made = issue(invited.user, name="n", scopes=["cases:read"], valid_for=None, by="")

    assert choose(invited.secret) == 302

    assert find_token(made.secret, at=now()) == made.token


def test_whose_rights_are_dangerous_is_reset_by_two(admin: User) -> None:
    officer = make_user(role="compliance_officer")
    collector = make_user(role="collector")
    for user, factors in ((officer, False), (collector, True)):
        with pytest.raises(NeedsSecondError):
            accounts.reset_account(user, factors=factors, by=admin, at=now())
        with pytest.raises(NeedsSecondError):
            accounts.reset_account(user, factors=factors, by=admin, at=now(), confirmed_by=admin)
    assert officer.has_usable_password()
    accounts.reset_account(officer, factors=True, by=admin, at=now(), confirmed_by=collector)
    assert not User.objects.get(pk=officer.pk).has_usable_password()


def test_deactivating_ends_everything_at_once(admin: User) -> None:
    robot = make_user(role="collector", username="li")
    secret = issue(robot, name="n", scopes=["cases:read"], valid_for=None, by="li").secret
    browser = Client()
    enter(browser, "li")

    accounts.deactivate(robot, reason="离职", by=admin, at=now())

    assert browser.get("/queue/").status_code == 302
    assert find_token(secret, at=now()) is None
    assert ApiToken.objects.get().revoked_at is not None
    assert not StaffSession.objects.exists()
    assert enter(Client(), "li", PASSWORD).status_code == 200
    [entry] = told("account.deactivated")
    assert (entry["subject"], entry["actor"]) == ("li", "administrator")
    assert "离职" not in str(entry)
    key = Entry.objects.get(kind="account.deactivated").key
    salt = data_key(None).commitment_salt(context_of(key, "reason"))
    assert is_opened_by(entry["reason_commitment"], value="离职", salt=salt)
    assert words_of([key]) == {key: "离职"}
    with pytest.raises(AccessError, match="before"):
        accounts.deactivate(robot, reason="离职", by=admin, at=now())


def test_nobody_shuts_himself_out_or_the_last_who_could_undo_it(admin: User) -> None:
    officer = make_user(role="compliance_officer")
    with pytest.raises(AccessError, match="his own account"):
        accounts.deactivate(admin, reason="x", by=admin, at=now())
    with pytest.raises(AccessError, match="nobody would be left"):
        accounts.deactivate(admin, reason="x", by=officer, at=now())
    with pytest.raises(AccessError, match="a reason is needed"):
        accounts.deactivate(officer, reason=" ", by=admin, at=now())
    with pytest.raises(AccessError, match="his own account"):
        accounts.reset_account(admin, factors=False, by=admin, at=now(), confirmed_by=officer)


def test_who_is_locked_out_may_try_again_when_unlocked(admin: User) -> None:
    user = make_user(role="collector", username="li")
    for _ in range(5):
        enter(Client(), "li", "wrong")
    assert enter(Client(), "li").status_code == 429

    assert accounts.unlock(user, by=admin)

    assert enter(Client(), "li").status_code == 302
    assert not AccessAttempt.objects.filter(username="li").exists()
    assert not accounts.unlock(user, by=admin)
    assert [one["subject"] for one in told("account.unlocked")] == ["li"]
