"""What people rule stands above the strategy, by one statement for the night and for an event."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from dayrun.test_asking import by_event, by_night
from delinquency import books
from delinquency.books import START, Book
from django.db import connection
from factories import MOMENT, make_case, make_person, make_user
from standing_book import write_snapshot

from carrears.casework.intake import INTAKE_TABLES
from carrears.casework.models import Case, CaseEvent, Ruling, RulingKind
from carrears.casework.rulings import overruling
from carrears.database.session import copy_tuples, ensure_tables, run_kept
from carrears.dayrun.rulings import RulingError, RulingWanted, end_ruling, place_ruling
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
AS_OF = START + timedelta(days=150)


@pytest.fixture(autouse=True)
def _book(settings: Any, tmp_path: Path) -> None:
    settings.BOOK_DIR = tmp_path / "book"


def rule(kind: str, party: Any, **more: Any) -> Ruling:
    usual: dict[str, Any] = {
        "ceiling": 1 if kind == "frozen" else None,
        "placed_by": make_user(username=f"by-{kind}-{Ruling.objects.count()}"),
        "treatment": "offer_plan" if kind == "decided" else "",
        "decision": {"treatment": "offer_plan", "channel": "call", "priority": 50}
        if kind == "decided"
        else {},
    }
    return Ruling.objects.create(
        party=party, kind=kind, cause="test", placed_at=MOMENT, **(usual | more)
    )


def wanted_of(loan_no: str, treatment: str) -> tuple[str, dict[str, Any], int]:
    """What becomes of a state in which the strategy wants this treatment."""
    ensure_tables(INTAKE_TABLES)
    answer = f'{{"treatment": "{treatment}", "channel": "email", "facts": {{"dpd": 9}}}}'
    copy_tuples(
        "incoming",
        ("loan_no", "as_of", "dpd", "treatment", "decision", "priority"),
        [(loan_no, AS_OF, 9, treatment, answer, 7)],
    )
    run_kept([overruling(as_of=AS_OF)])
    with connection.cursor() as cursor:
        cursor.execute("select treatment, decision::text, priority from incoming")
        [(got, decision, priority)] = cursor.fetchall()
    return got, json.loads(decision), priority


def the_case(treatment: str, **changes: Any) -> Case:
    decision = {"treatment": treatment, "channel": "call", "priority": 33, "rule_id": "r"}
    return make_case(loan_no="L1", treatment=treatment, decision=decision, **changes)


@pytest.mark.parametrize(
    ("kinds", "has", "wants", "gets", "why"),
    [
        ((), "reminder", "recovery", "recovery", None),
        (("decided",), "recovery", "recovery", "offer_plan", "decided"),
        (("decided",), "reminder", "hold", "hold", None),  # a pause always begins
        (("frozen",), "reminder", "mid_call", "reminder", "frozen"),
        (("frozen",), "reminder", "soft_reminder", "soft_reminder", None),
        (("frozen",), "recovery", "recovery", "person_decides", "frozen"),
        (("frozen",), "unheard_of", "unheard_of", "person_decides", "frozen"),
        (("frozen",), "await_promise", "recovery", "await_promise", "frozen"),
        (("confirm",), "reminder", "soft_reminder", "reminder", "confirm"),
        (("confirm",), "reminder", "reminder", "reminder", None),
        (("confirm",), "recovery", "agency_placement", "recovery", "confirm"),
        (("confirm",), "reminder", "dispute_review", "dispute_review", None),
        (("confirm", "frozen"), "recovery", "reminder", "person_decides", "confirm"),
        (("frozen", "decided"), "recovery", "recovery", "offer_plan", "decided"),
    ],
)
def test_what_may_begin(
    kinds: tuple[str, ...], has: str, wants: str, gets: str, why: str | None
) -> None:
    case = the_case(has)
    for kind in kinds:
        rule(kind, case.party, loan_no="L1")

    treatment, decision, priority = wanted_of("L1", wants)

    assert treatment == decision["treatment"] == gets
    assert decision.get("ruled", {}).get("kind") == why
    assert decision["facts"] == {"dpd": 9}
    if why:
        assert decision["ruled"]["wanted"] == {"treatment": wants, "channel": "email"}
    if why and gets == has:
        assert (decision["channel"], priority) == ("call", 33)
        assert "rule_id" not in decision


def test_a_loan_without_a_case_waits_for_a_person() -> None:
    rule("confirm", make_person(loan_no="L1"))
    treatment, decision, priority = wanted_of("L1", "reminder")
    assert (treatment, decision.get("channel"), priority) == ("person_decides", None, 7)


def test_on_the_other_loans_of_a_person_only_what_is_grave_is_held() -> None:
    case = the_case("reminder")
    rule("frozen", case.party, loan_no="another")
    assert wanted_of("L1", "formal_notice")[0] == "formal_notice"
    assert wanted_of("L1", "agency_placement")[0] == "reminder"


@pytest.mark.parametrize(
    "changes",
    [{"until_on": AS_OF - timedelta(days=1)}, {"ended_at": MOMENT}],
    ids=["over", "ended"],
)
def test_what_is_over_holds_nothing(changes: dict[str, Any]) -> None:
    rule("decided", the_case("recovery").party, **changes)
    assert wanted_of("L1", "recovery")[0] == "recovery"


def test_it_holds_on_its_last_day() -> None:
    rule("decided", the_case("recovery").party, until_on=AS_OF)
    assert wanted_of("L1", "recovery")[0] == "offer_plan"


def test_of_several_the_newest_holds() -> None:
    party = the_case("recovery").party
    rule("decided", party)
    rule("decided", party, treatment="hold", decision={})
    assert wanted_of("L1", "recovery")[0] == "hold"


def test_who_is_only_to_be_contacted_rules_nothing() -> None:
    the_case("recovery")
    rule("decided", make_person(loan_no="L1", name="周试五", role="contact", id_no=""))
    assert wanted_of("L1", "recovery")[0] == "recovery"


def book() -> Book:
    """Five loans whose first four instalments are due and unpaid for longer and longer."""
    loans = [books.loan(n, instalment=111_00) for n in range(1, 6)]
    due = [
        books.instalment(seq, AS_OF - timedelta(days=30 * n + 10 - 2 * seq), n)
        for n in range(1, 6)
        for seq in range(1, 5)
    ]
    return Book(loans, due, [], [])


def test_an_event_is_overruled_as_the_night_is(tmp_path: Path) -> None:
    rows = write_snapshot(book(), tmp_path)
    loan_nos = [f"L{n}" for n in range(1, 6)]
    plain = {one["loan_no"]: one["treatment"] for one in by_night(tmp_path, loan_nos, AS_OF)}
    make_case(loan_no="L1", name="赵试一", treatment="soft_reminder")
    rule("decided", make_person(loan_no="L2", name="钱试二"), until_on=AS_OF)
    rule("frozen", make_person(loan_no="L3", name="孙试三"), loan_no="L3")
    rule("confirm", make_person(loan_no="L4", name="李试四"))
    rule("frozen", Case.objects.get(loan_no="L1").party, loan_no="L1")

    at_night = by_night(tmp_path, loan_nos, AS_OF)

    got = {one["loan_no"]: one["treatment"] for one in at_night}
    assert got == {
        "L1": "soft_reminder",
        "L2": "offer_plan",
        "L3": "person_decides",
        "L4": "person_decides",
        "L5": plain["L5"],
    }
    assert by_event(rows, AS_OF) == at_night


def wanted(case: Case, kind: RulingKind, **more: Any) -> RulingWanted:
    return RulingWanted(
        party=case.party, kind=kind, cause="test", key=f"k-{kind}", at=MOMENT, **more
    )


def test_a_ruling_holds_at_once_and_its_end_gives_back_what_was_wanted() -> None:
    case = the_case("recovery", next_review_on=date(2026, 7, 7), stage="late")
    judge = make_user(username="judge")

    ruling = place_ruling(
        wanted(
            case,
            RulingKind.DECIDED,
            by=judge,
            treatment="offer_plan",
            decision={"channel": "call", "review_days": 3, "priority": 50},
        )
    )

    case.refresh_from_db()
    assert (case.treatment, case.stage, case.priority) == ("offer_plan", "late", 50)
    assert case.next_review_on == date(2026, 7, 3)
    assert case.decision["ruled"]["wanted"]["treatment"] == "recovery"

    end_ruling(ruling, key="over", by=judge, at=MOMENT)
    end_ruling(ruling, key="over", by=judge, at=MOMENT)

    case.refresh_from_db()
    assert (case.treatment, case.priority, case.decision.get("ruled")) == ("recovery", 33, None)
    kinds = list(CaseEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["ruling", "treatment", "ruling", "treatment"]
    entries = Entry.objects.filter(kind__startswith="ruling.").order_by("pk")
    assert list(entries.values_list("kind", "actor")) == [
        ("ruling.placed", "judge"),
        ("ruling.ended", "judge"),
    ]


def test_what_no_catalogue_knows_cannot_be_decided() -> None:
    case = the_case("recovery")
    by = make_user(username="judge")
    with pytest.raises(RulingError, match="is no treatment"):
        place_ruling(wanted(case, RulingKind.DECIDED, treatment="visit_by_night", by=by))
    with pytest.raises(RulingError, match="cannot end before"):
        place_ruling(
            wanted(case, RulingKind.DECIDED, treatment="hold", until_on=date(2026, 6, 1), by=by)
        )
    assert Ruling.objects.count() == 0
