"""Password, lock-out and second factor, as a browser meets them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from factories import make_user
from pytest_django import Settings
from signin.doors import PASSWORD, code_of, confirm, enter, set_app_up, told

from carrears.evidence.models import Entry
from carrears.signin.sealing import SealError, seal, unseal

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin() -> str:
    return make_user(role="collector", username="lin").get_username()


def test_five_wrong_passwords_lock_out_the_address_and_not_the_person(lin: str) -> None:
    thief, owner = Client(), Client()
    codes = [enter(thief, lin, "wrong").status_code for _ in range(5)]

    assert codes == [200, 200, 200, 200, 429]
    refused = enter(thief, lin)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    assert enter(owner, lin, address="198.51.100.9").headers["Location"] == "/"


def test_a_lock_ends_by_itself(lin: str) -> None:
    for _ in range(5):
        enter(Client(), lin, "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))

    assert enter(Client(), lin).headers["Location"] == "/"


def test_trying_while_locked_out_does_not_lock_longer(lin: str) -> None:
    for _ in range(5):
        enter(Client(), lin, "wrong")
    locked_at = AccessAttempt.objects.get().attempt_time
    enter(Client(), lin, "wrong")

    assert AccessAttempt.objects.get().attempt_time == locked_at


def test_what_was_typed_as_a_name_lies_in_no_table_in_clear(lin: str) -> None:
    """It may be a password, in the wrong field."""
    for _ in range(6):
        enter(Client(), "hunter2-typed-as-a-name", "x")
    enter(Client(), lin, "wrong")

    found = []
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = current_schema()")
        for (table,) in cursor.fetchall():
            counted = f'select count(*) from "{table}" t where t::text like %s'  # noqa: S608  ours
            cursor.execute(counted, ["%hunter2%"])
            found += [table] * cursor.fetchone()[0]
    assert found == []
    names = set(AccessAttempt.objects.values_list("username", flat=True))
    assert lin in names
    assert [one.startswith("unknown-") for one in names - {lin}] == [True]
    refused = enter(Client(), "hunter2-typed-as-a-name", "x")
    assert refused.status_code == 429  # counted as a user's own name is


def test_neither_the_password_nor_the_form_is_kept_of_a_wrong_attempt(lin: str) -> None:
    enter(Client(), lin, "a-secret-mistyped")

    kept = AccessAttempt.objects.get()
    assert "a-secret" not in kept.post_data + kept.get_data
    assert "a-secret" not in "".join(Entry.objects.values_list("payload", flat=True))


def test_an_inactive_user_is_told_what_a_stranger_is() -> None:
    user = make_user(username="gone")
    user.is_active = False
    user.save()

    inactive, nobody = enter(Client(), "gone"), enter(Client(), "nobody-at-all")
    assert inactive.status_code == nobody.status_code == 200
    assert inactive.headers.get("Location") is None


def test_the_code_is_asked_for_and_works_once(lin: str) -> None:
    first = Client()
    enter(first, lin)
    secret, codes = set_app_up(first)
    assert len(codes) == 10

    second = Client()
    assert enter(second, lin).headers["Location"] == "/sign-in/factor/"
    assert second.get("/queue/").status_code == 302
    code = code_of(secret)
    assert second.post("/sign-in/factor/", {"code": "000000"}).status_code == 200
    assert second.post("/sign-in/factor/", {"code": code}).headers["Location"] == "/"
    assert second.get("/queue/").status_code == 200

    replayed = Client()
    enter(replayed, lin)
    assert replayed.post("/sign-in/factor/", {"code": code}).status_code == 200
    assert replayed.get("/queue/").status_code == 302


def test_used_codes_are_known_to_every_process(settings: Settings) -> None:
    from django.core.cache import caches  # noqa: PLC0415  read after the settings

    backend = settings.CACHES["default"]["BACKEND"]
    assert backend == "django.core.cache.backends.db.DatabaseCache"
    caches["default"].set("one-process", "told", 60)
    assert type(caches["default"])("signin_cache", {}).get("one-process") == "told"


def test_a_recovery_code_lets_in_once(lin: str) -> None:
    first = Client()
    enter(first, lin)
    _, codes = set_app_up(first)

    for expected in ("/", None):
        client = Client()
        enter(client, lin)
        answer = client.post("/sign-in/factor/", {"code": codes[0]})
        assert answer.headers.get("Location") == expected
    assert "9" in first.get("/account/").content.decode()


def test_recovery_codes_are_shown_once(lin: str) -> None:
    client = Client()
    enter(client, lin)
    _, codes = set_app_up(client)

    assert codes[0] not in client.get("/account/codes/").content.decode()


def test_codes_cannot_be_guessed_without_end(lin: str) -> None:
    first = Client()
    enter(first, lin)
    secret, _ = set_app_up(first)

    thief = Client()
    enter(thief, lin)
    for _ in range(5):
        thief.post("/sign-in/factor/", {"code": "000000"})
    answer = thief.post("/sign-in/factor/", {"code": code_of(secret)})
    assert answer.status_code == 200
    assert thief.get("/queue/").status_code == 302


def test_the_secret_of_an_app_is_sealed(lin: str) -> None:
    client = Client()
    enter(client, lin)
    secret, _ = set_app_up(client)

    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert unseal(kept) == secret
    with pytest.raises(SealError):
        unseal(kept[:-8] + ("AAAAAAA=" if kept[-8:] != "AAAAAAA=" else "BBBBBBB="))
    assert seal("x") != seal("x")


def test_removing_a_factor_needs_the_factor(lin: str) -> None:
    client = Client()
    enter(client, lin)
    secret, _ = set_app_up(client)
    again = Client()
    enter(again, lin)
    again.post("/sign-in/factor/", {"code": code_of(secret)})
    cache.clear()

    confirm(again)  # the password is the weaker of two
    asked = again.get("/account/app/remove/")
    assert asked.headers["Location"].startswith("/account/confirm/code/")
    assert Authenticator.objects.filter(type="totp").exists()
    again.post("/account/confirm/code/", {"code": code_of(secret)})
    assert again.post("/account/app/remove/").headers["Location"] == "/account/"
    assert not Authenticator.objects.exists()


def test_a_role_may_have_to_have_a_factor(lin: str, settings: Settings) -> None:
    settings.MFA_ROLES = ["collector"]
    client = Client()
    enter(client, lin)

    assert client.get("/queue/").headers["Location"] == "/account/"
    assert client.get("/queue/", headers={"HX-Request": "true"}).status_code == 403
    assert 'role="alert"' in client.get("/account/").content.decode()
    set_app_up(client)
    assert client.get("/queue/").status_code == 200
    other = Client()
    enter(other, make_user(role="operator").get_username())
    assert other.get("/imports/").status_code == 200


def test_a_new_password_ends_every_session(lin: str) -> None:
    here, there = Client(), Client()
    enter(here, lin)
    enter(there, lin)
    new = "another-long-one-7"
    here.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert here.get("/queue/").status_code == there.get("/queue/").status_code == 302
    assert enter(Client(), lin).status_code == 200
    assert enter(Client(), lin, new).headers["Location"] == "/"
    assert [one["subject"] for one in told("password.changed")] == ["lin"]
