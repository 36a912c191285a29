"""Who is erased is read in nobody else's words either, under whichever key they lie."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from dumped import ID_NO, NAME, PHONE, typed
from factories import make_case, make_person, make_user

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.case_product import product_of
from carrears.casework.models import Case, Hold
from carrears.clock import now
from carrears.conduct.complaints import ComplaintWanted, open_words, register_complaint
from carrears.conduct.erasure import erase_subject
from carrears.conduct.matters import on_case
from carrears.conduct.models import Complaint
from carrears.evidence.models import Entry
from carrears.evidence.services import sequence, verify_log
from carrears.outreach.models import FieldVisit, UnknownText, VisitStep
from carrears.outreach.visit_steps import keep_step
from carrears.outreach.visit_steps import words_of as told_on_visit
from carrears.outreach.visit_told import ToldStep
from carrears.outreach.visits import VisitOrder, order_visit
from carrears.parties.models import Party
from carrears.parties.services import open_for_house, seal_for_house
from carrears.parties.words import commit_words, words_of
from carrears.rights.requests import RequestWanted, open_text, register_request

pytestmark = pytest.mark.django_db
NOW = now()
LATER = datetime(2037, 1, 5, 2, tzinfo=UTC)
LEFT = "x: □□ □□ □□"


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer", username="officer")


@pytest.fixture
def case() -> Case:
    today = access_day(now())
    return make_case(as_of=today, opened_on=today - timedelta(days=60), dpd=60)


@pytest.fixture
def relative(case: Case) -> Party:
    """Somebody who is named of the loan of another."""
    return make_person(
        loan_no=case.loan_no, name=NAME, role="contact", phone=PHONE, id_no=ID_NO, party_no="P-9"
    )


def complain(case: Case, party: Party | None, text: str) -> Complaint:
    told: dict[str, Any] = {"key": text, "category": "conduct", "channel": "phone"}
    wanted = ComplaintWanted(
        text=text, received_at=NOW, case=case, party=party, **told, **on_case(case, moment=NOW)
    )
    made = register_complaint(wanted)
    Complaint.objects.update(state="closed", closed_at=NOW, outcome="withdrawn")
    Hold.objects.update(lifted_on=case.as_of)
    return made


def visit(case: Case, by: User) -> VisitStep:
    on = access_day(now()) + timedelta(days=1)
    product = product_of(case)
    at = now().replace(year=on.year, month=on.month, day=on.day, hour=3, minute=0)
    order = VisitOrder(
        key="v-1", case=case, party=case.party, from_at=at, until_at=at + timedelta(hours=2),  # type: ignore[arg-type]
        visitors=(by, make_user(role="collector", username="wang")), by=by,
    )  # fmt: skip
    made = order_visit(order, product)
    past = timedelta(days=2)
    FieldVisit.objects.filter(pk=made.pk).update(from_at=at - past, until_at=at)
    told = ToldStep.model_validate(
        {"id": uuid.uuid4(), "kind": "result", "claimed_at": now(), "code": "will_pay"}
        | {"note": typed("x")}
    )
    return keep_step(FieldVisit.objects.get(pk=made.pk), told, by=by)


def test_he_is_struck_out_of_what_lies_under_the_keys_of_others_and_of_the_house(
    case: Case, relative: Party, officer: User
) -> None:
    complaint = complain(case, case.party, typed("x"))
    request = register_request(
        RequestWanted(
            key="k", party=case.party, loan_no=case.loan_no, case=case, kind="access",  # type: ignore[arg-type]
            channel="letter", proof="signed_letter", received_at=NOW, text=typed("x"), by=officer,
        )
    )  # fmt: skip
    step = visit(case, make_user(role="collector", username="li"))
    commit_words("his", {"reason": typed("x")}, party=case.party_id)
    commit_words("many", {"reason": typed("x")}, party=None)
    commit_words("other", {"reason": "别的事"}, party=None)
    unknown = UnknownText.objects.create(
        key="u", gateway="g", number_sealed=b"", text_sealed=seal_for_house("text", typed("x")),
        asks_to_stop=False, received_at=NOW,
    )  # fmt: skip
    sequence()

    assert erase_subject(relative, reason="his letter", by=officer, at=NOW)

    for row in (complaint, request, unknown):
        row.refresh_from_db()
    assert open_words(case.party, complaint.text_sealed) == LEFT
    assert case.party is not None
    assert open_text(case.party, request.text_sealed) == LEFT
    assert told_on_visit(VisitStep.objects.get(pk=step.pk))["note"] == LEFT
    assert open_for_house("text", unknown.text_sealed) == LEFT
    assert words_of(["his", "many", "other"]) == {"his": LEFT, "many": LEFT, "other": "别的事"}
    assert json.loads(Entry.objects.get(kind="person.erased").payload)["struck_out"] >= 6
    sequence()
    assert verify_log().ok


def test_what_a_stranger_said_of_his_own_loan_goes_whole(officer: User) -> None:
    case = make_case()
    theirs = complain(case, None, "我是他舅舅，别再打给他家")
    Case.objects.update(state="closed", closed_on=date(2026, 7, 20), close_reason="paid_off")
    assert case.party is not None
    key = theirs.pk

    assert erase_subject(case.party, reason="his letter", by=officer, at=LATER)

    left = Complaint.objects.get(pk=key)
    assert left.text_sealed is None
    assert left.category == "conduct"


def test_a_step_of_a_visit_may_lose_a_name_and_nothing_else(case: Case) -> None:
    step = visit(case, make_user(role="collector", username="li"))
    mine = VisitStep.objects.filter(pk=step.pk)
    for change in ({"kind": "photo"}, {"told_sealed": None}, {"claimed_at": NOW}):
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
            mine.update(**change)
    assert mine.update(told_sealed=b"x") == 1
