"""What is amiss is found, told once within bounds, and told to be over; real servers throughout."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from alerts.robots import Robots, running_robots
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from factories import make_case, make_user

from carrears.alerts import signs
from carrears.alerts.kinds import AlertKind
from carrears.alerts.models import Alert, AlertMessage, Telling
from carrears.alerts.sending import send_due
from carrears.alerts.services import look, sweep, write_messages, write_test
from carrears.alerts.signs import find_signs
from carrears.alerts.terms import load_alert_terms
from carrears.casework.models import Case
from carrears.clock import now
from carrears.conduct.services import bar_contact
from carrears.dayrun.models import DayRun
from carrears.evidence.services import sequence
from carrears.outreach.jobs import read_mail_in
from carrears.outreach.models import Delivery
from carrears.outreach.services import contact
from carrears.portfolio.models import Snapshot

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 4, tzinfo=UTC)  # noon in China
SHIPPED = Path("src/carrears/alerts/alerts.yaml")


@pytest.fixture
def robots() -> Iterator[Robots]:
    with running_robots() as running:
        yield running


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME, settings.KEYS_DIR = tmp_path, tmp_path / "keys"
    settings.MAIL_DIR = tmp_path / "mail"
    (tmp_path / "keys").mkdir()
    cache.clear()
    return tmp_path


def write_key(home: Path, name: str, secret: str, *, mode: int = 0o600) -> None:
    path = home / "keys" / f"alert-{name}.key"
    path.write_text(secret)
    path.chmod(mode)


def write_file(home: Path, *routes: dict[str, Any], **limits: Any) -> None:
    [one] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    one["targets"] = {"desk": {"kind": "wecom"}, "ops": {"kind": "dingtalk", "language": "en-US"}}
    one["routes"] = list(routes)
    one["limits"] |= limits
    (home / "alerts.yaml").write_text(yaml.safe_dump([one]))


def pool_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests' empty house lacks besides (a worker) is not looked at."""
    kept = {AlertKind.POOL: signs.CHECKS[AlertKind.POOL]}
    monkeypatch.setattr(signs, "CHECKS", kept)


def tell(at: datetime) -> int:
    write_messages(at=at)
    return send_due(at=at)


def limits(**changes: Any) -> Any:
    found = load_alert_terms(Path("nowhere"), on=AT.date()).limits
    return found.model_copy(update=changes)


def amiss(at: datetime = AT, **changes: Any) -> dict[str, dict[str, int]]:
    return dict(find_signs(limits(**changes), at=at).signs)


def test_a_pool_is_told_of_once_and_told_to_be_over(
    home: Path, robots: Robots, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool_only(monkeypatch)
    write_file(home, {"alerts": ["pool"], "to": ["desk"], "every_minutes": 10})
    write_key(home, "desk", robots.secret("wecom"))
    case = make_case()

    look(at=AT)
    assert (tell(AT), tell(AT)) == (1, 0)
    look(at=AT + timedelta(minutes=5))
    assert tell(AT + timedelta(minutes=5)) == 0
    Case.objects.update(assignee=make_user(role="collector"))
    look(at=AT + timedelta(minutes=6))
    assert tell(AT + timedelta(minutes=6)) == 0  # not twice within ten minutes
    assert tell(AT + timedelta(minutes=10)) == 1

    first, second = robots.said
    assert "公共池中有案件：1 个案件无人负责，自 07-01 12:00 起" in first
    assert "已恢复：公共池中有案件" in second
    assert Alert.objects.get().over_at == AT + timedelta(minutes=6)
    assert case.loan_no not in first + second


def test_what_comes_up_in_quiet_hours_is_one_message_in_the_morning(
    home: Path, robots: Robots, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool_only(monkeypatch)
    night = {"from": "22:00", "until": "08:00"}
    write_file(home, {"alerts": ["pool"], "to": ["ops"], "quiet": night})
    write_key(home, "ops", robots.secret("dingtalk"))
    late = datetime(2026, 7, 1, 15, tzinfo=UTC)  # 23:00 in China
    people = [None, make_user(role="collector"), None, make_user(role="team_lead")]
    make_case()
    for hour, who in enumerate(people):
        Case.objects.update(assignee=who)
        look(at=late + timedelta(hours=hour))
        assert tell(late + timedelta(hours=hour)) == 0

    assert tell(late + timedelta(hours=9)) == 1
    [said] = robots.said
    assert said.splitlines()[1] == (
        "Over: The pool is not empty: 1 cases are nobody's, since 07-02 01:00 (2 times since)"
    )


def test_who_asks_for_it_is_reminded_while_it_lasts(
    home: Path, robots: Robots, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool_only(monkeypatch)
    write_file(home, {"alerts": ["pool"], "to": ["desk"], "remind_hours": 4})
    write_key(home, "desk", robots.secret("wecom"))
    make_case()
    for hour in range(9):
        look(at=AT + timedelta(hours=hour))
        tell(AT + timedelta(hours=hour))
    assert len(robots.said) == 3  # at 0, 4 and 8


def test_a_refusal_that_passes_is_tried_again_after_the_pause(home: Path, robots: Robots) -> None:
    write_file(home)
    write_key(home, "desk", robots.secret("wecom"))
    robots.answers.append((200, {"errcode": 45009, "errmsg": "api freq out of limit"}))
    message = write_test("desk", at=AT, by=None)
    assert [send_due(at=AT + timedelta(seconds=s)) for s in (0, 30, 60)] == [0, 0, 1]
    message.refresh_from_db()
    assert (message.state, message.tries, len(robots.said)) == ("sent", 2, 1)


def test_what_nobody_takes_is_given_up_after_the_last_pause_and_is_amiss(
    home: Path, robots: Robots
) -> None:
    write_file(home)
    write_key(home, "desk", robots.secret("wecom"))
    robots.answers += [(502, {})] * 9
    message = write_test("desk", at=AT, by=None)
    AlertMessage.objects.update(is_test=False)
    for hour in range(9):
        send_due(at=AT + timedelta(hours=hour))
    message.refresh_from_db()
    assert (message.state, message.tries, message.error) == ("failed", 5, "HTTP 502")
    assert amiss(AT + timedelta(hours=9))[AlertKind.UNTOLD] == {"messages": 1}


@pytest.mark.parametrize(
    ("mode", "said"), [(0o644, "can be read by others"), (None, "cannot be read")]
)
def test_without_a_key_that_nobody_else_reads_nothing_is_sent(
    home: Path, robots: Robots, mode: int | None, said: str
) -> None:
    write_file(home)
    if mode is not None:
        write_key(home, "desk", robots.secret("wecom"), mode=mode)
    message = write_test("desk", at=AT, by=None)
    assert send_due(at=AT) == 0
    message.refresh_from_db()
    assert (message.state, message.error) == ("failed", f"its key file {said}")


def test_a_target_taken_out_of_the_file_is_told_of_nothing_more(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool_only(monkeypatch)
    write_file(home, {"alerts": ["pool"], "to": ["desk"]})
    make_case()
    look(at=AT)
    (home / "alerts.yaml").unlink()
    assert write_messages(at=AT) == 0
    assert not Telling.objects.exists()


def test_a_check_that_fails_stops_no_other_and_ends_no_alert(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool_only(monkeypatch)
    make_case()
    look(at=AT)

    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(signs, "CHECKS", {AlertKind.POOL: broken})
    found = look(at=AT + timedelta(minutes=5))
    assert (found.raised, found.over) == (1, 0)  # the check itself
    assert set(Alert.objects.filter(over_at=None).values_list("kind", flat=True)) == {
        "pool",
        "check",
    }


def test_a_house_at_rest_lacks_its_worker_only() -> None:
    assert amiss(now()) == {AlertKind.WORKER: {"jobs": 0, "minutes": 0, "workers": 0}}


def test_overdue_jobs_are_seen_beside_a_living_worker() -> None:
    at = now()
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers (last_heartbeat) values (%s)", [at])
        assert AlertKind.WORKER not in amiss(at)
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, scheduled_at)"
            " values ('q', 'nothing', %s)",
            [at - timedelta(minutes=40)],
        )
    assert amiss(at)[AlertKind.WORKER] == {"jobs": 1, "minutes": 40, "workers": 1}


def send(key: str = "k") -> Delivery:
    case = make_case(assignee=make_user(role="collector"))
    assert case.party is not None
    contact(case, party=case.party, template="reminder", by=make_user(role="team_lead"), key=key)
    return Delivery.objects.get()


def test_messages_that_wait_and_dead_letters_are_seen() -> None:
    delivery = send()
    at = now()
    assert set(amiss(at)) == {AlertKind.WORKER}
    Delivery.objects.update(state="waiting", due_at=at - timedelta(minutes=20))
    assert amiss(at)[AlertKind.SENDER] == {"messages": 1, "minutes": 20}
    Delivery.objects.update(state="failed")
    assert amiss(at)[AlertKind.DEAD_LETTERS] == {"messages": 1}
    Delivery.objects.filter(pk=delivery.pk).update(gateway="print", state="waiting")
    assert AlertKind.SENDER not in amiss(at)  # letters wait for their batch


def test_a_gate_that_stops_far_more_than_usual_is_seen() -> None:
    case = make_case(assignee=make_user(role="collector"))
    user, party = make_user(role="team_lead"), case.party
    assert party is not None
    bar_contact(party, reason="he asked", from_on=date(2026, 1, 1), until_on=None, by=None, at=AT)
    attempt = contact(case, party=party, template="reminder", by=user, key="k")
    assert attempt.state == "blocked"
    at = now()
    assert amiss(at, gate_blocked=2).get(AlertKind.GATE) is None
    assert amiss(at, gate_blocked=1)[AlertKind.GATE] == {"blocked": 1, "percent": 100, "usual": 0}


def make_run(as_of: date, state: str, *, days_after: int = 1) -> DayRun:
    """A run that began so many days after its book's day."""
    found = DayRun.objects.create(as_of=as_of, inputs_hash=f"{as_of}{state}", state=state)
    began = datetime(as_of.year, as_of.month, as_of.day, 12, tzinfo=UTC)
    found.started_at = began + timedelta(days=days_after)  # it is set by itself otherwise
    found.save(update_fields=["started_at"])
    return found


@pytest.mark.parametrize(
    ("clock", "days", "late"),
    [("08:59", 2, False), ("09:00", 2, True), ("09:00", 1, False), ("08:59", 3, True)],
)
def test_a_day_run_is_late_from_its_hour_on(clock: str, days: int, *, late: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    today = date(2026, 7, 1)
    make_run(today - timedelta(days=days), "done")
    at = datetime(2026, 7, 1, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    assert (AlertKind.DAY_RUN in amiss(at)) is late


def test_a_day_run_that_began_and_did_not_end_is_seen_until_another_is_done() -> None:
    today = date(2026, 7, 1)
    make_run(today - timedelta(days=1), "done")
    stuck = make_run(today, "running")
    DayRun.objects.filter(pk=stuck.pk).update(started_at=AT - timedelta(hours=7))
    assert amiss()[AlertKind.DAY_RUN] == {"days": 1, "running": 1}
    make_run(today, "done")
    assert AlertKind.DAY_RUN not in amiss()


def test_a_book_that_is_replayed_is_not_late() -> None:
    make_run(date(2020, 1, 31), "done", days_after=2000)
    assert AlertKind.DAY_RUN not in amiss()


def test_a_book_of_today_is_late_however_long_its_runs_are_missing() -> None:
    make_run(date(2026, 5, 1), "done")
    assert amiss()[AlertKind.DAY_RUN] == {"days": 61, "running": 0}


def test_evidence_without_a_checkpoint_is_seen_once_the_same_entry_waited_long() -> None:
    send()
    assert AlertKind.SEQUENCER not in amiss(AT)
    assert AlertKind.SEQUENCER not in amiss(AT + timedelta(minutes=14))
    late = amiss(AT + timedelta(minutes=15))[AlertKind.SEQUENCER]
    assert late["minutes"] == 15
    assert late["entries"] > 0
    sequence()
    assert AlertKind.SEQUENCER not in amiss(AT + timedelta(minutes=20))


def test_a_mailbox_is_unreadable_after_several_failures_in_a_row(settings: LazySettings) -> None:
    def end_job(status: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into procrastinate_jobs (queue_name, task_name, status)"
                " values ('q', 'carrears.outreach.jobs.read_mail_in', %s)",
                [status],
            )

    for status in ("failed", "succeeded", "failed", "failed", "failed"):
        end_job(status)
    assert AlertKind.MAILBOX not in amiss()  # none is set
    settings.IMAP_URL = "imaps://us@mail.example"
    assert amiss()[AlertKind.MAILBOX] == {"failures": 3}
    end_job("succeeded")
    assert AlertKind.MAILBOX not in amiss()


def test_the_name_of_the_mail_job_is_the_one_that_is_counted() -> None:
    assert read_mail_in.name == "carrears.outreach.jobs.read_mail_in"


def test_values_that_nobody_vouches_for_are_seen() -> None:
    far = datetime(2099, 1, 1, tzinfo=UTC)
    assert amiss(far)[AlertKind.RULES]["values"] > 0


def test_a_level_below_its_target_is_seen() -> None:
    case = make_case(assignee=make_user(role="collector"))
    Case.objects.filter(pk=case.pk).update(opened_on=case.as_of - timedelta(days=3))
    Snapshot.objects.create(as_of=case.as_of, revision=1, folder="x", manifest={})
    assert amiss()[AlertKind.SERVICE_LEVEL] == {"levels": 1, "percent": 0}


def test_what_was_over_long_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    pool_only(monkeypatch)
    make_case()
    look(at=AT)
    Case.objects.update(assignee=make_user(role="collector"))
    look(at=AT + timedelta(minutes=5))
    sweep(at=AT + timedelta(days=89))
    assert Alert.objects.count() == 1
    sweep(at=AT + timedelta(days=91))
    assert not Alert.objects.exists()
