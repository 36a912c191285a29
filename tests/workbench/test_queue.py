from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.http import QueryDict
from factories import MOMENT, make_action, make_case, make_person, make_promise, make_user
from pytest_django import DjangoAssertNumQueries

from carrears.access.models import User
from carrears.casework.models import Hold
from carrears.conduct.models import DoNotContact
from carrears.money import Money
from carrears.parties.models import LoanParty
from carrears.workbench.queries.queue import queue_page, search_page

pytestmark = pytest.mark.django_db


def loans(user: User, query: str = "") -> list[str]:
    return [row.loan_no for row in queue_page(user, QueryDict(query)).rows]


def asked(**params: str) -> QueryDict:
    found = QueryDict(mutable=True)
    found.update(params)
    return found


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead")


def test_a_collector_has_his_own_open_cases_most_urgent_first() -> None:
    me = make_user(role="collector")
    make_case(loan_no="A-01", assignee=me, priority=10)
    make_case(loan_no="A-02", assignee=me, priority=90)
    make_case(loan_no="A-03", assignee=make_user(role="collector", username="other"))
    make_case(loan_no="A-04", assignee=me, state="closed", closed_on=date(2026, 6, 30))

    assert loans(me, "sort=priority") == ["A-02", "A-01"]
    assert [o.value for o in queue_page(me, QueryDict()).filters.owners] == [""]


def test_a_lead_sees_everybody_and_chooses_whose(lead: User) -> None:
    other = make_user(role="collector")
    make_case(loan_no="A-01", assignee=lead)
    make_case(loan_no="A-02", assignee=other)
    make_case(loan_no="A-03")

    assert loans(lead) == ["A-01", "A-02", "A-03"]
    assert loans(lead, "owner=me") == ["A-01"]
    assert loans(lead, f"owner={other.pk}") == ["A-02"]
    assert loans(lead, "owner=none") == ["A-03"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("bucket=2", ["A-02"]),
        ("bucket=1&bucket=2", ["A-02", "A-01"]),
        ("bucket=9&bucket=x", ["A-02", "A-01", "B-03"]),
        ("treatment=mid_call", ["A-02"]),
        ("treatment=none_such", []),
        ("step=gps_check", ["A-02"]),
        ("step=none_such", []),
        ("q=A-0", ["A-02", "A-01"]),
        ("q=a-0", ["A-02", "A-01"]),
        ("q=C-0", []),
        ("q=%E5%AD%99%E6%97%A5", ["B-03"]),  # 孙日
        ("q=Wu", []),
        ("sort=days", ["B-03", "A-02", "A-01"]),
        ("sort=arrears", ["A-01", "A-02", "B-03"]),
        ("sort=unknown", ["A-02", "A-01", "B-03"]),
        ("owner=999", []),
        ("q=%00", ["A-02", "A-01", "B-03"]),
    ],
)
def test_filters_and_orders(lead: User, query: str, expected: list[str]) -> None:
    make_case(loan_no="A-01", name="王一", priority=20, arrears=9_00)
    make_case(loan_no="A-02", name="王二", priority=30, bucket=2, dpd=40, treatment="mid_call",
              decision={"step": "gps_check"}, arrears=8_00)  # fmt: skip
    make_case(loan_no="B-03", name="孙日升", priority=10, bucket=4, dpd=100, arrears=7_00)

    assert loans(lead, query) == expected


def test_marks_are_shown_and_narrow(lead: User) -> None:
    held = make_case(loan_no="A-01")
    Hold.objects.create(case=held, reason="dispute", from_on=held.as_of)
    lapsed = make_case(loan_no="A-02")
    Hold.objects.create(
        case=lapsed, reason="dispute", from_on=date(2026, 5, 1), until_on=date(2026, 6, 29)
    )
    barred = make_case(loan_no="A-03")
    DoNotContact.objects.create(party=barred.party, reason="asked", from_on=barred.as_of)
    broken = make_case(loan_no="A-04")
    make_promise(broken, (1, date(2026, 6, 20)), made_on=date(2026, 6, 16), state="broken")

    flags = {row.loan_no: row.flags for row in queue_page(lead, QueryDict()).rows}

    assert flags == {
        "A-01": ("hold", "dispute"),
        "A-02": (),
        "A-03": ("do_not_contact",),
        "A-04": ("broken_promise",),
    }
    assert loans(lead, "flag=hold") == ["A-01"]
    assert loans(lead, "flag=do_not_contact") == ["A-03"]
    assert loans(lead, "flag=broken_promise") == ["A-04"]


def test_a_row_says_what_comes_next(lead: User) -> None:
    case = make_case(decision={"step": "gps_check"})
    make_action(case=case)
    make_promise(case, (1, date(2026, 7, 3)), (1, date(2026, 7, 9)))

    [row] = queue_page(lead, QueryDict()).rows

    assert (row.next_channel, row.next_at, row.promise_on) == ("email", MOMENT, date(2026, 7, 3))
    assert row.step == "查定位、估车值"


def test_counts_by_bucket_and_the_sum_follow_the_filters(lead: User) -> None:
    make_case(loan_no="A-01", arrears=100)
    make_case(loan_no="A-02", arrears=20)
    make_case(loan_no="A-03", arrears=3, bucket=2)

    page = queue_page(lead, QueryDict("bucket=1"))

    assert [(o.label, o.count) for o in page.filters.buckets][:3] == [
        ("M1", 2),
        ("M2", 1),
        ("M3", 0),
    ]
    assert page.arrears == Money(120, "CNY")
    assert page.pager.total == 2


def test_arrears_of_two_currencies_are_not_added_up(lead: User) -> None:
    make_case(loan_no="A-01")
    make_case(loan_no="A-02", currency="USD")

    assert queue_page(lead, QueryDict()).arrears is None


def test_pages_of_a_long_list(lead: User) -> None:
    for number in range(52):
        make_case(loan_no=f"A-{number:02}", name="", priority=100 - number)

    assert loans(lead)[::49] == ["A-00", "A-49"]
    assert loans(lead, "page=2") == ["A-50", "A-51"]
    assert loans(lead, "page=99") == ["A-50", "A-51"]
    assert loans(lead, "page=-1")[0] == "A-00"


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_rows(
    sign_in: Any, lead: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        case = make_case(loan_no=f"A-{number}", assignee=lead)
        make_action(case=case)
        Hold.objects.create(case=case, reason="legal", from_on=case.as_of)
    client = sign_in(lead)

    with django_assert_num_queries(16):  # six of what waits, two of views
        client.get("/queue/")


def test_names_are_clear_to_whom_the_case_belongs_and_masked_to_others(lead: User) -> None:
    me = make_user(role="collector")
    make_case(name="欧阳晓雯", assignee=me)

    assert queue_page(me, QueryDict()).rows[0].name.text == "欧阳晓雯"
    assert queue_page(lead, QueryDict()).rows[0].name.text == "欧**雯"


def test_htmx_gets_the_rows_alone(sign_in: Any, lead: User) -> None:
    make_case()

    part = sign_in(lead).get("/queue/", headers={"HX-Request": "true"})

    assert part.content.decode().strip().startswith('<div id="queue-rows"')
    assert "HX-Request" in part.headers["Vary"]


def test_search_finds_closed_cases_and_other_people_of_the_loan(lead: User) -> None:
    make_case(loan_no="A-01", state="closed", closed_on=date(2026, 6, 30))
    make_person(loan_no="A-01", name="钱担保", role="guarantor")
    make_person(loan_no="A-01", name="周联系", role="contact")

    [by_number] = search_page(lead, "A-01", asked()).rows
    assert (by_number.loan_no, by_number.found_by) == ("A-01", ())
    [by_other] = search_page(lead, " 钱担保 ", asked()).rows
    assert (by_other.loan_no, by_other.found_by) == ("A-01", ("匹配到：保证人",))
    assert search_page(lead, "周联系", asked()).rows == ()
    assert search_page(lead, "", asked()).too_short


def test_search_shows_open_cases_first_then_watched_then_closed_in_pages(lead: User) -> None:
    person = make_person(loan_no="A-00")
    for number in range(51):
        told = {"state": "closed", "closed_on": date(2026, 6, 30)}
        told = {"state": "watch"} if number == 0 else told
        told = {} if number == 1 else told
        make_case(loan_no=f"A-{number:02}", name="", party=person, loan_id=number, **told)
        if number:
            LoanParty.objects.create(loan_no=f"A-{number:02}", party=person, role="obligor")

    first = search_page(lead, "赵试一", asked())
    assert [row.loan_no for row in first.rows][:3] == ["A-01", "A-00", "A-02"]
    assert (len(first.rows), first.pager.total, first.pager.following) == (50, 51, 2)
    second = search_page(lead, "赵试一", asked(page="2"))
    assert [row.loan_no for row in second.rows] == ["A-50"]


@pytest.mark.parametrize(
    "text",
    [
        "13900000001", "139 0000 0001", "+86 139-0000-0001", "１３９０００００００１",
        "浙A12345", "浙a·12345", "lsvaa000000000812", "110101199003070002", "ａ-01", "A-0",
    ],
)  # fmt: skip
def test_search_finds_by_phone_plate_vin_and_identity_number_however_written(
    lead: User, text: str
) -> None:
    make_case(loan_no="A-01")
    others = {"phone": "13900000009", "plate": "浙A99999", "vin": "X" * 17, "id_no": "1" * 18}
    make_person(loan_no="B-01", name="乙", **others)
    make_case(loan_no="B-01", name="")
    assert [row.loan_no for row in search_page(lead, text, asked()).rows] == ["A-01"]


def test_search_by_a_phone_finds_a_collector_his_own_cases_only() -> None:
    make_case()
    assert search_page(make_user(role="collector"), "13900000001", asked()).rows == ()


def test_search_shows_a_collector_his_own_cases_only() -> None:
    make_case(name="王小明")

    assert search_page(make_user(role="collector"), "王小明", asked()).rows == ()
