"""What may happen to a case while the day of its collector is planned."""

from __future__ import annotations

from datetime import timedelta

from access.outsiders import open_agency
from factories import make_action, make_case, make_promise

from carrears.access.models import Organisation, User
from carrears.casework.assigning import give, have_assigning
from carrears.casework.models import Case, CaseEvent, Hold, Move, Promise, Way
from carrears.casework.move_plans import Going
from carrears.casework.moves import carry_out
from carrears.casework.placements import place_debtors
from carrears.casework.pulling_plans import read_waiting
from carrears.casework.services import tell
from carrears.clock import local_day, now


def some_case(number: int, owner: User | None, **more: object) -> Case:
    """A case of today's book; the lower its number, the more acting on it is worth."""
    today = local_day(now(), "Asia/Shanghai")
    given = {"name": "", "assignee": owner, "arrears": 1000_00 * (100 - number), "as_of": today}
    return make_case(
        loan_no=f"L{number:02}", loan_id=number, obligor_no=f"P-{number}", **(given | more)
    )


def reply(case: Case) -> CaseEvent:
    data = {"text": "我在住院", "means": "hardship", "from": "debtor"}
    return tell(case, "note", at=now(), by=None, data=data)


def close(case: Case, reason: str) -> None:
    Case.objects.filter(pk=case.pk).update(
        state="closed", closed_on=case.as_of, close_reason=reason
    )


def hold(case: Case) -> Hold:
    return Hold.objects.create(case=case, reason="hospital", from_on=case.as_of)


def pull(case: Case) -> None:
    """As the rules take it (``pulling``)."""
    have_assigning()
    move = Move.objects.create(way=Way.POOL, rule="no_action", reason="", by=None, at=now())
    [found] = read_waiting(case.as_of, gone=[case.assignee_id or 0], cases=[case.pk])
    assert carry_out(move, [Going(found, None, "")], by=None, at=now()) == 1


def place(case: Case) -> None:
    agency = Organisation.objects.filter(key="AG-1").first() or open_agency("AG-1")
    place_debtors(
        [case.obligor_no], agency=agency, from_on=case.as_of, until_on=None, by=None, at=now()
    )


def keep_promise(case: Case) -> None:
    make_promise(case, (100, case.as_of), state="kept")
    tell(case, "promise_kept", at=now(), by=None, data={})


def promise_later(case: Case) -> None:
    make_promise(case, (100, case.as_of + timedelta(days=3)))


def come_back_later(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(follow_up_on=case.as_of + timedelta(days=1))


def hand_over(case: Case) -> None:
    have_assigning()
    assert give([(case.pk, case.assignee_id, None)]) == {case.pk}


def due_today(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(follow_up_on=None)
    make_promise(case, (100, case.as_of), (100, case.as_of + timedelta(days=9)))


def broken_today(case: Case) -> None:
    Promise.objects.create(
        case=case, amount=100, currency="CNY", due_on=case.as_of, made_on=case.as_of,
        book_day=case.as_of, state="broken", judged_on=case.as_of,
    )  # fmt: skip
    tell(case, "promise_broken", at=now(), by=None, data={})


def urgent_task(case: Case) -> None:
    make_action(
        case=case, channel="call", as_of=case.as_of, until_on=case.as_of, step_day=3, cadence="m1"
    )
