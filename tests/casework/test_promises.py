"""Promises as rows: recorded within their terms, settled with a line that explains it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from casework.promise_table import PromiseCase, read_cases
from factories import DAY, MOMENT, make_action, make_case, make_promise, make_user

from carrears.casework.facts import case_facts
from carrears.casework.matching import Paid
from carrears.casework.models import Case, CaseEvent, PlannedAction, Promise
from carrears.casework.promise_terms import PromiseTermsError, load_promise_terms
from carrears.casework.promises import (
    PartWanted,
    loans_with_promises,
    lock_promises,
    record_promise,
    settle_promises,
)
from carrears.casework.services import CaseworkError
from carrears.evidence.models import Entry
from carrears.evidence.services import sequence
from carrears.workbench.queries.promises import promise_detail

pytestmark = pytest.mark.django_db
JULY = [date(2026, 7, day) for day in range(1, 32)]


def promise(case: Case, *parts: tuple[int, date], **said: Any) -> Promise:
    wanted = [PartWanted(*part) for part in parts]
    return record_promise(case, parts=wanted, today=DAY, by=make_user(), at=MOMENT, **said)


def settle(
    case: Case, paid: Sequence[Paid], as_of: date, *, by_newest_book: bool = True
) -> dict[str, int]:
    found = lock_promises([case.loan_no], as_of=as_of)
    return dict(
        settle_promises(
            {case.loan_no: paid}, found, as_of=as_of, at=MOMENT, by_newest_book=by_newest_book
        )
    )


def pay(no: str, on: date, amount: int) -> Paid:
    return Paid(no=no, paid_on=on, amount=amount)


def test_a_promise_in_parts_is_recorded_with_its_terms() -> None:
    case = make_case()

    made = promise(case, (200_00, JULY[9]), (300_00, JULY[4]))

    made.refresh_from_db()
    assert (made.amount, made.currency, made.due_on) == (500_00, "CNY", JULY[9])
    assert (made.slack, made.slack_days, made.book_day) == (100, 1, DAY)
    assert made.party_id == case.party_id
    assert list(made.parts.values_list("seq", "amount", "due_on")) == [
        (1, 300_00, JULY[4]),
        (2, 200_00, JULY[9]),
    ]
    line = CaseEvent.objects.get(kind="promise")
    assert [part["amount"] for part in line.data["parts"]] == [300_00, 200_00]


def test_a_promise_stops_what_the_strategy_had_planned_to_write() -> None:
    case, other = make_case(), make_case(loan_no="B-01", name="乙", loan_id=9)
    earlier = promise(case, (100_00, JULY[2]))
    assert earlier.made_by is not None
    part = earlier.parts.get()
    for channel in ("sms", "email", "letter", "phone"):
        make_action(case=case, channel=channel, key=channel)
    make_action(case=case, key="reminder", part=part)
    make_action(case=case, key="sent", state="sent")
    make_action(case=other, key="other")

    made = record_promise(
        case, parts=[PartWanted(200_00, JULY[4])], today=DAY, by=earlier.made_by, at=MOMENT,
        beside=True,
    )  # fmt: skip

    stopped = PlannedAction.objects.filter(state="cancelled")
    assert set(stopped.values_list("key", "reason")) == {
        ("sms", "promise"), ("email", "promise"), ("letter", "promise"),
    }  # fmt: skip
    line = CaseEvent.objects.get(key=f"promise:{made.pk}:made")
    assert line.data["stopped"] == 3
    assert promise_detail(line.data).endswith("已取消 3 条已计划的消息")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([(0, JULY[4])], "above zero"),
        ([(500, JULY[4]), (-1, JULY[5])], "above zero"),
        ([(7_000_01, JULY[4])], "at most what is owed"),
        ([(4_000_00, JULY[4]), (3_000_01, JULY[5])], "at most what is owed"),
        ([(100, date(2026, 6, 29))], "between today"),
        ([(100, date(2026, 8, 1))], "between today"),
        ([(100, JULY[4]), (100, JULY[4])], "share a day"),
        ([(100, day) for day in JULY[:7]], "more than the terms"),
        ([], "one part or some"),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(parts: list[Any], why: str) -> None:
    with pytest.raises(CaseworkError, match=why):
        promise(make_case(), *parts)
    assert not Promise.objects.exists()


def test_another_stands_beside_an_open_one_only_where_that_is_said() -> None:
    case = make_case()
    make_promise(case, (100_00, JULY[4]))
    with pytest.raises(CaseworkError, match="open already"):
        promise(case, (200_00, JULY[5]))


def test_two_beside_each_other_do_not_share_a_payment() -> None:
    case = make_case()
    make_promise(case, (100_00, JULY[4]))
    promise(case, (100_00, JULY[5]), beside=True)

    settle(case, [pay("a", JULY[3], 150_00)], JULY[10])

    assert list(case.promises.order_by("pk").values_list("state", "paid_since")) == [
        ("kept", 100_00),
        ("partly", 50_00),
    ]


@pytest.mark.parametrize("table", read_cases(), ids=lambda one: one.name)
def test_the_table_holds_for_rows_judged_day_by_day(table: PromiseCase) -> None:
    case = make_case(as_of=date(2026, 5, 31))
    for one in table.promises:
        parts = [(part.amount, part.due_on) for part in one.parts]
        made = make_promise(
            case, *parts, made_on=one.made_on, slack=one.slack, slack_days=one.slack_days
        )
        Promise.objects.filter(pk=made.pk).update(made_at=one.made_at)

    for as_of, expected in sorted(table.states.items()):
        settle(case, [p for p in table.payments if table.told_on[p.no] <= as_of], as_of)
        states = list(case.promises.order_by("pk").values_list("state", flat=True))
        assert states == expected, as_of


def test_the_line_says_which_payments_met_which_part() -> None:
    case = make_case()
    made = promise(case, (300_00, JULY[4]), (200_00, JULY[9]))
    paid = [pay("a", JULY[2], 400_00)]

    assert settle(case, paid, JULY[2]) == {"promise_part_kept": 1}
    assert settle(case, [*paid, pay("b", JULY[8], 100_00)], JULY[8]) == {"promise_kept": 1}

    line = CaseEvent.objects.get(kind="promise_kept")
    assert [part["by"] for part in line.data["parts"]] == [
        [{"payment": "a", "paid_on": "2026-07-03", "amount": 300_00}],
        [
            {"payment": "a", "paid_on": "2026-07-03", "amount": 100_00},
            {"payment": "b", "paid_on": "2026-07-09", "amount": 100_00},
        ],
    ]
    sequence()
    assert Entry.objects.order_by("pk").last().kind == "case.promise_kept"
    made.refresh_from_db()
    assert (made.state, made.settled_on, made.paid_since) == ("kept", JULY[8], 500_00)


def test_judging_again_writes_nothing() -> None:
    case = make_case()
    promise(case, (300_00, JULY[4]))
    paid = [pay("a", JULY[2], 300_00)]
    assert settle(case, paid, JULY[2]) == {"promise_kept": 1}
    assert settle(case, paid, JULY[2]) == {}
    assert settle(case, paid, JULY[20]) == {}
    assert CaseEvent.objects.filter(kind="promise_kept").count() == 1


def test_kept_taken_back_and_kept_again_are_three_lines() -> None:
    case = make_case()
    promise(case, (300_00, JULY[9]))
    paid = [pay("a", JULY[2], 300_00)]
    settle(case, paid, JULY[2])
    paid.append(pay("b", JULY[3], -300_00))
    settle(case, paid, JULY[3])
    paid.append(pay("c", JULY[4], 300_00))
    settle(case, paid, JULY[4])

    lines = CaseEvent.objects.filter(kind__startswith="promise_").order_by("pk")
    assert [line.kind for line in lines] == ["promise_kept", "promise_reopened", "promise_kept"]


def test_an_event_on_an_older_book_does_not_unsee_a_payment() -> None:
    case = make_case()
    promise(case, (300_00, JULY[4]))
    settle(case, [pay("a", JULY[2], 300_00)], JULY[2])

    assert settle(case, [], JULY[10], by_newest_book=False) == {}
    assert case.promises.get().state == "kept"
    assert settle(case, [], JULY[10]) == {"promise_broken": 1}


def test_what_was_settled_long_ago_is_not_opened_again() -> None:
    case = make_case()
    promise(case, (300_00, JULY[4]))
    settle(case, [], JULY[10])
    last = date(2026, 10, 3)  # ninety days after its day
    assert list(loans_with_promises(as_of=last)) == [case.loan_no]
    assert not loans_with_promises(as_of=date(2026, 10, 4))


def test_partly_kept_counts_as_not_kept_for_the_strategy() -> None:
    case = make_case()
    promise(case, (300_00, JULY[4]))
    settle(case, [pay("a", JULY[2], 100_00)], JULY[10])
    [facts] = case_facts(as_of=JULY[10]).to_pylist()
    assert (facts["broken_promises"], facts["open_promise"]) == (1, False)


def test_the_strategy_knows_of_the_last_ninety_days_in_whatever_case() -> None:
    case = make_case()
    first = make_case(name="", opened_on=date(2026, 3, 1), state="closed", closed_on=JULY[0])
    others = make_case(loan_no="B-01", name="")
    made = date(2026, 3, 2)
    for of, state, made_on, settled_on in (
        (first, "broken", made, date(2026, 4, 1)),  # the ninetieth day before 30 June
        (first, "partly", made, date(2026, 4, 2)),
        (case, "kept", date(2026, 6, 20), date(2026, 6, 29)),
        (case, "cancelled", date(2026, 6, 21), date(2026, 6, 29)),
    ):
        make_promise(of, (1, settled_on), made_on=made_on, state=state, settled_on=settled_on)

    found = {row["loan_no"]: row for row in case_facts(as_of=date(2026, 6, 30)).to_pylist()}

    names = ("promises_broken_90d", "promises_kept_90d", "last_promise_state", "broken_promises")
    assert [found[case.loan_no][name] for name in names] == [1, 1, "kept", 0]
    assert [found[others.loan_no][name] for name in names] == [0, 0, None, 0]


def test_terms_of_a_lender_hold_from_their_day(tmp_path: Path) -> None:
    (tmp_path / "promises.yaml").write_text(
        "moto:\n"
        "- {from: 2026-01-01, slack_minor: 0, slack_days: 0, longest_days: 7, most_parts: 1,"
        " rejudged_days: 30}\n"
        "- {from: 2026-07-01, slack_minor: 0, slack_days: 3, longest_days: 7, most_parts: 1,"
        " rejudged_days: 30}\n"
    )
    terms = load_promise_terms(tmp_path)
    days = [date(2026, 6, 30), date(2026, 7, 1)]
    assert [terms.of("moto", on=day).slack_days for day in days] == [0, 3]
    assert terms.of("other", on=days[0]).slack_days == 1
    with pytest.raises(PromiseTermsError, match="no terms"):
        terms.of("moto", on=date(2025, 12, 31))


@pytest.mark.parametrize("text", ["[]", "moto: [{from: 2026-01-01}]", "moto: []", "moto: [a]", "{"])
def test_terms_that_cannot_be_used_name_their_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "promises.yaml").write_text(text)
    with pytest.raises(PromiseTermsError, match=r"promises\.yaml"):
        load_promise_terms(tmp_path)
