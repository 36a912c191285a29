"""Cases are given to collectors of a real database: by the rules, together, told, and in races."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from factories import MOMENT, make_case, make_user
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.assigning import assign_cases, assign_opened, have_assigning
from carrears.casework.models import Absence, Case, CaseEvent, Desk
from carrears.clock import now
from carrears.evidence.models import Entry


def owners() -> dict[str, str]:
    found = Case.objects.exclude(assignee=None).values_list("loan_no", "assignee__username")
    return dict(found)


def collector(name: str, **desk: object) -> User:
    user = make_user(role="collector", username=name)
    if desk:
        Desk.objects.create(user=user, **desk)
    return user


@pytest.mark.django_db
def test_what_is_given_is_told_with_evidence() -> None:
    collector("li")
    case = make_case()

    assert assign_cases(at=MOMENT) == 1
    assert assign_cases(at=MOMENT) == 0
    line = CaseEvent.objects.get()
    assert (line.case, line.kind, line.happened_at) == (case, "assigned", MOMENT)
    assert line.data == {"to": "li", "rule": "local_language"}
    entry = Entry.objects.get(kind="case.assigned")
    assert (entry.subject, entry.key) == ("A-03", f"case:{line.key}")


@pytest.mark.django_db
def test_a_debtors_loans_stay_together_even_over_several_runs() -> None:
    for name in ("li", "wang", "zhao"):
        collector(name)
    for place in range(6):
        make_case(loan_no=f"L{place}", loan_id=place, obligor_no=f"P-{place % 3}", name="")
    assert assign_cases(loan_ids=(0, 2)) == 3
    assert assign_cases(loan_ids=(3, 5)) == 3

    found = owners()
    assert [found[f"L{n}"] for n in range(3)] == [found[f"L{n}"] for n in range(3, 6)]
    assert set(found.values()) == {"li", "wang", "zhao"}
    assert CaseEvent.objects.filter(data__rule="same_debtor").count() == 3


@pytest.mark.django_db
def test_without_a_lenders_number_it_is_the_person_on_record() -> None:
    collector("li"), collector("wang")
    first = make_case(loan_no="L1", loan_id=1)
    make_case(loan_no="L2", loan_id=2, name="", party=first.party)
    make_case(loan_no="L3", loan_id=3, name="", priority=99)
    assert assign_cases(["L3"]) == 1
    assert assign_cases(["L1"]) == 1
    assert assign_cases(["L2"]) == 1
    assert owners()["L1"] == owners()["L2"] != owners()["L3"]


@pytest.mark.django_db
def test_language_region_and_room_count() -> None:
    collector("xinjiang", languages=["ug", "zh"], regions=["新疆"])
    collector("full", room=1)
    make_case(loan_no="L1", loan_id=1, party=None, name="")
    assert assign_cases() == 1  # nothing is known of the debtor: both may, the first is first
    make_case(loan_no="L2", loan_id=2)  # zh-CN, 浙江
    make_case(loan_no="L3", loan_id=3, obligor_no="P-3")
    assert assign_cases() == 2

    assert owners() == {"L1": "xinjiang", "L2": "full", "L3": "xinjiang"}
    rules = dict(CaseEvent.objects.values_list("case__loan_no", "data__rule"))
    assert rules == {"L1": "local_language", "L2": "local_language", "L3": "same_language"}


@pytest.mark.django_db
def test_what_nobody_may_get_waits_in_the_pool() -> None:
    collector("li", room=1)
    make_case(loan_no="L1", loan_id=1, name="", obligor_no="P-1", priority=9)
    make_case(loan_no="L2", loan_id=2, name="", obligor_no="P-2", priority=8)
    assert assign_cases() == 1
    assert owners() == {"L1": "li"}


@pytest.mark.django_db
def test_who_is_away_gets_nothing_and_who_stays_away_hands_on() -> None:
    day = access_day(now())
    short, long = collector("short"), collector("long")
    make_case(loan_no="L1", loan_id=1, name="", obligor_no="P-1", assignee=long)
    make_case(loan_no="L2", loan_id=2, name="", obligor_no="P-1")
    make_case(loan_no="L3", loan_id=3, name="", obligor_no="P-3", assignee=short)
    for user, days in ((short, 8), (long, 40)):
        Absence.objects.create(
            user=user, from_on=day, until_on=day + timedelta(days=days), added_at=now()
        )
    assert assign_cases() == 0  # nobody is there
    assert owners() == {"L1": "long", "L3": "short"}

    collector("new")
    assert assign_cases() == 2
    assert owners() == {"L1": "new", "L2": "new", "L3": "short"}
    told = CaseEvent.objects.get(case__loan_no="L1")
    assert told.data == {"from": "long", "to": "new", "rule": "local_language"}


@pytest.mark.django_db
def test_what_somebody_had_who_left_goes_on() -> None:
    gone, _ = collector("gone"), collector("here")
    make_case(assignee=gone)
    gone.is_active = False
    gone.save()
    assert assign_cases() == 1
    assert owners() == {"A-03": "here"}


@pytest.mark.django_db(transaction=True)
def test_many_at_once_neither_split_a_debtor_nor_fill_anybody_above_his_room() -> None:
    people, loans_each, hands = 40, 4, 8
    for name in ("a", "b", "c", "d"):
        collector(name, room=9)
    for place in range(people * loans_each):
        make_case(loan_no=f"L{place}", loan_id=place, obligor_no=f"P-{place % people}", name="")
    start = threading.Barrier(hands)

    def work(hand: int) -> int:
        start.wait(30)
        share = people * loans_each // hands
        done = 0
        for first in range(hand * share, (hand + 1) * share, 5):
            done += assign_cases(loan_ids=(first, min(first + 4, (hand + 1) * share - 1)))
        connection.close()
        return done

    with ThreadPoolExecutor(hands) as pool:
        given = sum(pool.map(work, range(hands)))

    debtors: dict[str, set[str | None]] = {}
    for number, user in Case.objects.values_list("obligor_no", "assignee__username"):
        debtors.setdefault(number, set()).add(user)
    assert all(len(users) == 1 for users in debtors.values())
    placed = [user for users in debtors.values() for user in users if user is not None]
    assert {name: placed.count(name) for name in "abcd"} == dict.fromkeys("abcd", 9)
    assert given == CaseEvent.objects.filter(kind="assigned").count() == 36 * loans_each


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_was_not_given() -> None:
    collector("li")
    make_case()
    with transaction.atomic():
        assert assign_cases() == 1
        transaction.set_rollback(True)
    assert owners() == {}
    assert not CaseEvent.objects.exists()
    assert assign_cases() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_waits_for_nobody_and_nothing_stays_without_an_owner() -> None:
    collector("li")
    make_case()
    held, done = threading.Event(), threading.Event()

    def night() -> None:
        with transaction.atomic():
            have_assigning()
            held.set()
            done.wait(60)
        connection.close()

    def event() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '1s'")
            return assign_opened(["A-03"], at=MOMENT)

    giving = threading.Thread(target=night)
    giving.start()
    assert held.wait(60)
    assert event() == 0
    done.set()
    giving.join(60)
    assert owners() == {}

    with app.replace_connector(DjangoConnector().get_worker_connector()) as running:
        running.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert owners() == {"A-03": "li"}

    make_case(loan_no="L2", loan_id=2, obligor_no="P-2", name="")
    assert event() == 0  # it is about the other loan, which has an owner
    with transaction.atomic():
        assert assign_opened(["L2"], at=MOMENT) == 1
    assert owners() == {"A-03": "li", "L2": "li"}
