"""Reminders before the due date of every loan that is not behind, as the cadence says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from delinquency.books import Book, instalment, loan, payment
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import make_person
from warning.nights import DUE, Night, watched_book

from carrears.calendars import load_calendars
from carrears.casework.models import Case, PlannedAction
from carrears.dayrun.reminding import STEP, remind_all
from carrears.dayrun.steps import STEPS, Day, make_contact
from carrears.inbox.services import Offer, accept_events, take_now, take_payment
from carrears.outreach.mailbox import list_messages, read_message
from carrears.outreach.models import Attempt
from carrears.parties.consents import record_consent
from carrears.parties.models import Party
from carrears.portfolio.products import load_products
from carrears.strategy.cadences import due_step_before, load_cadences

JULY = DUE[3]  # a Wednesday; the 12th, three days before, is a Sunday
OWN = """
cadences:
  standard:
    zh: 试
    en: Trial
    before_due: all
    closed_day: {closed_day}
    steps:
      - day: -7
        by: [{{channel: sms, template: sms_predue}}, {{channel: email, template: predue_reminder}}]
      - {{day: -3, by: [{{channel: email, template: predue_reminder}}]}}
      - {{day: -1, before_due: watched}}
      - {{day: 0, by: [{{channel: email, template: predue_reminder}}]}}
"""


def before(days: int) -> date:
    return JULY - timedelta(days=days)


def write(home: Path, **rules: str) -> None:
    (home / "strategies").mkdir(exist_ok=True)
    text = OWN.format(**{"closed_day": "as_is"} | rules)
    (home / "strategies" / "cadences.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def home(night: Night, tmp_path: Path, settings: Any) -> Path:  # noqa: ARG001  its book first
    settings.CARREARS_HOME = tmp_path
    settings.DEMO, settings.SMS_DIR = True, tmp_path / "sms"
    make_person(loan_no="L2", email="calm@example.com")
    write(tmp_path)
    return tmp_path


def reminders(loan_no: str = "L2") -> dict[str, str]:
    found = PlannedAction.objects.filter(key__startswith=f"{loan_no}:due:").order_by("pk")
    return {
        key.removeprefix(f"{loan_no}:due:{JULY}:"): f"{state} {reason}".strip()
        for key, state, reason in found.values_list("key", "state", "reason")
    }


def test_each_loan_that_is_not_behind_is_reminded_on_each_day_and_once(night: Night) -> None:
    for days in (8, 7, 7, 6, 3, 2, 1, 0):
        night(before(days))

    assert reminders() == {"T-7": "sent", "T-3": "sent"}  # he pays on the day itself
    said = Attempt.objects.filter(case__loan_no="L2").order_by("pk")
    assert list(said.values_list("channel", "template", "purpose", "gate_action")) == [
        ("sms", "sms_predue", "service_notice", "allow"),
        ("email", "predue_reminder", "service_notice", "allow"),
    ]
    file = Case.objects.get(loan_no="L2")
    assert (file.state, file.assignee, file.next_due_on) == ("watch", None, JULY)
    # Who is watched is reminded by both, and on no day twice.
    assert reminders("L1") == {"T-7": "sent", "T-3": "sent", "T-1": "sent", "T-0": "sent"}


def test_by_default_only_the_watched_are_reminded(night: Night, home: Path) -> None:
    (home / "strategies" / "cadences.yaml").unlink()
    night(before(7))
    assert (set(reminders("L1")), reminders()) == ({"T-7"}, {})
    assert not Case.objects.filter(loan_no="L2").exists()


def test_a_missed_night_is_made_up_for_with_the_nearest_day(night: Night) -> None:
    night(before(2))
    night(before(1))
    assert reminders() == {"T-3": "sent"}


def test_a_closed_day_moves_it(night: Night, home: Path) -> None:
    write(home, closed_day="earlier")
    night(before(6))
    night(before(5))
    planned = PlannedAction.objects.filter(case__loan_no="L2").order_by("pk")
    assert list(planned.values_list("step_day", "as_of")) == [(-7, before(6)), (-3, before(5))]


def paid(amount: int) -> Book:
    book = watched_book()
    return book.with_payments([*book.payments, payment("early", before(9), amount, 2)])


def test_who_has_paid_is_not_reminded_and_gets_no_file(night: Night) -> None:
    night(before(7), paid(111_00))
    assert reminders() == {}
    assert not Case.objects.filter(loan_no="L2").exists()


def test_who_has_paid_a_part_is_asked_for_the_rest(night: Night, settings: Any) -> None:
    night(before(3), paid(100_00))
    [kept] = [one for one in list_messages(settings.MAIL_DIR) if "calm@" in one.to]
    text = read_message(settings.MAIL_DIR, kept.id).text
    assert ("11.00" in text, "111.00" in text) == (True, False)


def pay(amount: int, key: str = "bank") -> None:
    take_payment("L2", amount=amount, currency="CNY", paid_on=before(3), key=key, source="test")


def test_who_pays_before_it_is_sent_is_not_reminded(night: Night, settings: Any) -> None:
    day = night(before(3), until="contact")
    pay(100_00)
    assert reminders() == {"T-3": "planned"}
    assert Case.objects.get(loan_no="L2").next_due_amount == 11_00
    pay(11_00, "bank 2")
    make_contact(day)

    assert reminders() == {"T-3": "cancelled paid"}
    assert not [one for one in list_messages(settings.MAIL_DIR) if "calm@" in one.to]


def finish(day: Day, *, first: str = "cases", until: str = "") -> None:
    """Run the rest of a night that was stopped before a step, or what comes before another."""
    names = [step.name for step in STEPS]
    end = names.index(until) if until else len(names)
    for step in STEPS[names.index(first) : end]:
        step.work(day)


def test_of_whom_something_is_told_after_the_snapshot_is_reminded_of_the_rest(
    night: Night, settings: Any
) -> None:
    """He pays a part while the night of the day before runs; the next night is too late for it."""
    night(before(8))
    day = night(before(3), until="cases")
    pay(100_00)
    assert reminders() == {}
    finish(day)
    assert reminders() == {"T-3": "sent"}
    [kept] = [one for one in list_messages(settings.MAIL_DIR) if "calm@" in one.to]
    assert "11.00" in read_message(settings.MAIL_DIR, kept.id).text


def test_who_pays_all_after_the_snapshot_is_not_reminded(night: Night) -> None:
    day = night(before(3), until="cases")
    pay(111_00)
    finish(day)
    assert reminders() == {}


def test_who_falls_behind_after_the_snapshot_is_not_reminded_before_the_due_date(
    night: Night,
) -> None:
    day = night(before(3), until="cases")
    pay(-111_00)
    finish(day)
    assert reminders() == {}


def test_what_is_told_of_a_day_to_come_is_left_to_its_night(night: Night) -> None:
    day = night(before(3), until="cases")
    take_payment(
        "L2", amount=11_00, currency="CNY", paid_on=before(2), key="next day", source="test"
    )
    finish(day)
    assert reminders() == {}


def test_whose_payment_is_taken_back_after_the_night_is_reminded_the_same_day(
    night: Night, settings: Any
) -> None:
    """The night saw the instalment paid ahead, and said nothing."""
    day = night(before(3), paid(111_00))
    assert reminders() == {}
    pay(-100_00)
    assert reminders() == {"T-3": "planned"}
    pay(-11_00, "bank 2")  # once more: it is planned once, and asks for what is owed by then
    make_contact(day)
    assert reminders() == {"T-3": "sent"}
    [kept] = [one for one in list_messages(settings.MAIL_DIR) if "calm@" in one.to]
    assert "111.00" in read_message(settings.MAIL_DIR, kept.id).text


def test_a_payment_taken_back_before_it_is_sent_has_the_reminder_back(night: Night) -> None:
    day = night(before(3), until="contact")
    pay(111_00)
    assert reminders() == {"T-3": "cancelled paid"}
    pay(-111_00, "bank 2")
    assert reminders() == {"T-3": "planned"}
    make_contact(day)
    assert reminders() == {"T-3": "sent"}


def test_an_event_of_a_later_day_plans_nothing(night: Night) -> None:
    """The night of that day does."""
    night(before(8))
    take_payment("L2", amount=11_00, currency="CNY", paid_on=before(7), key="next", source="test")
    assert reminders() == {}


def test_a_night_that_is_run_again_on_a_corrected_book_takes_back_what_is_paid(
    night: Night,
) -> None:
    night(before(3), until="contact")
    night(before(3), paid(111_00))
    assert reminders() == {"T-3": "cancelled paid"}


def test_what_did_not_leave_in_time_is_given_up(night: Night) -> None:
    night(before(3), until="contact")
    night(before(-1), paid(111_00))
    assert reminders() == {"T-3": "cancelled late"}


def complain() -> None:
    said = {"reference": "12378-1", "text": "不要再联系我"}
    offer = Offer(key="c1", kind="complaint", loan_no="L2", payload=said, source="test")
    [accepted] = accept_events([offer])
    assert take_now(accepted.event).error == ""


def test_a_hold_stops_it_with_its_reason(night: Night) -> None:
    night(before(7))
    complain()
    night(before(3))
    assert reminders() == {"T-7": "sent", "T-3": "cancelled hold: complaint"}


def test_a_hold_after_it_was_planned_stops_it_too(night: Night) -> None:
    night(before(7))
    day = night(before(3), until="contact")
    complain()
    make_contact(day)
    assert reminders() == {"T-7": "sent", "T-3": "cancelled hold: complaint"}


def test_who_refused_every_way_has_the_verdict_kept(night: Night) -> None:
    party = Party.objects.get(loans__loan_no="L2")
    for given in party.consents.all():
        record_consent(
            party, channel=given.channel, granted=False, source="call",
            at=given.given_at + timedelta(seconds=1),
        )  # fmt: skip
    night(before(7))
    assert reminders()["T-7"].startswith("blocked ")
    assert set(Attempt.objects.values_list("gate_action", "verdict__gate_action")) >= {
        ("block", "block")
    }


def test_a_loan_that_falls_behind_takes_its_file_over(night: Night) -> None:
    book = watched_book()
    unpaid = [p for p in book.payments if p["loan_id"] == 1 or p["paid_on"] < JULY]
    night(before(0), book.with_payments(unpaid), until="contact")
    assert reminders() == {"T-0": "planned"}
    night(before(-1), book.with_payments(unpaid))

    [file] = Case.objects.filter(loan_no="L2")
    assert (file.state, file.dpd) == ("open", 1)
    assert reminders()["T-0"] == "cancelled overtaken"


def test_the_debtors_own_zone_says_which_day_it_is(night: Night) -> None:
    """The 8th of July ten o'clock in New York; the replayed book leaves in its morning."""
    Party.objects.filter(loans__loan_no="L2").update(time_zone="America/New_York")
    night(before(7))
    [action] = PlannedAction.objects.filter(case__loan_no="L2")
    assert action.planned_for.isoformat() == "2026-07-08T14:00:00+00:00"


def test_a_decided_treatment_narrows_a_step(night: Night, home: Path) -> None:
    path = home / "strategies" / "cadences.yaml"
    path.write_text(path.read_text().replace("day: -7", "day: -7\n        treatments: [x]"))
    night(before(7))
    assert reminders() == {}


def many(numbers: range) -> Book:
    """Loans that paid what was due until June, and whose next instalment is that of July."""
    return Book(
        [loan(n, product="auto", originated_on=date(2026, 3, 1)) for n in numbers],
        [instalment(seq, day, n) for n in numbers for seq, day in enumerate(DUE, 1)],
        [payment(f"{n}-{day}", day, 111_00, n) for n in numbers for day in DUE if day < JULY],
        [],
    )


def test_a_book_is_asked_as_often_as_one_loan(night: Night) -> None:
    asked = []
    for numbers in (range(5, 6), range(10, 11), range(20, 320)):  # the first one makes tables
        day = night(before(7), many(numbers), until=STEP)
        with CaptureQueriesContext(connection) as queries:
            assert remind_all(day) == {"reminders_to_all": len(numbers)}
        asked.append(len(queries))
    assert asked[1] == asked[2]


@pytest.mark.parametrize("as_of", [before(days) for days in (9, 7, 5, 3, 0)])
def test_the_book_is_chosen_from_as_one_loan_would_be(
    night: Night, home: Path, as_of: date
) -> None:
    """Each loan by itself: what is left of what it owes, and the rule for its due date."""
    book = mixed_book(as_of)
    day = night(as_of, book, until="reminders")  # what comes before reads no rule of this kind
    for closed_day in ("as_is", "earlier", "later", "skip"):
        write(home, closed_day=closed_day)
        with transaction.atomic():
            finish(day, first="reminders", until="contact")
            planned = PlannedAction.objects.filter(step_day__lte=0).values_list("key", flat=True)
            expected = {k for n in range(1, len(book.loans) + 1) for k in reminded(n, book, as_of)}
            assert set(planned) == expected, closed_day
            transaction.set_rollback(True)


def mixed_book(as_of: date) -> Book:
    """Loans with due dates on all days of a month, behind, paid to date, and paid ahead."""
    draw = Random(str(as_of))  # noqa: S311  no secret
    book = Book([], [], [], [])
    for number in range(1, 121):
        days = [date(2026, month, draw.randint(1, 28)) for month in range(4, 10)]
        due = sum(111_00 for day in days if day < as_of)
        paid = due + draw.choice([-111_00, 0, 0, 0, 0, 50_00, 111_00, 161_00, 222_00])
        book.loans.append(loan(number, product="auto", originated_on=date(2026, 3, 1)))
        book.instalments.extend(instalment(seq, day, number) for seq, day in enumerate(days, 1))
        if paid > 0:
            book.payments.append(payment(number, min(days[0], as_of), paid, number))
    return book


def reminded(number: int, book: Book, as_of: date) -> list[str]:
    """The key of the one reminder that a loan gets on a day; none where none is due."""
    cadence = load_cadences(Path(settings.CARREARS_HOME)).of("auto")
    calendar, terms = load_calendars()["cn"], load_products(Path(settings.CARREARS_HOME))["auto"]
    assert cadence is not None
    left = sum(p["amount"] for p in book.payments if p["loan_id"] == number)
    for row in sorted(book.of(number).instalments, key=lambda one: one["due_on"]):
        owed, left = max(111_00 - left, 0), max(left - 111_00, 0)
        if owed and row["due_on"] < as_of:
            return []  # behind
        if not owed and row["due_on"] <= as_of:
            continue
        falls_due = calendar.shift(row["due_on"], terms.due_dates.convention)
        found = due_step_before(cadence, due_on=falls_due, today=as_of, calendar=calendar)
        if owed and found is not None and not found.is_skipped:
            return [f"L{number}:{found.step.key(falls_due)}"]
        if row["due_on"] > as_of:
            return []  # only the next one is looked at
    return []
