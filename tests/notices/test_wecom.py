"""Notifications reach staff in WeCom: once, by a token that is renewed, tried again in bounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from django.conf import LazySettings
from django.test import Client
from factories import make_user
from notices.wecom import AGENT, CORP, SECRET, Wecom, running_wecom

from carrears.access.models import User
from carrears.notices import by_wecom
from carrears.notices.by_wecom import send_again, tell_by_wecom, tell_of_failed
from carrears.notices.models import Notice, NoticeKind, StaffMessage
from carrears.notices.services import Told, mark_read, muted_of, notify
from carrears.notices.wecom_app import Card, WecomApp, WecomError, app_of
from carrears.notices.wecom_terms import load_wecom_terms, words_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 4, tzinfo=UTC)
SOON = AT + timedelta(minutes=2)
CARD = Card("催收系统提醒", "有案件转交给您", "https://c.example/notices/#1.1", "打开")


@pytest.fixture
def wecom() -> Iterator[Wecom]:
    with running_wecom() as running:
        yield running


@pytest.fixture(autouse=True)
def house(tmp_path: Path, settings: LazySettings, wecom: Wecom) -> Path:
    secret = tmp_path / "wecom.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    settings.CARREARS_HOME, settings.WECOM_URL = tmp_path, wecom.url
    settings.WECOM_SECRET_FILE = str(secret)
    by_wecom._kept.cache_clear()
    return tmp_path


@pytest.fixture
def user() -> User:
    return make_user(role="collector", username="zhangsan")


def tell_of(user: User, *, key: str = "moved:1", at: datetime = AT, many: int = 1) -> None:
    kind = NoticeKind.MOVED
    notify([Told(user=user.pk, kind=kind, key=key, loan_no="A-03", many=many)], at=at)


def states() -> list[tuple[str, int]]:
    return list(StaffMessage.objects.order_by("pk").values_list("state", "tries"))


def test_a_hand_over_is_told_once_and_names_nobody(user: User, wecom: Wecom) -> None:
    tell_of(user)
    assert [tell_by_wecom(at=at) for at in (AT, SOON, SOON)] == [0, 1, 0]
    [(who, card)] = wecom.got
    assert (who, card["title"], card["description"]) == (
        "zhangsan",
        "催收系统提醒",
        "有案件转交给您",
    )
    assert "A-03" not in str(card)
    sent = StaffMessage.objects.get()
    assert (sent.state, sent.msgid, len(wecom.tokens)) == ("sent", "m1", 1)


def test_what_is_read_first_is_not_sent(user: User, wecom: Wecom) -> None:
    tell_of(user)
    mark_read(user, at=AT)
    assert tell_by_wecom(at=SOON) == 0
    assert (wecom.got, StaffMessage.objects.count()) == ([], 0)


def test_what_is_read_between_two_tries_is_not_sent(user: User, wecom: Wecom) -> None:
    tell_of(user)
    wecom.answers.append({"errcode": 45009, "errmsg": "api freq out of limit"})
    assert tell_by_wecom(at=SOON) == 0
    mark_read(user, at=SOON)
    assert tell_by_wecom(at=SOON + timedelta(minutes=5)) == 0
    assert (wecom.got, states()) == ([], [("read", 1)])


def test_more_of_it_is_another_message(user: User, wecom: Wecom) -> None:
    tell_of(user, many=1)
    tell_by_wecom(at=SOON)
    tell_of(user, many=2, at=AT + timedelta(hours=1))
    tell_by_wecom(at=SOON + timedelta(hours=1))
    assert len(wecom.got) == 2


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_ended_is_renewed_at_once(user: User, wecom: Wecom, code: int) -> None:
    tell_of(user)
    wecom.answers.append({"errcode": code, "errmsg": "access_token expired"})
    assert tell_by_wecom(at=SOON) == 1
    assert (len(wecom.got), len(wecom.tokens), states()) == (1, 2, [("sent", 1)])


def test_a_token_is_kept_until_it_ends(wecom: Wecom) -> None:
    clock = [0.0]
    base = f"http://127.0.0.1:{wecom.port}"
    app = WecomApp(base, CORP, AGENT, SECRET, clock=lambda: clock[0])
    for second in (0.0, 7139.0, 7140.0):
        clock[0] = second
        app.send("lisi", CARD)
    assert wecom.tokens == ["token-0", "token-1"]


def test_the_same_message_again_reaches_nobody_twice(user: User, wecom: Wecom) -> None:
    """As after a crash between WeCom's answer and our record of it."""
    tell_of(user)
    tell_by_wecom(at=SOON)
    StaffMessage.objects.update(state="waiting", next_at=SOON)
    assert tell_by_wecom(at=SOON + timedelta(minutes=1)) == 1
    assert len(wecom.got) == 1


def test_too_many_a_minute_stops_the_run_and_each_is_tried_after_the_pause(
    user: User, wecom: Wecom
) -> None:
    for n in range(3):
        tell_of(user, key=f"moved:{n}")
    wecom.answers.append({"errcode": 45009, "errmsg": "api freq out of limit"})
    assert tell_by_wecom(at=SOON) == 0
    assert states() == [("waiting", 1), ("waiting", 0), ("waiting", 0)]
    assert tell_by_wecom(at=SOON + timedelta(seconds=59)) == 2
    assert tell_by_wecom(at=SOON + timedelta(seconds=60)) == 1


def test_what_is_refused_too_often_is_given_up(user: User, wecom: Wecom) -> None:
    tell_of(user)
    wecom.answers += [{"errcode": -1, "errmsg": "system busy"}] * 9
    for hour in range(9):
        tell_by_wecom(at=SOON + timedelta(hours=hour))
    assert states() == [("failed", 5)]


def test_whom_wecom_does_not_know_fails_alone(user: User, wecom: Wecom) -> None:
    tell_of(make_user(role="collector", username="nobody"))
    tell_of(user)
    assert tell_by_wecom(at=SOON) == 1
    assert (states(), len(wecom.got)) == ([("failed", 1), ("sent", 1)], 1)


def test_a_member_may_have_another_name_there(house: Path, wecom: Wecom) -> None:
    [shipped] = yaml.safe_load(Path("src/carrears/notices/wecom.yaml").read_text("utf-8"))
    shipped |= {"users": {"collector": "lisi"}, "language": "en-US"}
    (house / "wecom.yaml").write_text(yaml.safe_dump([shipped]))
    tell_of(make_user(role="collector", username="collector"))
    assert tell_by_wecom(at=SOON) == 1
    [(who, card)] = wecom.got
    assert (who, card["description"]) == ("lisi", "Cases were moved to you")


def test_a_wrong_secret_is_no_fault_of_a_message(user: User, house: Path, wecom: Wecom) -> None:
    (house / "wecom.secret").write_text("wrong")
    tell_of(user)
    assert tell_by_wecom(at=SOON) == 0
    [message] = StaffMessage.objects.all()
    assert (message.state, message.tries, message.error) == ("waiting", 0, "refused with 40001")
    (house / "wecom.secret").write_text(SECRET)
    assert tell_by_wecom(at=SOON + timedelta(minutes=1)) == 1
    assert len(wecom.got) == 1


def test_nobody_listening_passes_and_tells_no_secret() -> None:
    app = WecomApp("http://127.0.0.1:9", CORP, AGENT, SECRET)
    with pytest.raises(WecomError) as refused:
        app.send("lisi", CARD)
    assert (refused.value.why, SECRET in str(refused.value)) == ("passes", False)


@pytest.mark.parametrize(
    "url",
    ["https://x@y?agent=1", "wecom://?agent=1", "wecom://c@?agent=x", "wecom+http://c@h?agent=1"],
)
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="WeCom"):
        app_of(url, secret=SECRET)


def test_without_an_application_nothing_is_written(user: User, settings: LazySettings) -> None:
    settings.WECOM_URL = ""
    tell_of(user)
    assert tell_by_wecom(at=SOON) == 0
    assert not StaffMessage.objects.exists()


def test_every_kind_of_notification_has_its_words() -> None:
    by_screen = {"staff_message"}  # of what WeCom does not take it is not told there
    for language in ("zh-CN", "en-US"):
        assert set(words_of(language)) == {"title", "open", *NoticeKind.values} - by_screen
    shipped = load_wecom_terms(Path("nowhere"), on=AT.date())
    assert set(shipped.kinds) == set(NoticeKind.values) - by_screen


@pytest.fixture
def operator() -> User:
    return make_user(role="team_lead", username="ops")


def test_a_message_that_reached_nobody_is_told_sent_again_and_told_no_more(
    wecom: Wecom, operator: User
) -> None:
    tell_of(make_user(role="collector", username="nobody"))
    assert tell_of_failed(at=SOON) == 0
    tell_by_wecom(at=SOON)
    assert (states(), tell_of_failed(at=SOON), tell_of_failed(at=SOON)) == ([("failed", 1)], 1, 0)
    told = Notice.objects.get(user=operator)
    assert (told.kind, told.many, told.read_at) == ("staff_message", 1, None)

    wecom.known.add("nobody")  # who had no account has one now
    [message] = StaffMessage.objects.all()
    assert (send_again(message, at=SOON), send_again(message, at=SOON)) == (True, False)
    assert (tell_of_failed(at=SOON), tell_by_wecom(at=SOON), states()) == (0, 1, [("sent", 1)])
    told.refresh_from_db()
    assert told.read_at is not None


def test_what_was_read_on_the_screen_is_not_sent_again(wecom: Wecom, operator: User) -> None:
    nobody = make_user(role="collector", username="nobody")
    tell_of(nobody)
    tell_by_wecom(at=SOON)
    mark_read(nobody, at=SOON)
    assert tell_of_failed(at=SOON) == 0
    assert send_again(StaffMessage.objects.get(), at=SOON) is False
    assert (states(), wecom.got) == ([("read", 0)], [])
    assert not Notice.objects.filter(user=operator).exists()


def test_the_screen_lists_what_failed_and_sends_it_again(operator: User) -> None:
    tell_of(make_user(role="collector", username="nobody"))
    tell_by_wecom(at=SOON)
    client = Client()
    client.force_login(operator)
    page = client.get("/notices/wecom/")
    [row] = page.context["page"].rows
    assert (row.user, row.kind, row.tries, row.error) == (
        "nobody", "moved", 1, "被拒绝，错误码 81013",
    )  # fmt: skip
    client.post(f"/notices/wecom/{row.pk}/")
    assert states() == [("waiting", 0)]
    assert client.get("/notices/wecom/").context["page"].rows == ()
    client.force_login(make_user(role="collector", username="c"))
    assert client.get("/notices/wecom/").status_code == 403
    assert client.post(f"/notices/wecom/{row.pk}/").status_code == 403


def test_who_does_not_want_a_kind_gets_no_message_of_it(user: User, wecom: Wecom) -> None:
    client = Client()
    client.force_login(user)
    page = client.get("/notices/").context["page"]
    kinds = [one.value for one in page.by_wecom]
    assert all(one.selected for one in page.by_wecom)
    chosen = [kind for kind in kinds if kind != "moved"]
    client.post("/notices/choose/", {"offered": kinds, "kind": chosen})
    tell_of(user)
    assert (tell_by_wecom(at=SOON), wecom.got, StaffMessage.objects.count()) == (0, [], 0)
    assert Notice.objects.get(user=user).read_at is None  # the screen tells all

    assert muted_of(user) == {"moved"}
    client.post("/notices/choose/", {"offered": kinds, "kind": kinds})
    assert (tell_by_wecom(at=SOON), muted_of(user)) == (1, frozenset())
