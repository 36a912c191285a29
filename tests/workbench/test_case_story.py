"""A case's timeline, and why it is treated as it is."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils.translation import override
from factories import DAY, MOMENT, make_action, make_case, make_user
from workbench.case_pages import page_of

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent
from carrears.casework.services import add_note
from carrears.clock import at_local
from carrears.conduct.notes import keep_note
from carrears.evidence.services import sequence
from carrears.portfolio.models import ReceivedPayment
from carrears.strategy.drafts import approve_draft, open_draft, save_draft, submit_draft
from carrears.strategy.services import published_strategy
from carrears.workbench.queries.owed import LoanRows
from carrears.workbench.queries.timeline import timeline
from carrears.workbench.view_models.case import InForce

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("case_book")
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
    assert timeline.more_url == ""


@pytest.mark.usefixtures("case_book")
def test_a_note_with_words_nobody_may_say_is_marked(me: User) -> None:
    case = make_case(assignee=me)
    keep_note(case, text="他喊：骗子！你真是个骗子。", by=me, at=MOMENT)
    keep_note(case, text="约定周五还款。", by=me, at=MOMENT)
    with override("zh-hans"):
        notes = [each for each in page_of(me).timeline.events if each.kind == "note"]
    assert [each.detail for each in notes] == [
        "",
        "待复核用语：说教、奚落或暗示人品，是否侮辱须人工判断; 侮辱人格",
    ]


@pytest.mark.usefixtures("case_book")
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
        more = re.search(r'hx-get="([^"]*timeline[^"]*from=[^"]*)"', text)
        url = more.group(1) if more else ""

    assert [len(lines) for lines in seen] == [20, 20, 5]
    assert sum(seen, []) == [f"note {n:02}" for n in reversed(range(45))]  # noqa: RUF017


HELD = {"dpd": 20, "bucket": 1, "on_hold": True, "disputed": False, "loan_to_value": "1.200000"}
HOLD: dict[str, Any] = {
    "rule_id": "stage-early/hold", "channel": None, "step": "hold_review", "facts": HELD,
}  # fmt: skip


@pytest.mark.usefixtures("case_book")
def test_the_timeline_can_show_one_kind_of_things_only(sign_in: Any, me: User) -> None:
    case = make_case(assignee=me)
    for count in range(21):
        add_note(case, text=f"note {count}", by=me, at=MOMENT)
    client = sign_in(me)

    def shown(kind: str, start: int = 0) -> Any:
        asked = {"kind": kind, "from": str(start)}
        return client.get("/case/A-03/timeline/", asked).context["timeline"]

    def many(kind: str) -> tuple[int, ...]:
        return tuple(len(shown(kind, start).events) for start in (0, 20, 40))

    assert {e.kind for e in shown("payments").events} == {"payment", "reversal"}
    assert [many(kind) for kind in ("payments", "notes", "")] == [(4, 0, 0), (20, 1, 0), (20, 5, 0)]
    assert shown("notes").more_url == "/case/A-03/timeline/?from=20&kind=notes"
    assert shown("notes", 20).more_url == shown("payments").more_url == ""
    assert many("holds") == many("contacts") == (0, 0, 0)
    assert many("unheard of") == (20, 5, 0)


@pytest.mark.usefixtures("case_book")
def test_a_timeline_goes_on_only_where_there_is_more(me: User) -> None:
    case = make_case(assignee=me)
    for count in range(20):
        add_note(case, text=f"note {count}", by=me, at=MOMENT)
    assert timeline(me, [case], LoanRows()).more_url == ""

    add_note(case, text="the oldest has no room", by=me, at=MOMENT)
    assert timeline(me, [case], LoanRows()).more_url == "/case/A-03/timeline/?from=20"


@pytest.mark.usefixtures("case_book")
def test_the_timeline_can_show_some_days_only(sign_in: Any, me: User) -> None:
    """By the clock of the house: a minute before its midnight is still the day before."""
    case = make_case(assignee=me)
    midnight = at_local(date(2026, 11, 3), time(0), "Asia/Shanghai")
    for text, at in (("before", midnight - timedelta(minutes=1)), ("after", midnight)):
        add_note(case, text=text, by=me, at=at)
    client = sign_in(me)

    def notes(**asked: str) -> list[str]:
        answer = client.get("/case/A-03/timeline/", {"kind": "notes", **asked})
        return [one.text for one in answer.context["timeline"].events]

    assert notes(since="2026-11-03") == ["after"]
    assert notes(until="2026-11-02") == ["before"]
    assert notes(since="2026-11-02", until="2026-11-03") == ["after", "before"]
    assert notes(since="2026-11-04") == notes(until="2026-11-01") == []
    assert notes(until="9999-12-31") == notes(since="2026-02-30") == ["after", "before"]
    assert notes(since="0001-01-01") == ["after", "before"]

    def total(**asked: str) -> int:
        return len(client.get("/case/A-03/timeline/", asked).context["timeline"].events)

    days = [one.at.date() for one in shown_payments(client)]
    assert total(kind="payments", since=str(max(days))) == days.count(max(days))
    assert total(kind="payments", until=str(min(days))) == days.count(min(days))


def shown_payments(client: Any) -> Any:
    return client.get("/case/A-03/timeline/", {"kind": "payments"}).context["timeline"].events


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


@pytest.mark.parametrize(
    ("language", "else_by", "why"),
    [
        (
            "zh-hans",
            ("无法进行时改用", "电子邮件"),
            ["代替：电话（当天无法进行）", "原定当天已排满，顺延", "原定当天不得联系，顺延"],
        ),
        (
            "en",
            ("Otherwise by", "E-mail"),
            [
                "instead of: Phone call, not possible that day",
                "the day it was planned for had no room left",
                "may not be made on the day it was planned for",
            ],
        ),
    ],
)
def test_what_the_plan_of_the_night_changed_is_said_in_words(
    me: User, language: str, else_by: tuple[str, str], why: list[str]
) -> None:
    decision = {"rule_id": "", "channel": "call", "else_channel": "email", "facts": {}}
    case = make_case(assignee=me, strategy=published_strategy(), decision=decision)
    for place, code in enumerate(("instead:call", "full", "later")):
        planned_for = MOMENT - timedelta(days=place)
        make_action(case=case, key=code, planned_for=planned_for, reason=code)

    with override(language):
        treatment = page_of(me).treatment

    assert treatment is not None
    assert treatment.measures[-1] == else_by
    assert [action.reason for action in treatment.actions] == why


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


def test_what_the_debtor_wrote_is_a_contact_and_no_note(sign_in: Any, me: User) -> None:
    case, client = make_case(assignee=me), sign_in(me)
    for key, data in (("n", {}), ("s", {"by_sms": True}), ("m", {"by_mail": True})):
        CaseEvent.objects.create(
            case=case, key=key, happened_at=MOMENT, kind="note", data={"text": key} | data
        )

    def count(kind: str) -> int:
        shown = client.get("/case/A-03/timeline/", {"kind": kind}).context["timeline"]
        return len(shown.events)

    assert (count("contacts"), count("notes")) == (2, 1)
