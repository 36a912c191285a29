"""The best case first, with why; and no case before two people, with real sessions at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
import yaml
from django.conf import LazySettings
from django.db import connection
from factories import make_case, make_promise, make_user

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent, Hold, Promise, Showing
from carrears.casework.next_case import NothingLeft, next_case, order_by_worth, why_nothing
from carrears.casework.next_case_terms import NextCaseTermsError, load_next_case_terms
from carrears.casework.services import CaseworkError, add_note, tell
from carrears.casework.showing import IN_THIS_MOMENT, leave, show, take_over
from carrears.evidence.models import Entry

_T = TypeVar("_T")
TODAY = date(2026, 7, 1)
NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)  # in Shanghai
SHIPPED = load_next_case_terms(Path("/nowhere"))


def make_open(loan_no: str, place: int, **changes: Any) -> Case:
    return make_case(loan_no=loan_no, loan_id=place, name="", as_of=TODAY, **changes)


def order(user: User, at: datetime = NOON) -> dict[str, tuple[int, tuple[str, ...]]]:
    worths = order_by_worth(Case.objects.all(), user=user, moment=at, first=0, number=99)
    numbers = dict(Case.objects.values_list("pk", "loan_no"))
    return {numbers[w.case]: (w.value, tuple(name for name, _ in w.terms)) for w in worths}


@pytest.mark.django_db
def test_what_acting_now_is_worth_and_why() -> None:
    me = make_user(role="collector")
    owed = {"arrears": 1_000_00}
    make_open("plain", 1, band="B", **owed)
    make_open("unknown", 2, band="", **owed)
    make_promise(make_open("due", 3, band="B", **owed), (500_00, TODAY))
    make_promise(make_open("waits", 4, band="B", **owed), (500_00, TODAY + timedelta(days=3)))
    broken = make_open("broken", 5, band="B", **owed)
    make_promise(broken, (500_00, date(2026, 6, 20)))
    Promise.objects.filter(case=broken).update(state="broken")
    make_open("follow", 6, band="B", follow_up_on=TODAY, **owed)
    make_open("later", 7, band="B", follow_up_on=TODAY + timedelta(days=1), **owed)
    held = make_open("held", 8, band="B", **owed)
    Hold.objects.create(case=held, reason="legal", from_on=TODAY)
    add_note(make_open("worked", 9, band="B", **owed), text="已处理", by=me, at=NOON)

    for loan_no, place in (("reply", 10), ("read", 11)):
        case = make_open(loan_no, place, band="B", follow_up_on=TODAY + timedelta(days=1), **owed)
        reply = {"text": "明天还", "means": ["promise"]}
        tell(case, "note", at=NOON, by=None, data=reply)
    tell(case, "outcome", at=NOON, by=None, data={"code": "promised"})

    assert order(me) == {
        "reply": (1_050_00, ("reply",)),  # nobody has told what came of it
        "read": (35_00, ("follow_up_later",)),
        "due": (1_050_00, ("promise_due",)),  # 1,000.00 × 35 % × 3
        "follow": (700_00, ("follow_up",)),
        "broken": (525_00, ("broken",)),
        "plain": (350_00, ()),
        "unknown": (200_00, ()),
        "waits": (70_00, ("promise_waits",)),
        "later": (35_00, ("follow_up_later",)),
        "worked": (7_00, ("worked",)),
        "held": (0, ("held",)),
    }
    assert list(order(me))[:4] == ["due", "reply", "follow", "broken"]


@pytest.mark.parametrize(
    ("hour", "terms"),
    [(9, ("shut",)), (10, ()), (18, ()), (19, ("closing",)), (20, ("shut",))],
)
@pytest.mark.django_db
def test_the_hours_where_the_debtor_is(hour: int, terms: tuple[str, ...]) -> None:
    me = make_user(role="collector")
    case = make_case(as_of=TODAY)
    assert case.party is not None
    case.party.time_zone = "Asia/Urumqi"  # two hours behind
    case.party.save()
    at = datetime(2026, 7, 1, hour - 6, 0, tzinfo=UTC)
    assert order(me, at)["A-03"][1] == terms


@pytest.mark.django_db
def test_a_replayed_book_has_its_own_day_and_no_clock() -> None:
    me = make_user(role="collector")
    make_promise(make_open("due", 1), (500_00, TODAY))
    assert order(me, NOON + timedelta(days=400, hours=12))["due"][1] == ("promise_due",)


@pytest.mark.django_db
def test_next_goes_down_the_list_of_ones_own() -> None:
    me, other = make_user(role="collector", username="me"), make_user(username="other")
    for place, arrears in enumerate((1, 3, 2)):
        make_open(f"mine{arrears}", place, arrears=arrears * 100_00, assignee=me)
    make_open("hers", 9, arrears=9_000_00, assignee=other)

    got = [next_case(me, moment=NOON) for _ in range(4)]
    assert [case.loan_no if case else None for case in got] == ["mine3", "mine2", "mine1", None]
    Showing.objects.filter(case=got[1]).delete()  # its time is over
    assert next_case(me, moment=NOON) == got[1]


def given(user: User, at: datetime = NOON, *, again: bool = False) -> str | None:
    """What the button gives, as if he had left it at once."""
    case = next_case(user, moment=at, again=again)
    Showing.objects.all().delete()
    return None if case is None else case.loan_no


@pytest.mark.django_db
def test_what_is_stopped_or_worth_nothing_is_never_given(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.CARREARS_HOME = tmp_path
    told = SHIPPED.model_dump()
    told["times"]["held"] = 0.5  # the lender's own list only puts it lower
    (tmp_path / "next_case.yaml").write_text(yaml.safe_dump(told | {"recovery_unknown": 0}))
    me = make_user(role="collector")
    held = make_open("held", 1, band="A", arrears=9_000_00, assignee=me)
    Hold.objects.create(case=held, reason="legal", from_on=TODAY)
    make_open("owes nothing", 2, band="A", arrears=0, assignee=me)
    make_open("expects nothing", 3, band="", arrears=9_000_00, assignee=me)
    assert given(me) is None
    assert given(me, again=True) is None
    assert why_nothing(me, moment=NOON) == NothingLeft(1, 2, 0, 0)

    Hold.objects.update(lifted_on=TODAY)
    assert given(me) == "held"


@pytest.mark.django_db
def test_what_he_worked_today_comes_again_only_when_asked_for_the_oldest_first() -> None:
    me, other = make_user(role="collector", username="me"), make_user(username="other")
    cases = {n: make_open(f"L{n}", n, arrears=n * 100_00, assignee=me) for n in (1, 2, 3)}
    add_note(cases[3], text="一", by=me, at=NOON)
    add_note(cases[2], text="二", by=me, at=NOON + timedelta(minutes=1))
    add_note(cases[1], text="三", by=other, at=NOON)
    at = NOON + timedelta(hours=1)
    assert given(me, at) == given(me, at, again=True) == "L1"

    add_note(cases[1], text="四", by=me, at=NOON + timedelta(minutes=2))
    assert given(me, at) is None
    assert why_nothing(me, moment=at) == NothingLeft(0, 0, 0, 3)
    assert given(me, at, again=True) == "L3"
    show(cases[3], other)
    assert why_nothing(me, moment=at) == NothingLeft(0, 0, 1, 2)
    assert given(me, at + timedelta(days=1)) == "L2"  # yesterday's work counts no more; 3 is open


@pytest.mark.django_db
def test_what_came_since_he_worked_it_asks_for_him() -> None:
    me = make_user(role="collector")
    case = make_open("L", 1, assignee=me)
    add_note(case, text="打过", by=me, at=NOON)
    at = NOON + timedelta(hours=2)
    assert given(me, at) is None
    tell(case, "note", at=at, by=None, data={"text": "明天还", "means": ["promise"]})
    assert given(me, at) == "L"
    add_note(case, text="看过", by=me, at=at)
    assert given(me, at) is None
    tell(case, "promise_broken", at=at, by=None, data={})
    assert given(me, at) == "L"


@pytest.mark.parametrize(
    ("minutes", "worked", "expected"),
    [(119, 0, None), (120, 0, "L"), (200, 0, "L"), (200, 130, None)],
)
@pytest.mark.django_db
def test_at_the_hour_that_he_set_a_case_is_given_again(
    minutes: int, worked: int, expected: str | None
) -> None:
    me = make_user(role="collector")
    case = make_open("L", 1, assignee=me, follow_up_on=TODAY, follow_up_at=time(14))
    add_note(case, text="约定再打", by=me, at=NOON + timedelta(minutes=worked))  # noon is 12:00
    assert given(me, NOON + timedelta(minutes=minutes)) == expected


@pytest.mark.django_db
def test_who_opens_second_is_told_who_has_it_until_that_is_over() -> None:
    case = make_open("L", 1)
    li, wang = (make_user(role="collector", username=name) for name in ("li", "wang"))
    assert show(case, li) is None
    assert show(case, li) is None  # renewed
    holder = show(case, wang)
    assert holder is not None
    assert holder.user == li

    Showing.objects.update(until=datetime(2026, 1, 1, tzinfo=UTC))
    assert show(case, wang) is None
    assert Showing.objects.get().user == wang


def remaining(case: Case) -> float:
    """Seconds until somebody else may have it."""
    return (Showing.objects.get(case=case).until - datetime.now(UTC)).total_seconds()


@pytest.mark.django_db
def test_a_case_is_given_back_soon_after_its_last_page_was_left() -> None:
    case = make_open("L", 1)
    li, wang = (make_user(role="collector", username=name) for name in ("li", "wang"))
    first, second = uuid4(), uuid4()
    show(case, li, page=first)
    show(case, li, page=second)
    show(case, li, page=first)

    leave(case, li, page=first)
    assert remaining(case) > 100  # another window has it
    leave(case, li, page=second, goes_on=True)
    assert remaining(case) > 100  # he is on another page of it
    show(case, li, page=second)
    leave(case, wang, page=second)
    assert remaining(case) > 100  # not his to give back
    leave(case, li, page=second)
    assert 5 < remaining(case) <= 10
    assert show(case, wang) is not None  # a page that is loaded anew comes before him

    leave(case, li, page=second)  # told twice
    assert show(case, li, page=second) is None  # gone back to
    assert remaining(case) > 100
    leave(case, li, page=second)
    Showing.objects.update(until=datetime(2026, 1, 1, tzinfo=UTC))
    assert show(case, wang, page=first) is None
    leave(case, wang, page=second)
    assert remaining(case) > 100  # what another had open is no page of his


@pytest.mark.django_db
def test_a_page_that_is_left_before_it_had_the_case_gives_it_back() -> None:
    me = make_user(role="collector")
    case = make_open("L", 1, assignee=me)
    assert next_case(me, moment=NOON) == case
    leave(case, me, page=uuid4())
    assert remaining(case) <= 10


@pytest.mark.django_db
def test_who_passes_a_case_over_goes_on_and_comes_back_to_it() -> None:
    me = make_user(role="collector")
    for place in (1, 2, 3):
        make_open(f"L{place}", place, arrears=place * 100_00, assignee=me)
    got: list[str] = []
    for _ in range(5):
        case, page = next_case(me, moment=NOON), uuid4()
        assert case is not None
        show(case, me, page=page)
        leave(case, me, page=page)
        got.append(case.loan_no)
    assert got == ["L3", "L2", "L1", "L3", "L2"]


@pytest.mark.django_db
def test_a_lead_takes_over_and_it_is_told() -> None:
    case, li, lead = make_open("L", 1), make_user(role="collector"), make_user(role="team_lead")
    show(case, li)
    with pytest.raises(CaseworkError, match="only a team lead"):
        take_over(case, by=li, at=NOON)
    take_over(case, by=lead, at=NOON)

    holder = show(case, li)
    assert holder is not None
    assert holder.user == lead
    line = CaseEvent.objects.get(kind="taken_over")
    assert (line.actor, line.data) == (lead, {"from": "collector"})
    assert Entry.objects.get(kind="case.taken_over").actor == "team_lead"


def at_once(number: int, work: Callable[[int], _T]) -> list[_T]:
    """What came of the same work in sessions of their own, begun together."""
    start = threading.Barrier(number)

    def one(place: int) -> _T:
        start.wait(30)
        try:
            return work(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [True, False], ids=["one person", "a team"])
def test_many_who_ask_at_once_never_get_the_same(*, same: bool) -> None:
    hands, each = 6, 4
    lead = make_user(role="team_lead", username="l0")
    users = [lead] + [make_user(role="team_lead", username=f"l{n}") for n in range(1, hands)]
    for place in range(hands * each):
        make_open(f"L{place}", place, arrears=(place + 1) * 100)

    def ask(place: int) -> list[str]:
        user = User.objects.get(pk=(lead if same else users[place]).pk)
        got = [next_case(user, moment=NOON) for _ in range(each)]
        return [case.loan_no for case in got if case]

    got = [one for list_ in at_once(hands, ask) for one in list_]
    assert sorted(got) == sorted(f"L{place}" for place in range(hands * each))


@pytest.mark.django_db(transaction=True)
def test_of_many_who_open_a_case_at_once_one_has_it() -> None:
    case = make_open("L", 1)
    users = [make_user(role="collector", username=f"c{n}") for n in range(8)]
    holders = at_once(8, lambda place: show(case, users[place]))
    assert [holder is None for holder in holders].count(True) == 1
    has_it = users[holders.index(None)]
    assert {holder.user for holder in holders if holder} == {has_it}


def test_terms_of_a_lenders_own(tmp_path: Path) -> None:
    told = SHIPPED.model_dump()
    path = tmp_path / "next_case.yaml"
    path.write_text(yaml.safe_dump(told | {"lease_seconds": 300}))
    assert load_next_case_terms(tmp_path).lease_seconds == 300
    for change, fault in [
        ({"lease_seconds": 60, "renew_seconds": 40}, "renewed at least twice"),
        ({"times": {"broken": 2}}, "times lacks closing"),
        ({"recovery": {"A": 2}}, "recovery.A"),
        ({"lese_seconds": 2}, "lese_seconds"),
    ]:
        path.unlink()
        path.write_text(yaml.safe_dump(told | change))
        with pytest.raises(NextCaseTermsError, match=rf"(?s)next_case\.yaml.*{fault}"):
            load_next_case_terms(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_two_leads_take_a_case_over_at_once() -> None:
    case = make_open("L", 1)
    show(case, make_user(role="collector", username="li"))
    leads = [make_user(role="team_lead", username=f"lead{place}") for place in range(2)]

    def press(place: int) -> str:
        try:
            take_over(case, by=leads[place], at=NOON)
        except CaseworkError as error:
            return str(error)
        return ""

    # The second takes it from the first, or is told that he came too late.
    assert sorted(at_once(2, press)) in (["", ""], ["", IN_THIS_MOMENT])
    assert Showing.objects.get(case=case).user in leads
