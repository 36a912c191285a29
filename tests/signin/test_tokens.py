"""API tokens: what they may do, until when, and that each step leaves evidence."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, RequestFactory
from factories import make_user
from signin.doors import enter, told

from carrears.access.models import ApiToken, User
from carrears.access.services import issue_token
from carrears.evidence.models import Entry
from carrears.signin.refused_tokens import tell_refused
from carrears.signin.sessions import BEGAN
from carrears.signin.tokens import (
    AREAS,
    TokenError,
    allows,
    find_token,
    issue,
    revoke,
    rotate,
    scope_of,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def robot() -> User:
    return make_user(role="operator", username="robot")


def ask(secret: str, method: str = "get", path: str = "/api/cases") -> tuple[int, str]:
    answer = getattr(Client(), method)(path, headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code, answer.headers.get("WWW-Authenticate", "")


def test_every_area_of_the_api_has_its_scopes() -> None:
    from carrears.api import api  # noqa: PLC0415  Django has to be up

    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    assert {path.split("/")[2] for path in paths} == set(AREAS)


@pytest.mark.parametrize(
    ("scopes", "wanted", "expected"),
    [
        (["cases:read"], "cases:read", True),
        (["cases:read"], "cases:write", False),
        (["cases:read"], "events:read", False),
        (["cases:*"], "cases:write", True),
        (["*:read"], "events:read", True),
        (["*:read"], "events:write", False),
        (["*:*"], "events:write", True),
        ([], "cases:read", False),
    ],
)
def test_scopes_cover(scopes: list[str], wanted: str, expected: bool) -> None:  # noqa: FBT001
    assert allows(scopes, wanted) is expected


def test_a_request_needs_the_scope_of_its_area_and_method(robot: User) -> None:
    reader = issue_token(robot, name="reader", scopes=["cases:read"])

    assert scope_of("/api/strategy-drafts/7/check", "POST") == "strategy-drafts:write"
    assert ask(reader) == (200, "")
    assert ask(reader, path="/api/events") == (
        403,
        'Bearer error="insufficient_scope", scope="events:read"',
    )
    assert ask(reader, "post", "/api/cases/1/promises")[0] == 403
    assert [one["subject"] for one in told("access.denied")] == ["robot", "robot"]


def test_a_scope_gives_no_more_than_the_role() -> None:
    collector = make_user(role="collector")
    secret = issue_token(collector, name="all", scopes=["*:*"])

    assert ask(secret, path="/api/mandates")[0] == 403


def test_a_token_is_good_until_it_expires_is_revoked_or_its_user_leaves(robot: User) -> None:
    issued = issue(
        robot, name="nightly", scopes=["*:read"], valid_for=timedelta(days=1), by="admin"
    )
    secret, made = issued.secret, issued.token.created_at

    assert find_token(secret, at=made) == issued.token
    assert find_token(secret, at=made + timedelta(days=2)) is None
    assert find_token(secret + "x", at=made) is None
    robot.is_active = False
    robot.save()
    assert find_token(secret, at=made) is None
    robot.is_active = True
    robot.save()
    assert revoke(issued.token, by="admin")
    assert not revoke(issued.token, by="admin")
    assert find_token(secret, at=made) is None


def test_rotating_gives_the_same_use_and_ends_the_old_secret(robot: User) -> None:
    old = issue(robot, name="n", scopes=["cases:read"], valid_for=timedelta(days=30), by="robot")
    new = rotate(old.token, by="robot")

    assert ask(old.secret)[0] == 401
    assert ask(new.secret)[0] == 200
    assert new.token.scopes == ["cases:read"]
    assert new.token.expires_at is not None
    assert abs(new.token.expires_at - new.token.created_at - timedelta(days=30)) < timedelta(
        seconds=5
    )
    with pytest.raises(TokenError):
        rotate(old.token, by="robot")


def test_what_makes_no_sense_is_refused(robot: User) -> None:
    for name, scopes in (("", ["*:*"]), ("n", []), ("n", ["everything"])):
        with pytest.raises(TokenError):
            issue(robot, name=name, scopes=scopes, valid_for=None, by="robot")
    assert not ApiToken.objects.exists()


def test_each_step_is_evidence_without_the_secret(robot: User) -> None:
    issued = issue(robot, name="n", scopes=["cases:read"], valid_for=None, by="admin")
    renewed = rotate(issued.token, by="robot")
    revoke(renewed.token, by="admin")

    found = told("token.issued", "token.rotated", "token.revoked")
    assert [(one["kind"], one["actor"], one["subject"]) for one in found] == [
        ("token.issued", "admin", "robot"),
        ("token.issued", "robot", "robot"),
        ("token.rotated", "robot", "robot"),
        ("token.revoked", "admin", "robot"),
    ]
    text = "".join(Entry.objects.values_list("payload", flat=True))
    assert issued.secret not in text
    assert renewed.secret not in text


def test_last_use_is_kept_to_the_minute(robot: User) -> None:
    secret = issue_token(robot, name="n")
    find_token(secret, at=NOW)
    find_token(secret, at=NOW + timedelta(seconds=30))
    assert ApiToken.objects.get().last_used_at == NOW
    find_token(secret, at=NOW + timedelta(seconds=90))
    assert ApiToken.objects.get().last_used_at == NOW + timedelta(seconds=90)


def test_the_page_makes_renews_and_revokes(client: Client, robot: User) -> None:
    enter(client, robot.username)
    page = client.post(
        "/account/tokens/", {"name": "loan system", "days": 30, "scopes": ["cases:read"]}
    ).content.decode()
    [secret] = re.findall(r'id="secret">(ca_[^<]+)<', page)
    assert ask(secret)[0] == 200
    assert secret not in client.get("/account/tokens/").content.decode()

    token = ApiToken.objects.get()
    page = client.post(f"/account/tokens/{token.pk}/rotate/").content.decode()
    [new] = re.findall(r'id="secret">(ca_[^<]+)<', page)
    client.post(f"/account/tokens/{ApiToken.objects.latest('pk').pk}/revoke/")
    assert (ask(secret)[0], ask(new)[0]) == (401, 401)


def test_nonsense_is_told_at_its_field(client: Client, robot: User) -> None:
    enter(client, robot.username)
    for changes in ({"days": 0}, {"days": 366}, {"scopes": ["x:y"]}, {"name": ""}):
        sent = {"name": "n", "days": 30, "scopes": ["cases:read"]} | changes
        assert client.post("/account/tokens/", sent).status_code == 422
    assert not ApiToken.objects.exists()


def test_whose_tokens_one_sees(client: Client, robot: User) -> None:
    issue_token(robot, name="of-the-robot")
    [token] = ApiToken.objects.all()
    enter(client, make_user(role="operator", username="wei").username)
    assert "of-the-robot" not in client.get("/account/tokens/").content.decode()
    assert client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404

    chief = Client()
    enter(chief, make_user(role="administrator").username)
    assert "of-the-robot" in chief.get("/account/tokens/").content.decode()
    assert chief.post(f"/account/tokens/{token.pk}/rotate/").status_code == 404
    chief.post(f"/account/tokens/{token.pk}/revoke/")
    assert ApiToken.objects.get().revoked_at is not None


def test_the_page_is_for_some_and_freshly_confirmed(client: Client, robot: User) -> None:
    collector = Client()
    enter(collector, make_user(role="collector").username)
    assert collector.get("/account/tokens/").status_code == 403

    enter(client, robot.username)
    session = client.session
    session[BEGAN] = int(time.time()) - 3600
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    assert client.get("/account/tokens/").headers["Location"].startswith("/account/confirm/")


def test_who_comes_with_a_token_that_is_not_good_leaves_evidence(robot: User) -> None:
    def made() -> tuple[ApiToken, str]:
        issued = issue(
            robot, name="n", scopes=["cases:read"], valid_for=timedelta(days=1), by="robot"
        )
        return issued.token, issued.secret

    (revoked, first), (expired, second) = made(), made()
    revoke(revoked, by="robot")
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=NOW)

    codes = [ask(secret)[0] for secret in (first, first, second, "ca_guess", "ca_another")]

    assert codes == [401] * 5
    found = {one["why"]: (one["subject"], one.get("token")) for one in told("token.refused")}
    assert found.pop("unknown")[0].startswith("unknown-")
    assert found == {"revoked": ("robot", revoked.pk), "expired": ("robot", expired.pk)}
    assert len(told("token.refused")) in {3, 4}  # an hour may end in between, once
    kept = str([one.payload for one in Entry.objects.all()])
    assert [one for one in (first, second, "ca_guess") if one in kept] == []


def test_a_refusal_is_told_once_an_hour_for_an_address(robot: User) -> None:
    issued = issue(robot, name="n", scopes=["cases:read"], valid_for=None, by="robot")
    revoke(issued.token, by="robot")
    for address, at in (
        ("203.0.113.7", NOW),
        ("203.0.113.7", NOW + timedelta(minutes=59)),
        ("203.0.113.8", NOW + timedelta(minutes=59)),
        ("203.0.113.7", NOW + timedelta(minutes=60)),
    ):
        asked = RequestFactory().get("/api/cases", REMOTE_ADDR=address)
        tell_refused(issued.secret, request=asked, at=at)

    assert len(told("token.refused")) == 3
