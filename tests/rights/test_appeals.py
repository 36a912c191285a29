"""A person contests a decision of a program: nothing harder begins, and another person judges."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from dumped import NAME, read_in_clear, typed
from factories import DAY, MOMENT, make_action, make_person, make_user
from rights.appealing import (
    GRAVE,
    MILD,
    act,
    asked,
    decided_case,
    now_of,
    officer,
    own_book,
    reviewer,
)

from carrears.access.models import User
from carrears.casework.models import CaseEvent, Ruling
from carrears.evidence.models import Entry
from carrears.parties.models import LoanParty
from carrears.rights.appeals import choosable, may_review
from carrears.rights.errors import RightsError
from carrears.rights.explaining import explain_decision, words, write_explanation
from carrears.rights.models import ContestedDecision, Refusal, RightsRequest
from carrears.rights.reporting import report_on
from carrears.rights.request_steps import hand_out_explanation, possible_actions

__all__ = ["officer", "own_book", "reviewer"]  # fixtures
pytestmark = pytest.mark.django_db


def test_an_appeal_has_its_deadline_keeps_the_decision_and_leaves_evidence() -> None:
    case = decided_case(MILD)

    request = asked(case, text=typed("我没有收到通知"))

    assert read_in_clear(NAME) == []
    assert request.due_on == date(2026, 7, 15)
    assert "第二十四条第三款" in request.deadlines[0]["citation"]
    contested = request.contested
    assert (contested.treatment, contested.decided_on) == (case.treatment, DAY)
    assert contested.decision["facts"]["dpd"] == 8
    entry = json.loads(Entry.objects.get(kind="rights.received").payload)
    assert entry["strategy"] == case.strategy.version
    assert "没有收到" not in json.dumps(entry, ensure_ascii=False)
    assert Entry.objects.filter(kind="ruling.placed").count() == 1
    kinds = set(CaseEvent.objects.values_list("kind", flat=True))
    assert {"rights_request", "ruling"} <= kinds


def test_a_mild_treatment_goes_on_and_a_grave_one_is_suspended_at_once() -> None:
    mild, grave = decided_case(MILD), decided_case(GRAVE, loan_no="A-04", name="钱试二")
    assert grave.treatment == "recovery"
    call = make_action(case=grave, channel="call", template="")

    request_of_mild = asked(mild)
    asked(grave)

    assert now_of(mild) == (mild.treatment, {})
    assert mild.treatment == request_of_mild.contested.treatment
    treatment, ruled = now_of(grave)
    assert (treatment, ruled["kind"], ruled["wanted"]["treatment"]) == (
        "person_decides",
        "frozen",
        "recovery",
    )
    assert grave.decision["facts"]["dpd"] == 130
    assert not grave.decision.get("channel")
    call.refresh_from_db()
    assert (call.state, call.reason) == ("cancelled", "overtaken")


def test_the_other_loans_of_the_person_are_kept_from_grave_treatments_only() -> None:
    case = decided_case(MILD)
    other = decided_case(GRAVE, loan_no="A-04", name="钱试二")
    third = decided_case(
        GRAVE | {"dpd": 95, "bucket": 4, "band": "B"}, loan_no="A-05", name="孙试三"
    )
    for one in (other, third):
        LoanParty.objects.create(party=case.party, loan_no=one.loan_no, role="co_obligor")
    assert third.treatment == "final_notice"

    asked(case)

    assert now_of(other)[0] == "person_decides"
    assert now_of(third)[0] == "final_notice"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"treatment": "", "decision": {}}, "no program has decided"),
        ({"strategy": None}, "no program has decided"),
        ({"decision": {"ruled": {}}}, "a person has the say"),
    ],
)
def test_what_no_program_decided_cannot_be_contested(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(RightsError, match=why):
        asked(decided_case(MILD, **changes))
    assert RightsRequest.objects.count() == 0


def test_a_case_has_one_open_appeal() -> None:
    case = decided_case(MILD)
    asked(case)
    with pytest.raises(RightsError, match="open already"):
        asked(case, key="second")
    assert Ruling.objects.count() == 1


def test_without_an_open_case_there_is_nothing_to_contest() -> None:
    case = decided_case(MILD)
    with pytest.raises(RightsError, match="no case of this loan is open"):
        asked(case, case=None, jurisdiction="cn")


def test_whoever_recorded_it_does_not_judge_it(officer: User, reviewer: User) -> None:
    request = asked(decided_case(MILD), by=officer)
    assert possible_actions(request, officer) == ("withdraw", "note")
    assert possible_actions(request, reviewer)[:4] == ("uphold", "change", "exclude", "refuse")
    for action in ("uphold", "exclude", "refuse"):
        with pytest.raises(RightsError, match="not for you"):
            act(request, action, officer, refusal="no_ground")
    with pytest.raises(IntegrityError, match="rights_appeal_by_another"), transaction.atomic():
        RightsRequest.objects.filter(pk=request.pk).update(
            state="done", decided_by=officer, closed_at=MOMENT
        )


def test_authors_and_approvers_of_the_strategy_do_not_judge_it(reviewer: User) -> None:
    case = decided_case(MILD)
    request = asked(case)
    assert may_review(request, reviewer)
    author = make_user(username="author", role="compliance_officer")
    approver = make_user(username="approver", role="compliance_officer")
    version = case.strategy
    version.publications.create(
        name=version.name,
        kind="approved",
        effective_on=DAY,
        proposed_by=author,
        approved_by=approver,
        at=MOMENT,
    )
    assert not may_review(request, author)
    assert not may_review(request, approver)
    assert may_review(request, reviewer)


def test_to_judge_needs_its_own_permission() -> None:
    request = asked(decided_case(MILD))
    lead = make_user(username="lead", role="team_lead")
    assert possible_actions(request, lead) == ("withdraw", "note")


def test_upheld_the_strategy_decides_on(reviewer: User) -> None:
    case = decided_case(GRAVE)
    request = asked(case)
    with pytest.raises(RightsError, match="needs words"):
        act(request, "uphold", reviewer, text="")

    done = act(request, "uphold", reviewer)

    assert (done.state, done.decided_by, done.contested.outcome) == ("done", reviewer, "upheld")
    assert now_of(case) == ("recovery", {})
    assert case.decision["rule_id"] == done.contested.decision["rule_id"]
    assert not Ruling.objects.filter(ended_at=None).exists()


def test_another_treatment_is_decided_by_a_person(reviewer: User) -> None:
    case = decided_case(GRAVE)
    request = asked(case)
    options = choosable(request)
    assert {"offer_plan", "agency_placement"} <= options.keys()
    with pytest.raises(RightsError, match="until when"):
        act(request, "change", reviewer, treatment="offer_plan")
    with pytest.raises(RightsError, match="cannot end before"):
        act(request, "change", reviewer, treatment="offer_plan", until_on=DAY - timedelta(days=1))
    assert now_of(case)[0] == "person_decides"

    act(request, "change", reviewer, treatment="offer_plan", until_on=date(2026, 8, 31))

    treatment, ruled = now_of(case)
    assert (treatment, ruled["kind"]) == ("offer_plan", "decided")
    assert (case.decision["channel"], case.decision["cadence_days"]) == ("call", 5)
    assert case.next_review_on == DAY + timedelta(days=7)
    told = CaseEvent.objects.filter(kind="treatment").first().data
    assert told["treatment"] == "offer_plan"


def test_nobody_is_left_worse_off_by_an_appeal(reviewer: User) -> None:
    request = asked(decided_case(MILD))
    assert "recovery" not in choosable(request)
    with pytest.raises(RightsError, match="none harder"):
        act(request, "change", reviewer, treatment="recovery", until_on=date(2026, 8, 31))


def test_out_of_automated_decisions_until_withdrawn(reviewer: User, officer: User) -> None:
    case = decided_case(GRAVE)
    request = act(asked(case, by=officer), "exclude", reviewer)
    treatment, ruled = now_of(case)
    assert (treatment, ruled["kind"]) == ("person_decides", "confirm")
    assert ruled["wanted"]["treatment"] == "recovery"
    assert possible_actions(request, officer) == ("lift", "note")

    act(request, "lift", officer, text="本人撤回")

    assert now_of(case) == ("recovery", {})
    assert possible_actions(request, officer) == ("note",)


def test_what_a_person_decided_is_lifted_by_a_reviewer_alone(reviewer: User, officer: User) -> None:
    request = asked(decided_case(GRAVE), by=officer)
    act(request, "change", reviewer, treatment="offer_plan", until_on=date(2026, 8, 31))
    request.refresh_from_db()
    assert possible_actions(request, officer) == ("note",)
    assert possible_actions(request, reviewer) == ("lift", "note")


@pytest.mark.parametrize("action", ["refuse", "withdraw"])
def test_an_appeal_that_is_not_judged_lets_go_too(action: str, reviewer: User) -> None:
    case = decided_case(GRAVE)
    act(asked(case), action, reviewer, refusal="identity" if action == "refuse" else "")
    assert now_of(case)[0] == "recovery"


def test_the_explanation_names_rows_facts_and_version_in_both_languages(officer: User) -> None:
    case = decided_case(GRAVE | {"arrears": 1_234_56}, reasons=[])
    request = asked(case, "explanation")
    assert now_of(case)[0] == "recovery"  # it asks, and holds up nothing
    with pytest.raises(RightsError, match="before it is handed over"):
        act(request, "fulfil", officer)

    told = hand_out_explanation(request, as_format="json", by=officer, key="x1", at=MOMENT)

    assert [row.rule for row in told.rows] == ["stage-late", "late-recovery"]
    fired = told.rows[1]
    assert "收车" in fired.about.zh
    assert "recover the car" in fired.about.en
    dpd = next(one for one in fired.conditions if one.title.en == "Days past due")
    assert (dpd.title.zh, dpd.value.en, dpd.wanted.en) == ("逾期天数", "130", "121 … 180")
    assert {"Arrears": "1,234.56 CNY"}.items() <= {
        one.title.en: one.value.en for one in told.facts
    }.items()
    assert told.version == case.strategy.version
    assert act(request, "fulfil", officer).state == "done"


def pages(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("关于自动化决策的说明", "收车", "逾期天数")), ("en", ("Recovery of the car", "130"))],
)
def test_the_explanation_is_a_document_that_is_the_same_again(
    language: str, words: tuple[str, ...], reviewer: User
) -> None:
    request = asked(decided_case(GRAVE))
    act(request, "change", reviewer, treatment="offer_plan", until_on=date(2026, 8, 31))
    request.contested.refresh_from_db()
    told = explain_decision(request, at=MOMENT)
    pdf = write_explanation(told, language=language)
    text = pages(pdf)
    assert [word for word in (*words, "2026-08-31", "理由") if word not in text] == []
    assert write_explanation(told, language=language) == pdf


def test_it_says_that_two_people_made_a_version_only_where_they_did() -> None:
    case = decided_case(GRAVE)
    request = asked(case, "explanation")
    told = explain_decision(request, at=MOMENT)
    assert (told.by_two, "经另一人批准" in pages(write_explanation(told, language="zh"))) == (
        False,
        False,
    )
    case.strategy.publications.create(
        name=case.strategy.name,
        kind="approved",
        effective_on=DAY,
        proposed_by=make_user(username="author"),
        approved_by=make_user(username="approver"),
        at=MOMENT,
    )
    told = explain_decision(request, at=MOMENT)
    assert told.by_two
    assert told.in_force_since == DAY.isoformat()
    assert "经另一人批准" in pages(write_explanation(told, language="zh"))


def test_who_is_not_the_obligor_is_told_nothing_of_him() -> None:
    case = decided_case(GRAVE | {"hardship": False, "debtor_arrears": 99_00, "language": "zh-CN"})
    guarantor = make_person(loan_no="A-03", name="李试四", role="guarantor", id_no="")
    told = explain_decision(asked(case, "explanation", party=guarantor), at=MOMENT)
    assert told.left_out
    titles = {one.title.en for one in told.facts} | {
        one.title.en for row in told.rows for one in row.conditions
    }
    assert "Days past due" in titles
    assert not titles & {"Language", "The debtor's language", "Risk band", "Hardship was reported"}
    assert "99.00" not in told.as_json()


def test_nothing_is_invented_where_the_trace_leads_elsewhere() -> None:
    case = decided_case(GRAVE)
    case.decision["facts"]["dpd"] = 1
    case.save()
    told = explain_decision(asked(case, "explanation"), at=MOMENT)
    assert told.rows == ()
    assert "不再能推导" in pages(write_explanation(told, language="zh"))


def test_the_report_tells_of_contested_decisions_and_rulings(reviewer: User) -> None:
    case = decided_case(GRAVE)
    act(asked(case), "exclude", reviewer)
    told = report_on(case.party, actor="officer", reason="asked", at=MOMENT)
    assert told.rows["rights.ContestedDecision"][0]["outcome"] == "excluded"
    assert {one["kind"] for one in told.rows["casework.Ruling"]} == {"frozen", "confirm"}


def test_the_database_holds_outcome_and_treatment_together() -> None:
    request = asked(decided_case(MILD))
    with pytest.raises(IntegrityError, match="contested_changed_to_what"), transaction.atomic():
        ContestedDecision.objects.filter(request=request).update(outcome="changed")


def test_an_appeal_needs_its_grounds() -> None:
    with pytest.raises(RightsError, match="needs its grounds"):
        asked(decided_case(MILD), text=" ")
    assert Ruling.objects.count() == 0


def test_a_refused_appeal_says_so_in_the_explanation(officer: User, reviewer: User) -> None:
    request = asked(decided_case(GRAVE), by=officer)
    act(request, "refuse", reviewer, refusal="no_ground", text="此决定不属于可提异议的范围")
    request.refresh_from_db()

    told = explain_decision(request, at=MOMENT)
    assert (told.outcome, told.reason) == ("refused", "此决定不属于可提异议的范围")
    text = pages(write_explanation(told, language="zh"))
    assert "您的异议未被受理" in text
    assert "此决定不属于可提异议的范围" in text
    assert "Your appeal was refused" in pages(write_explanation(told, language="en"))


def test_every_refusal_has_its_words() -> None:
    assert {f"refused_{one}" for one in Refusal.values} <= set(words())
