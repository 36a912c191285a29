"""Sessions end by time, by number and at one's word; what matters most asks again."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from factories import make_case, make_user
from pytest_django import Settings
from signin.doors import PASSWORD, code_of, enter, set_app_up, told

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.signin.models import StaffSession
from carrears.signin.sessions import BEGAN, SEEN, agent_name
from carrears.signin.sweeping import sweep
from carrears.signin.tokens import find_token, issue

pytestmark = pytest.mark.django_db
REVEAL = "/case/A-03/reveal/vin/car/"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
)


@pytest.fixture
def lin() -> User:
    return make_user(role="collector", username="lin")


def inside() -> Client:
    client = Client()
    enter(client, "lin")
    return client


def age(client: Client, **seconds: int) -> None:
    """Let a session have begun, or have been seen last, so long ago."""
    session = client.session
    for name, ago in seconds.items():
        session[{"began": BEGAN, "seen": SEEN}[name]] = int(time.time()) - ago
    for record in session.get("account_authentication_methods", []):
        record["at"] -= seconds.get("began", 0)
    session.save()


@pytest.mark.parametrize(
    ("seconds", "lives"),
    [
        ({"seen": 59 * 60}, True),
        ({"seen": 61 * 60}, False),
        ({"began": 12 * 3600 - 60}, True),
        ({"began": 12 * 3600 + 60}, False),
    ],
)
def test_a_session_ends_when_idle_and_after_a_day(
    lin: User,
    seconds: dict[str, int],
    lives: bool,  # noqa: FBT001
) -> None:
    client = inside()
    age(client, **seconds)

    answer = client.get("/queue/")

    assert answer.status_code == (200 if lives else 302)
    assert StaffSession.objects.filter(user=lin).exists() is lives
    assert bool(told("session.ended")) is not lives


def test_a_session_in_use_goes_on(lin: User) -> None:
    client = inside()
    age(client, seen=50 * 60)
    client.get("/queue/")
    seen = client.session[SEEN]

    assert time.time() - seen < 60
    assert StaffSession.objects.get(user=lin).seen_at > timezone.now() - timedelta(minutes=1)


def test_the_oldest_session_ends_beyond_three(lin: User) -> None:
    clients = [inside() for _ in range(4)]

    assert [one.get("/queue/").status_code for one in clients] == [302, 200, 200, 200]
    assert [(one["subject"], one["why"]) for one in told("session.ended")] == [("lin", "number")]
    assert StaffSession.objects.filter(user=lin).count() == 3


@pytest.mark.usefixtures("lin")
def test_ones_own_sessions_are_seen_and_ended_and_no_others() -> None:
    here, there = inside(), inside()
    make_user(username="wei")
    foreign = Client()
    enter(foreign, "wei")
    [other] = StaffSession.objects.filter(session_key=there.session.session_key)
    [weis] = StaffSession.objects.filter(user__username="wei")

    page = here.get("/account/").content.decode()
    assert page.count("data-session=") == 2
    assert "203.0.113.0/24" in page
    assert "203.0.113.7" not in page
    here.post(f"/account/sessions/{weis.pk}/end/")
    assert foreign.get("/account/").status_code == 200
    here.post(f"/account/sessions/{other.pk}/end/")
    assert (here.get("/queue/").status_code, there.get("/queue/").status_code) == (200, 302)
    another = inside()
    here.post("/account/sessions/end/")
    assert (here.get("/queue/").status_code, another.get("/queue/").status_code) == (200, 302)


def test_a_new_password_leaves_no_session(lin: User) -> None:
    here, there = inside(), inside()
    stolen = issue(lin, name="n", scopes=["cases:read"], valid_for=None, by="lin").secret
    new = "another-long-one-7"
    here.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert not StaffSession.objects.filter(user=lin).exists()
    assert not Session.objects.filter(session_key=there.session.session_key).exists()
    assert find_token(stolen, at=now()) is None
    assert [(one["subject"], one["actor"]) for one in told("token.revoked")] == [("lin", "lin")]


def test_a_fresh_sign_in_needs_no_confirmation(lin: User) -> None:
    make_case(assignee=lin)

    assert inside().post(REVEAL, {"reason": "contact"}).status_code == 200


def test_unmasking_asks_for_the_password_after_half_an_hour(lin: User) -> None:
    make_case(assignee=lin)
    client = inside()
    age(client, began=31 * 60)

    asked = client.post(
        REVEAL,
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/case/A-03/?q=138"},
    )
    assert asked.headers["HX-Redirect"] == "/account/confirm/?next=%2Fcase%2FA-03%2F"
    assert not Entry.objects.filter(kind="person.revealed").exists()
    wrong = client.post("/account/confirm/?next=/case/A-03/", {"password": "no"})
    assert wrong.status_code == 200
    right = client.post("/account/confirm/?next=/case/A-03/", {"password": PASSWORD})
    assert right.headers["Location"] == "/case/A-03/"
    assert client.post(REVEAL, {"reason": "contact"}).status_code == 200
    assert [one["method"] for one in told("signin.confirmed")] == ["password"]


def test_with_a_factor_the_password_does_not_confirm(lin: User) -> None:
    make_case(assignee=lin)
    client = inside()
    secret, _ = set_app_up(client)
    cache.clear()
    age(client, began=31 * 60)

    assert client.post(REVEAL).headers["Location"].startswith("/account/confirm/code/")
    client.post("/account/confirm/", {"password": PASSWORD})
    assert client.post(REVEAL).status_code == 302
    client.post("/account/confirm/code/", {"code": code_of(secret)})
    assert client.post(REVEAL, {"reason": "contact"}).status_code == 200


def test_where_one_came_from_is_a_page_of_this_house(lin: User) -> None:
    make_case(assignee=lin)
    client = inside()
    age(client, began=31 * 60)

    answer = client.post(REVEAL, headers={"Referer": "https://elsewhere.example/"})

    assert answer.headers["Location"] == "/account/confirm/?next=%2F"


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("collector", "post", REVEAL),
        ("compliance_officer", "get", "/compliance/attempts/file/"),
        ("compliance_officer", "get", "/compliance/complaints/file/"),
        ("compliance_officer", "post", "/compliance/lists/999/rejects/"),
        ("compliance_officer", "post", "/case/A-03/bundle/"),
        ("compliance_officer", "post", "/overrides/999/decide/"),
        ("compliance_officer", "post", "/case/A-03/overrides/999/use/"),
        ("operator", "post", "/imports/999/rejects/"),
    ],
)
def test_what_is_protected(role: str, method: str, path: str) -> None:
    user = make_user(role=role, username="lin")
    make_case(assignee=user)
    client = inside()
    age(client, began=31 * 60)

    answer = getattr(client, method)(path)

    assert answer.headers["Location"].startswith("/account/confirm/?next=")


def test_who_has_nothing_to_confirm_by_is_led_to_set_it_up(lin: User) -> None:
    make_case(assignee=lin)
    client = inside()
    lin.set_unusable_password()
    lin.save()
    client.force_login(lin)
    age(client, began=31 * 60)

    assert client.post(REVEAL).headers["Location"] == "/account/"


@pytest.mark.usefixtures("lin")
def test_what_is_over_is_swept_away(settings: Settings) -> None:
    kept, over = inside(), inside()
    for _ in range(2):
        enter(Client(), "lin", "wrong")
    Session.objects.filter(session_key=over.session.session_key).update(
        expire_date=timezone.now() - timedelta(days=1)
    )
    sweep()
    assert AccessAttempt.objects.count() == 1
    AccessAttempt.objects.update(attempt_time=timezone.now() - 2 * settings.AXES_COOLOFF_TIME)
    sweep()

    assert [one.session_key for one in StaffSession.objects.all()] == [kept.session.session_key]
    assert not AccessAttempt.objects.exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EDGE, "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU) Version/18 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox · Linux"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_two_words(text: str, expected: str) -> None:
    assert agent_name(text) == expected
