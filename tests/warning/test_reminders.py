"""Reminders before the due date: each day of an instalment once, moved as the calendar moves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import make_case
from hypothesis import given
from hypothesis import strategies as st

from carrears.calendars import Convention, load_calendars
from carrears.casework.models import CaseState, PlannedAction
from carrears.clock import now
from carrears.portfolio.products import DueDates, Product, Products
from carrears.strategy.files import shipped_strategy
from carrears.strategy.services import strategy_in_file
from carrears.warning.models import WatchedLoan
from carrears.warning.planning import due_reminders, plan_reminders
from carrears.warning.reminders import RemindersError, due_reminder, read_offsets

DUE = date(2026, 7, 20)  # a Monday
OFFSETS = st.sets(st.integers(0, 10), max_size=5).map(lambda s: tuple(sorted(s, reverse=True)))


@given(offsets=OFFSETS, nights=st.sets(st.integers(-12, 5)))
def test_no_instalment_hears_of_a_day_twice_or_too_early(
    offsets: tuple[int, ...], nights: set[int]
) -> None:
    keys = []
    for night in sorted(nights):
        as_of = DUE + timedelta(days=night)
        found = due_reminder("L1", due_on=DUE, amount=1, offsets=offsets, as_of=as_of)
        if found and found.key not in keys:
            assert 0 <= (DUE - as_of).days <= found.offset
            keys.append(found.key)

    assert len(keys) <= len(offsets)
    if nights >= {-offset for offset in offsets}:
        assert len(keys) == len(offsets)


def test_nothing_is_asked_of_who_owes_nothing() -> None:
    assert due_reminder("L1", due_on=DUE, amount=0, offsets=(1, 0), as_of=DUE) is None


@pytest.mark.parametrize("text", ["3,x", "-1", "61", "3;1", "²"])
def test_days_that_cannot_be_read_are_named(text: str) -> None:
    with pytest.raises(RemindersError, match="is no number of days from 0 to 60"):
        read_offsets(text)


def test_the_shipped_tables_reminders_can_be_read() -> None:
    strategy = shipped_strategy("early_warning")
    cells = {
        rule["out_reminders"].strip("'")
        for node in strategy.source["nodes"]
        if node["type"] == "decisionTableNode"
        for rule in node["content"]["rules"]
    }
    assert {cell: read_offsets(cell) for cell in cells} == {
        "": (),
        "1": (1,),
        "3,1,0": (3, 1, 0),
        "7,3,1,0": (7, 3, 1, 0),
    }


def watch(loan_no: str, **changes: object) -> WatchedLoan:
    fields = {
        "loan_id": 1, "obligor_no": "P-1", "product": "auto", "currency": "CNY",
        "as_of": DUE, "level": "warn", "reason": "record", "since_on": DUE, "score": 560,
        "band": "D", "next_due_on": DUE, "next_due_amount": 1_100_00,
        "decision": {"reminders": "3,1,0", "channel": "email", "template": "predue_reminder"},
        "strategy": strategy_in_file("early_warning"),
    }  # fmt: skip
    return WatchedLoan.objects.create(loan_no=loan_no, **(fields | changes))


def plan(as_of: date, products: Products) -> list[str]:
    wanted = due_reminders(as_of=as_of, products=products, calendars=load_calendars())
    plan_reminders(wanted, as_of=as_of, products=products, moment=now())
    return [one.reminder.key for one in wanted]


@pytest.mark.django_db
def test_every_night_plans_what_the_level_asks_for_and_once() -> None:
    products = Products({"default": Product()})
    file = make_case(loan_no="L1", name="", state=CaseState.WATCH)
    watch("L1")
    nights = [DUE + timedelta(days=n) for n in range(-9, 3)]

    planned = {night: plan(night, products) for night in nights + nights}
    again = [plan(night, products) for night in nights]

    assert again == [[]] * len(nights)
    keys = [f"L1:due:2026-07-20:T-{offset}" for offset in (3, 1, 0)]
    assert sorted(PlannedAction.objects.values_list("key", flat=True)) == sorted(keys)
    assert not any(planned.values())
    file.refresh_from_db()
    assert (file.next_due_on, file.next_due_amount) == (DUE, 1_100_00)


@pytest.mark.django_db
def test_days_count_from_where_the_calendar_moves_the_due_date() -> None:
    saturday = date(2026, 7, 18)
    terms = DueDates(calendar="cn", convention=Convention.FOLLOWING)
    products = Products({"default": Product(due_dates=terms)})
    make_case(loan_no="L1", name="", state=CaseState.WATCH)
    watch("L1", next_due_on=saturday)

    assert plan(date(2026, 7, 16), products) == []
    assert plan(date(2026, 7, 17), products) == ["L1:due:2026-07-20:T-3"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [{"is_paid_ahead": True}, {"level": "none"}])
def test_who_has_paid_or_is_calm_is_not_reminded(state: dict[str, object]) -> None:
    make_case(loan_no="L1", name="", state=CaseState.WATCH)
    watch("L1", **state)

    assert plan(DUE, Products({"default": Product()})) == []


@pytest.mark.django_db
def test_on_the_due_date_what_is_open_is_asked_for() -> None:
    make_case(loan_no="L1", name="", state=CaseState.WATCH)
    watch("L1", open_due_on=DUE, arrears=600_00, next_due_on=date(2026, 8, 20))

    assert plan(DUE, Products({"default": Product()})) == ["L1:due:2026-07-20:T-0"]
