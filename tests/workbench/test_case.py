from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from delinquency import books
from delinquency.books import Book
from django.test import Client
from factories import DAY, MOMENT, TERMS, make_action, make_case, make_person, make_user
from standing_book import register

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent, Hold, Promise
from carrears.casework.services import add_note
from carrears.evidence.models import Entry
from carrears.evidence.services import sequence
from carrears.money import Money
from carrears.portfolio.models import ReceivedPayment, Snapshot
from carrears.strategy.drafts import approve_draft, open_draft, save_draft, submit_draft
from carrears.strategy.services import published_strategy
from carrears.workbench.queries.case import case_page, cases_of_loan
from carrears.workbench.view_models.case import CasePage, Component, InForce

pytestmark = pytest.mark.django_db


@pytest.fixture
def me() -> User:
    return make_user(role="collector")


def page_of(user: User, loan_no: str = "A-03") -> CasePage:
    return case_page(user, cases_of_loan(user, loan_no), moment=MOMENT)


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


@pytest.fixture
def book(tmp_path: Path, settings: Any) -> Snapshot:
    """Loan 3: six instalments of 1,100.00 due by DAY, of which 5,150.00 was paid."""
    settings.BOOK_DIR = tmp_path
    lent = {"product": "auto", "originated_on": date(2025, 12, 15)}
    parts = {"principal": 1_000_00, "interest": 100_00, "fee": 0}
    due = [books.instalment(n, date(2026, n, 15), 3, **parts) for n in range(1, 13)]
    moved = books.instalment(
        5, date(2026, 5, 1), 3, principal=999, interest=0, fee=0, superseded_on=date(2026, 5, 2)
    )
    paid = [
        books.payment("P1", date(2026, 4, 14), 4_400_00, 3),
        books.payment("P2", date(2026, 5, 14), 750_00, 3),
        books.payment("P3", date(2026, 5, 20), 1_100_00, 3),
        books.payment("P4", date(2026, 5, 21), -1_100_00, 3),
        books.payment("P5", date(2026, 5, 21), 5, 4),
        books.payment("P6", date(2026, 7, 1), 7, 3),
    ]
    loans = [books.loan(3, loan_no="A-03", **lent), books.loan(4, loan_no="A-04", **lent)]
    return register(Book(loans, [*due, moved], paid, []), tmp_path, DAY)


@pytest.mark.usefixtures("book")
def test_what_is_owed_comes_part_by_part_with_the_day_since_when(me: User) -> None:
    # 5,150.00 fills four instalments; of the fifth its interest of 100.00 and 650.00.
    make_case(
        assignee=me, paid_total=5_150_00, arrears=1_450_00, arrears_principal=1_350_00,
        last_paid_on=date(2026, 5, 20),
    )  # fmt: skip

    owed = page_of(me).owed

    assert owed.components == (
        Component("interest", yuan(100_00), date(2026, 6, 15)),
        Component("principal", yuan(1_350_00), date(2026, 5, 15)),
    )
    assert [(i.seq, i.paid.minor, i.short.minor, i.days) for i in owed.instalments] == [
        (5, 750_00, 350_00, 46),
        (6, 0, 1_100_00, 15),
    ]
    assert sum(i.short.minor for i in owed.instalments) == owed.total.minor
    assert (owed.last_paid_on, owed.last_paid) == (date(2026, 5, 20), yuan(1_100_00))


def test_a_case_without_a_book_still_says_what_is_owed(me: User) -> None:
    make_case(assignee=me)

    owed = page_of(me).owed

    assert owed.total == yuan(1_100_00)
    assert {c.since for c in owed.components} == {date(2026, 6, 15)}
    assert owed.instalments == ()


def test_the_loans_of_one_debtor_are_seen_together(me: User) -> None:
    make_case(assignee=me, obligor_no="O1", arrears=1_100_00, dpd=15)
    make_case(
        loan_no="A-04", name="", assignee=me, obligor_no="O1", arrears=200_00, dpd=40, bucket=2
    )
    make_case(loan_no="A-05", name="", obligor_no="O1", arrears=1_00, dpd=70)  # another's case
    make_case(loan_no="A-06", name="", obligor_no="O2", arrears=9_00)

    siblings = page_of(me).siblings

    assert siblings is not None
    assert (siblings.loans, siblings.arrears, siblings.worst_dpd) == (3, (yuan(1_301_00),), 70)
    assert [(one.loan_no, one.dpd, one.arrears) for one in siblings.shown] == [
        ("A-04", 40, yuan(200_00))
    ]
    assert page_of(make_user(username="other", role="team_lead"), "A-06").siblings is None


@pytest.mark.usefixtures("book")
def test_the_ledger_of_a_loan_on_a_day_by_what_was_known(client: Client, me: User) -> None:
    make_case(assignee=me)
    client.force_login(me)

    now = client.get("/case/A-03/ledger/", {"on": "2026-06-30"})
    page = now.context["page"]
    assert (page.arrears, page.dpd) == (yuan(1_450_00), 46)
    # Six principals and 350.00 of the fifth's, two interests, and of July's 15 days of 30.
    assert page.payoff == yuan(1_350_00 + 6_000_00 + 100_00 + 50_00)
    assert [(one.seq, one.open_amount.minor) for one in page.instalments[:2]] == [
        (5, 350_00),
        (6, 1_100_00),
    ]
    assert "1,450.00" in now.content.decode()

    before = client.get("/case/A-03/ledger/", {"on": "2026-06-30", "known": "2026-05-13"})
    assert before.context["page"].arrears == yuan(2_200_00)
    early = client.get("/case/A-03/ledger/", {"on": "2020-01-01"})
    assert early.context["page"].problem
    wrong = client.get("/case/A-03/ledger/", {"on": "never"})
    assert wrong.status_code == 200
    assert wrong.context["form"].errors


@pytest.mark.usefixtures("book")
def test_the_timeline_tells_everything_newest_first(me: User) -> None:
    case = make_case(assignee=me)
    add_note(case, text="first", by=me, at=MOMENT)
    add_note(case, text="second", by=me, at=MOMENT)
    ReceivedPayment.objects.create(
        idempotency_key="K1", loan_no="A-03", amount=30_00, currency="CNY", paid_on=DAY, source="t"
    )
    sequence()

    timeline = page_of(me).timeline

    assert [(e.kind, e.text, e.amount.minor if e.amount else 0) for e in timeline.events] == [
        ("payment", "", 30_00),
        ("note", "second", 0),
        ("note", "first", 0),
        ("reversal", "", -1_100_00),
        ("payment", "", 1_100_00),
        ("payment", "", 750_00),
        ("payment", "", 4_400_00),
    ]
    assert timeline.events[1].entry_no == 1
    assert timeline.total == 7


@pytest.mark.usefixtures("book")
def test_a_payment_that_an_event_tells_is_not_told_twice(me: User) -> None:
    case = make_case(assignee=me)
    for known in ("P2", "K9"):
        payment = ReceivedPayment.objects.create(
            idempotency_key=known, loan_no="A-03", amount=1, currency="CNY", paid_on=DAY, source="t"
        )
        CaseEvent.objects.create(
            case=case, key=f"payment:{payment.pk}", happened_at=MOMENT, kind="payment",
            data={"amount": 1, "currency": "CNY", "paid_on": "2026-06-30"},
        )  # fmt: skip

    events = page_of(me).timeline.events

    assert [e.amount.minor for e in events if e.amount] == [1, 1, -1_100_00, 1_100_00, 4_400_00]


def test_older_lines_follow_on_request(sign_in: Any, me: User) -> None:
    case = make_case(assignee=me)
    for number in range(45):
        CaseEvent.objects.create(
            case=case, key=f"n{number}", happened_at=MOMENT + timedelta(minutes=number),
            kind="note", data={"text": f"note {number:02}"},
        )  # fmt: skip
    client = sign_in(me)
    seen, url = [], "/case/A-03/"

    while url:
        text = client.get(url).content.decode()
        seen.append(re.findall(r"note \d\d", text))
        more = re.search(r'hx-get="([^"]*timeline[^"]*)"', text)
        url = more.group(1) if more else ""

    assert [len(lines) for lines in seen] == [20, 20, 5]
    assert sum(seen, []) == [f"note {n:02}" for n in reversed(range(45))]  # noqa: RUF017


HELD = {"dpd": 20, "bucket": 1, "on_hold": True, "disputed": False, "loan_to_value": "1.200000"}
HOLD: dict[str, Any] = {
    "rule_id": "stage-early/hold", "channel": None, "step": "hold_review", "facts": HELD,
}  # fmt: skip


def test_why_this_treatment(me: User) -> None:
    strategy = published_strategy()
    case = make_case(assignee=me, strategy=strategy, treatment="hold", stage="early", decision=HOLD)
    make_action(case=case, state="cancelled", reason="hold: dispute")

    treatment = page_of(me).treatment

    assert treatment is not None
    assert (treatment.title, treatment.version) == ("停催", strategy.version[:12])
    assert (treatment.in_force.kind, treatment.in_force.since) == ("file", None)
    assert [(f.rule, f.about) for f in treatment.fired] == [
        ("stage-early", "M1：前期"), ("hold", "停催：不联系，到期复核"),
    ]  # fmt: skip
    assert [(c.title, c.wanted, c.actual) for f in treatment.fired for c in f.conditions] == [
        ("账期", "1", "1"),
        ("阶段", "≠ current", "前期"),
        ("停催", "是", "是"),
    ]
    assert treatment.measures == (("下一步", "停催到期复核"), ("联系渠道", "不联系"))
    assert [(a.state, a.reason) for a in treatment.actions] == [("cancelled", "争议")]


@pytest.mark.parametrize("facts", [{}, HELD | {"on_hold": False}])
def test_no_reasons_rather_than_other_reasons(me: User, facts: dict[str, Any]) -> None:
    make_case(
        assignee=me, strategy=published_strategy(), treatment="hold", stage="early",
        decision=HOLD | {"facts": facts},
    )  # fmt: skip

    treatment = page_of(me).treatment

    assert treatment is not None
    assert treatment.fired == ()


def test_who_drafted_and_who_approved_what_decided(sign_in: Any, me: User) -> None:
    author = make_user(role="strategy_manager", username="author")
    judge = make_user(role="compliance_officer", username="judge")
    case = make_case(assignee=me, treatment="hold", stage="early", decision=HOLD)
    day, at = case.as_of, datetime(2026, 10, 1, tzinfo=UTC)
    draft = open_draft("treatment", title="x", by=author, at=at)
    document = json.loads(json.dumps(draft.document))
    document["nodes"][0]["name"] = "loan"
    save_draft(draft.pk, revision=1, document=document, by=author, at=at)
    submit_draft(draft.pk, effective_on=day, reason="why", by=author, at=at)
    approved = approve_draft(draft.pk, reason="agreed", by=judge, at=at, not_before=day)
    Case.objects.filter(pk=case.pk).update(strategy=approved.version)

    treatment = page_of(me).treatment

    assert treatment is not None
    assert treatment.in_force == InForce(
        kind="approved", since=day, drafted_by="author", approved_by="judge", reason="agreed"
    )
    text = sign_in(me).get("/case/A-03/").content.decode()
    assert "author 起草" in text
    assert "judge 批准" in text


def test_the_score_gives_its_reasons_in_the_readers_language(me: User) -> None:
    from carrears.risk.scorecard import load_scorecard  # noqa: PLC0415  the card as data

    card = load_scorecard()
    worst = card.attributes[0].bins[-1]
    make_case(assignee=me, score=500, band="E", reasons=[worst.code, "GONE"])

    score = page_of(me).score

    assert score is not None
    assert [(r.title, r.value, r.percent) for r in score.reasons] == [
        (card.attributes[0].label["zh-CN"], worst.reason["zh-CN"], 100)
    ]
    assert score.reasons[0].points == worst.points - card.attributes[0].most_points
    assert score.points < score.largest


def test_personal_data_is_masked_and_each_look_is_recorded(sign_in: Any, me: User) -> None:
    make_case(assignee=me, name="欧阳晓雯")
    make_person(loan_no="A-03", role="contact", name="周联系", phone="13800000002", id_no="")
    client = sign_in(me)
    text = client.get("/case/A-03/").content.decode()

    assert "欧阳晓雯" in text
    hidden = ("110101199003070002", "13900000001", "debtor@example.com", "示例路", "浙A12345")
    assert [value for value in hidden if value in text] == []
    urls = re.findall(r'hx-post="([^"]*/reveal/[^"]*)"', text)
    shown = [client.post(url).content.decode() for url in urls]

    assert all(any(value in one for one in shown) for value in hidden)
    records = Entry.objects.filter(kind="person.revealed")
    assert len(urls) == len(shown) == records.count()
    assert {entry.actor for entry in records} == {"collector"}
    assert not any(value in entry.payload for entry in records for value in hidden)


@pytest.mark.parametrize("ref", ["x", "999", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("kind", ["name", "id_no", "phone", "email", "nonsense"])
def test_nothing_of_another_loan_is_revealed(sign_in: Any, me: User, kind: str, ref: str) -> None:
    make_case(assignee=me)
    other = make_person(loan_no="B-01", name="别人")
    refs = {
        "name": other.token,
        "id_no": other.token,
        "phone": other.contact_points.get(kind="phone").pk,
    }

    client = sign_in(me)

    assert client.post(f"/case/A-03/reveal/{kind}/{ref}/").status_code == 404
    assert client.post(f"/case/A-03/reveal/{kind}/{refs.get(kind, ref)}/").status_code == 404
    assert not Entry.objects.filter(kind="person.revealed").exists()


def test_a_promise_is_recorded_once(sign_in: Any, me: User) -> None:
    case = make_case(assignee=me)
    client = sign_in(me)

    first = client.post("/case/A-03/promise/", {"amount": "300.5", "due_on": "2026-07-04"})
    again = client.post("/case/A-03/promise/", {"amount": "1", "due_on": "2026-07-04"})

    promise = Promise.objects.get()
    assert (promise.amount, promise.due_on, promise.made_on) == (300_50, date(2026, 7, 4), DAY)
    assert first.headers["Location"] == "/case/A-03/"
    assert again.status_code == 422
    assert "已有一笔未到期的承诺" in again.content.decode()
    assert page_of(me).allowed.promise is False
    assert case.events.get().kind == "promise"


@pytest.mark.parametrize(
    "data",
    [
        {"amount": "0", "due_on": "2026-07-04"},
        {"amount": "1.005", "due_on": "2026-07-04"},
        {"amount": "999999", "due_on": "2026-07-04"},
        {"amount": "1", "due_on": "2026-06-29"},
        {"amount": "1", "due_on": "2026-08-01"},
        {},
    ],
)
def test_a_promise_that_cannot_be_is_refused_with_its_reason(
    sign_in: Any, me: User, data: dict[str, str]
) -> None:
    make_case(assignee=me)

    answer = sign_in(me).post("/case/A-03/promise/", data, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert answer.content.decode().count('id="promise-form"') == 1
    assert re.search(r'role="alert"|class="errors"', answer.content.decode())
    assert not Promise.objects.exists()


def test_htmx_gets_the_form_the_head_and_the_timeline_back(sign_in: Any, me: User) -> None:
    make_case(assignee=me)

    answer = sign_in(me).post(
        "/case/A-03/note/", {"text": " <b>bold</b> "}, headers={"HX-Request": "true"}
    )

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert text.count("hx-swap-oob") == 3
    assert CaseEvent.objects.get().data == {"text": "<b>bold</b>"}


def test_collection_stops_and_goes_on(sign_in: Any, me: User) -> None:
    case = make_case(assignee=me)
    make_action(case=case)
    client = sign_in(me)

    client.post("/case/A-03/hold/", {"reason": "hospital", "until_on": "2026-07-10"})
    hold = page_of(me).hold

    assert hold is not None
    assert (hold.reason, hold.from_on, hold.until_on) == ("hospital", DAY, date(2026, 7, 10))
    assert case.actions.get().state == "cancelled"
    client.post("/case/A-03/resume/")
    assert page_of(me).hold is None
    assert Hold.objects.get().lifted_on == DAY
    assert [e.kind for e in case.events.order_by("pk")] == ["hold", "hold_lifted"]


def test_a_closed_case_takes_notes_only(me: User) -> None:
    make_case(assignee=me, state="closed", closed_on=DAY, close_reason="cured")

    allowed = page_of(me).allowed

    assert (allowed.note, allowed.promise, allowed.hold, allowed.contact) == (
        True,
        False,
        False,
        False,
    )


def test_a_loan_number_may_hold_a_slash(sign_in: Any, me: User) -> None:
    make_case(loan_no="2017/3/11", assignee=me)
    client = sign_in(me)

    assert client.get("/case/2017/3/11/").status_code == 200
    assert 'href="/case/2017/3/11/"' in client.get("/queue/").content.decode()
    assert client.post("/case/2017/3/11/note/", {"text": "x"}).status_code == 302


def test_the_newest_case_of_a_loan_is_shown_with_the_story_of_all(me: User) -> None:
    old = make_case(assignee=me, state="closed", closed_on=date(2026, 3, 1),
                    opened_on=date(2026, 2, 16))  # fmt: skip
    add_note(old, text="long ago", by=me, at=MOMENT - timedelta(days=120))
    Case.objects.create(**(_copy_of(old) | {"opened_on": date(2026, 6, 16)}))

    page = page_of(me)

    assert (page.state, page.opened_on) == ("open", date(2026, 6, 16))
    assert [e.text for e in page.timeline.events] == ["long ago"]


def _copy_of(case: Case) -> dict[str, Any]:
    kept = {f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields}
    return kept | {"id": None, "state": "open", "closed_on": None, "loan": TERMS}
