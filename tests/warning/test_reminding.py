"""A watched loan from night to night: reminded, written to once, its file becomes its case."""

from __future__ import annotations

import json
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from warning.nights import DUE, Night, watched_book

from carrears.casework.models import Case, PlannedAction
from carrears.clock import at_local
from carrears.conduct.models import DoNotContact
from carrears.dayrun.contacting import send_as_hours_come
from carrears.dayrun.steps import make_contact
from carrears.evidence.models import Entry
from carrears.inbox.services import Offer, accept_events, take_now, take_payment
from carrears.outreach.mailbox import list_messages, read_message, running
from carrears.outreach.models import Attempt
from carrears.parties.consents import record_consent
from carrears.parties.models import Consent
from carrears.warning.models import WatchedLoan
from carrears.workbench.queries.warning import warned_of

JULY = DUE[3]


def before(days: int) -> date:
    return JULY - timedelta(days=days)


def reminders() -> dict[str, str]:
    """What was planned, by its day before the due date, and what became of it."""
    found = PlannedAction.objects.filter(key__contains=":due:").order_by("pk")
    return {
        key.removeprefix(f"L1:due:{JULY}:"): state
        for key, state in found.values_list("key", "state")
    }


def test_the_borrower_is_reminded_on_each_day_and_once(night: Night, settings: Any) -> None:
    for days in (7, 6, 3, 3, 1, 0):
        day = night(before(days))
    make_contact(day)

    assert reminders() == {"T-7": "sent", "T-3": "sent", "T-1": "sent", "T-0": "sent"}
    kept = list_messages(settings.MAIL_DIR)
    assert [one.received_again for one in kept] == [0, 0, 0, 0]
    assert {one.to for one in kept} == {"赵试一 <debtor@example.com>"}
    text = read_message(settings.MAIL_DIR, kept[0].id).text
    assert ("111.00" in text, "L1" in text, "2026年7月15日" in text) == (True, True, True)
    kinds = Entry.objects.filter(kind__startswith="message.").order_by("pk")
    assert list(kinds.values_list("subject", "kind")) == [
        ("L1", kind) for _ in range(4) for kind in ("message.booked", "message.sent")
    ]
    said = [json.loads(entry.payload) for entry in kinds.filter(kind="message.sent")]
    assert {(one["template"], one["gate_action"]) for one in said} == {("predue_reminder", "allow")}


def opt_out() -> None:
    given = Consent.objects.get(channel="email")
    soon = given.given_at + timedelta(seconds=1)
    record_consent(given.party, channel="email", granted=False, source="call", at=soon)


def bar() -> None:
    party = Case.objects.get().party
    DoNotContact.objects.create(party=party, reason="asked for it", from_on=before(5))


def complain() -> None:
    said = {"reference": "12378-1", "text": "不要再联系我"}
    offer = Offer(key="c1", kind="complaint", loan_no="L1", payload=said, source="test")
    [accepted] = accept_events([offer])
    assert take_now(accepted.event).error == ""


@pytest.mark.parametrize("bar_contact", [opt_out, bar, complain])
def test_who_may_not_be_written_to_is_not_reminded(
    night: Night, settings: Any, bar_contact: Any
) -> None:
    night(before(7))
    bar_contact()
    night(before(3))

    assert reminders() == {"T-7": "sent", "T-3": "blocked"}
    assert len(list_messages(settings.MAIL_DIR)) == 1
    assert Entry.objects.filter(subject="L1", kind="message.blocked").count() == 1
    shown = warned_of("L1")
    assert shown is not None
    assert [step.state for step in shown.reminders] == ["blocked", "sent"]
    assert shown.reminders[0].reason != ""


CADENCE = """
cadences:
  standard:
    zh: 试
    en: Trial
    closed_day: earlier
    steps:
      - day: -7
        by: [{channel: sms, template: sms_predue}, {channel: email, template: predue_reminder}]
      - {day: -3}
      - {day: -1, closed_day: skip}
"""


@pytest.fixture
def own_cadence(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "cadences.yaml").write_text(CADENCE, encoding="utf-8")
    settings.CARREARS_HOME = tmp_path
    settings.DEMO, settings.SMS_DIR = True, tmp_path / "sms"


@pytest.mark.usefixtures("own_cadence")
def test_the_cadence_says_how_and_where_a_closed_day_moves_it(night: Night) -> None:
    """The 12th of July 2026 is a Sunday: what is said on it is said on Friday the 10th."""
    night(before(7))
    night(before(6))
    night(before(5))

    planned = PlannedAction.objects.order_by("pk").values_list("step_day", "as_of", "channel")
    assert list(planned) == [(-7, before(7), "sms"), (-3, before(5), "email")]
    assert set(reminders().values()) == {"sent"}
    [text] = Attempt.objects.filter(channel="sms")
    assert (text.purpose, text.gate_action) == ("service_notice", "allow")


@pytest.mark.usefixtures("own_cadence")
def test_who_refuses_texts_is_reminded_by_the_next_way(night: Night) -> None:
    given = Consent.objects.get(channel="sms")
    soon = given.given_at + timedelta(seconds=1)
    record_consent(given.party, channel="sms", granted=False, source="call", at=soon)
    night(before(7))
    assert PlannedAction.objects.get(key__contains=":due:").channel == "email"


def pay(amount: int, *, on: date, key: str = "bank") -> None:
    take_payment("L1", amount=amount, currency="CNY", paid_on=on, key=key, source="test")


def test_who_pays_before_it_is_sent_is_not_reminded(night: Night, settings: Any) -> None:
    day = night(before(3), until="contact")
    assert reminders() == {"T-3": "planned"}

    pay(111_00, on=before(3))
    make_contact(day)

    assert reminders() == {"T-3": "cancelled"}
    assert PlannedAction.objects.get(key__contains=":due:").reason == "paid"
    assert list_messages(settings.MAIL_DIR) == []
    assert WatchedLoan.objects.get(loan_no="L1").is_paid_ahead


def test_who_pays_a_part_is_asked_for_the_rest(night: Night, settings: Any) -> None:
    day = night(before(3), until="contact")
    pay(100_00, on=before(3))
    make_contact(day)

    [kept] = list_messages(settings.MAIL_DIR)
    text = read_message(settings.MAIL_DIR, kept.id).text
    assert ("11.00" in text, "111.00" in text) == (True, False)


def test_a_payment_that_the_next_tape_brings_ends_the_reminders(night: Night) -> None:
    night(before(7))
    book = watched_book()
    early = dict(book.payments[0], payment_no="early", paid_on=before(5))
    night(before(3), book.with_payments([*book.payments, early]))

    assert reminders() == {"T-7": "sent"}


def test_the_file_of_a_watched_loan_becomes_its_case(night: Night) -> None:
    night(before(7))
    file = Case.objects.get()
    assert (file.state, file.loan_no) == ("watch", "L1")
    night(before(0))
    night(before(-1))

    file.refresh_from_db()
    assert (file.state, file.opened_on, file.dpd, file.arrears) == ("open", before(-1), 1, 111_00)
    assert Case.objects.count() == 1
    assert reminders() == {"T-7": "sent", "T-0": "sent"}
    assert [event.kind for event in file.events.all()] == ["opened"]
    assert WatchedLoan.objects.get(loan_no="L1").level == "none"


def test_a_returned_payment_makes_the_file_a_case_at_once(night: Night) -> None:
    night(before(7))
    planned = night(before(1), until="contact")
    pay(-111_00, on=before(1))  # that of June: 29 days behind
    make_contact(planned)

    case = Case.objects.get()
    assert (case.state, case.dpd, case.arrears) == ("open", 29, 111_00)
    assert reminders() == {"T-7": "sent", "T-1": "cancelled"}


def test_a_cured_loan_that_is_watched_again_gets_a_new_file(night: Night) -> None:
    night(before(7))
    night(before(-1))
    late = watched_book()
    paid = dict(late.payments[0], payment_no="late", paid_on=before(-5))
    late = late.with_payments([*late.payments, paid])
    night(before(-6), late)

    old = Case.objects.get()
    assert (old.state, old.close_reason, old.closed_on) == ("closed", "cured", before(-6))
    assert WatchedLoan.objects.get(loan_no="L1").level == "high"

    night(DUE[4] - timedelta(days=7), late)

    states = Case.objects.order_by("opened_on").values_list("state", "opened_on")
    assert list(states) == [("closed", before(-1)), ("watch", DUE[4] - timedelta(days=7))]
    steps = WatchedLoan.objects.get(loan_no="L1").changes.order_by("pk")
    assert [(one.before, one.level) for one in steps] == [
        ("none", "high"),
        ("high", "none"),
        ("none", "high"),
    ]


def at_hour(hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live book: JULY is today, and it is that hour in Shanghai."""
    moment = at_local(before(3), time(hour), "Asia/Shanghai")
    places = ["outreach.services", "outreach.sending", "outreach.judging", "outreach.gateways"]
    for place in [*places, "dayrun.contacting", "dayrun.watching", "dayrun.steps"]:
        monkeypatch.setattr(f"carrears.{place}.now", lambda: moment)


def test_a_live_reminder_waits_for_its_hour_and_leaves_by_the_clock(
    night: Night, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at_hour(1, monkeypatch)
    night(before(3))
    assert (send_as_hours_come(), reminders()) == (0, {"T-3": "planned"})

    at_hour(11, monkeypatch)
    with running(tmp_path / "server") as server:
        settings.SMTP_URL = f"smtp://{server.host}:{server.port}"
        assert [send_as_hours_come(), send_as_hours_come()] == [1, 0]

    assert reminders() == {"T-3": "sent"}
    assert len(list_messages(tmp_path / "server")) == 1


def test_a_live_reminder_that_is_late_does_not_disturb_the_night(
    night: Night, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hour(1, monkeypatch)
    night(before(3))
    at_hour(23, monkeypatch)

    assert send_as_hours_come() == 1

    assert reminders() == {"T-3": "blocked"}
    assert list_messages(settings.MAIL_DIR) == []
    assert Entry.objects.filter(subject="L1", kind="message.blocked").count() == 1
