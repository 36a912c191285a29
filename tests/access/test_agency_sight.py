"""What an agency sees of a case that is placed with it: by page, API, search and raw SQL."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from access.outsiders import Abroad, go_abroad, open_agency
from access.test_walls import asked
from django.conf import settings
from django.test import Client
from django.urls import reverse
from factories import make_user

from carrears.access.agency_sight import agency_sight
from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.api import CaseOut
from carrears.casework.holds import place_hold
from carrears.casework.mentions import MentionError, mentioned_in
from carrears.casework.models import Case, CaseEvent, HoldReason
from carrears.casework.services import add_note, tell
from carrears.clock import now
from carrears.conduct.models import Mandate
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt
from carrears.outreach.overrides import ask_override, decide_override
from carrears.workbench.labels import LABELS
from carrears.workbench.navigation import places_for

pytestmark = pytest.mark.django_db
SECRETS = (
    "老张说他在肿瘤科住院", "前一家催得太狠", "wang_lender", "王经理", "hospital", "In hospital",
    "住院", "OLDCO", "他妻子说他今晚回电",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is known of the case that is placed, by whom."""

    abroad: Abroad
    lender: User
    earlier: User


@pytest.fixture
def known() -> Known:
    """The lender wrote, called and asked for more, an earlier agency wrote, an illness holds."""
    abroad = go_abroad()
    lender = make_user(role="team_lead", username="wang_lender")
    User.objects.filter(pk=lender.pk).update(display_name="王经理")
    lender.refresh_from_db()
    old = open_agency("OLDCO")
    earlier = make_user(role="agency_user", username="li_oldco", organisation=old)
    case = abroad.placed
    case.score, case.band, case.treatment = 412, "D", "soft_call"
    case.decision, case.reasons = {"step": "call"}, [{"name": "dpd", "points": -40}]
    case.assignee = lender
    case.save()
    add_note(case, text=SECRETS[0], by=lender, at=now())
    add_note(case, text=SECRETS[1], by=earlier, at=now())
    add_note(case, text="我们自己的备注", by=abroad.user, at=now())
    tell(case, "assigned", at=now(), by=lender, data={"from": "wang_lender", "to": "abroad"})
    tell(case, "recalled", at=now(), by=None, data={"agency": "OLDCO", "reason": "x"})
    tell(case, "payment", at=now(), by=None, data={"amount": 12_300, "paid_on": "2026-06-01"})
    assert call(case, "of the lender", lender).state == "booked"  # and nobody told of it yet
    ask_override(call(case, "again", lender), reason=SECRETS[-1], by=lender)
    place_hold(
        case, reason="hospital", from_on=None, until_on=None, whole_person=False,
        why=SECRETS[0], today=case.as_of, by=lender, at=now(),
    )  # fmt: skip
    return Known(abroad, lender, earlier)


@pytest.fixture
def called() -> Known:
    """The agency, under a mandate, may call about the case; nothing stops collection."""
    abroad = go_abroad()
    Mandate.objects.create(agency="HENGXIN", starts_on=date(2026, 1, 1))
    lender = make_user(role="compliance_officer", username="wang_lender")
    return Known(abroad, lender, abroad.user)


def call(case: Case, key: str, by: User, *, agency: str = "") -> Attempt:
    assert case.party is not None
    return book_call(case, party=case.party, key=key, by=by, agency=agency)


def signed_in(user: User, language: str) -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    client.force_login(user)
    return client


def by_token(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='x')}"})


def told(user: User, path: str) -> Any:
    answer = by_token(user).get(path)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_shows_what_the_lender_or_others_wrote(known: Known, language: str) -> None:
    client = signed_in(known.abroad.user, language)
    shown = [
        client.get(path, follow=True)  # a search leads to where its words are sealed
        for path in (
            "/case/PLACED-1/", "/case/PLACED-1/timeline/", "/case/PLACED-1/timeline/?kind=notes",
            "/case/PLACED-1/timeline/?kind=decisions", "/queue/?all=1", "/search/?q=PLACED",
            "/holds/", "/holds/?state=all", "/case/PLACED-1/ledger/", "/notices/", "/disputes/",
            "/calls/",
        )
    ]  # fmt: skip

    assert {one.status_code for one in shown} == {200}
    for one in shown:
        text = one.content.decode()
        text = re.sub(r"<option.*?</option>", "", text)  # what he may choose himself
        assert not [secret for secret in SECRETS if secret in text], one.request["PATH_INFO"]
    page = shown[0].content.decode()
    assert "我们自己的备注" in page
    assert 'id="score-title"' not in page
    assert 'id="treatment-title"' not in page
    assert not re.search(r">\s*412\b", page)  # a moment or a token may hold the figures


def test_the_page_names_the_class_of_a_hold_and_the_contacts_of_others(known: Known) -> None:
    page = signed_in(known.abroad.user, "en").get("/case/PLACED-1/").content.decode()

    assert "Personal circumstances" in page
    assert "the lender" in page
    assert "Payment received" in page
    assert "Call b" in page  # booked, or blocked


@pytest.mark.usefixtures("known")
def test_the_lender_sees_all_of_it() -> None:
    page = (
        signed_in(make_user(role="compliance_officer"), "en")
        .get("/case/PLACED-1/")
        .content.decode()
    )

    assert SECRETS[0] in page
    assert SECRETS[1] in page
    assert "In hospital" in page


def test_the_api_gives_the_minimum(known: Known) -> None:
    user, pk = known.abroad.user, known.abroad.placed.pk
    case = told(user, f"/api/cases/{pk}")
    listed = told(user, "/api/cases")["items"]
    events = told(user, f"/api/cases/{pk}/events")

    assert listed == [case]
    withheld = {name: case[name] for name in agency_sight().withheld if name in case}
    assert withheld == {
        "score": None, "band": "", "reasons": [], "treatment": "", "stage": "", "decision": {},
        "priority": None,
    }  # fmt: skip
    assert case["assignee"] is None
    assert case["arrears"] == known.abroad.placed.arrears
    said = [(one["kind"], json.dumps(one["data"], ensure_ascii=False)) for one in events]
    assert sorted(said) == [
        ("hold", '{"reason": "personal", "from_on": "2026-06-30", "until_on": null}'),
        ("note", '{"text": "我们自己的备注"}'),
        ("payment", '{"amount": 12300, "paid_on": "2026-06-01"}'),
    ]  # fmt: skip
    for path in ("holds", f"cases/{pk}/holds"):
        (hold,) = told(user, f"/api/{path}")
        assert (hold["reason"], [step["by"] for step in hold["steps"]]) == ("personal", [""])
    assert told(user, "/api/holds?reason=hospital") == []
    assert len(told(user, "/api/holds?reason=personal")) == 1
    assert told(user, f"/api/cases/{pk}/outcomes") == []


def test_raw_sql_shows_an_agency_no_line_that_is_none_of_its_business(known: Known) -> None:
    user = known.abroad.user

    kinds = asked(user, "select kind from casework_caseevent order by kind")
    assert kinds == ["hold", "note", "payment"]
    notes = "select agency from casework_caseevent where kind = 'note'"
    assert asked(user, notes) == ["HENGXIN"]
    entries = asked(user, "select kind from evidence_entry where kind like 'case.%' order by 1")
    assert entries == ["case.note", "case.payment"]
    assert asked(user, "select distinct actor from evidence_entry where actor <> ''") == ["abroad"]
    assert asked(user, "select reason from outreach_override") == []
    # The earlier one has nothing any more, whatever of it is its own.
    assert asked(known.earlier, "select kind from casework_caseevent") == []


def test_the_case_page_shows_an_agency_no_open_call_and_no_request_of_the_lender(
    known: Known,
) -> None:
    pages = [
        signed_in(one, "en").get("/case/PLACED-1/") for one in (known.abroad.user, known.lender)
    ]
    desks = [page.context["calls"] for page in pages]

    assert [len(desk.open_calls) for desk in desks] == [0, 1]
    assert [len(desk.overrides) for desk in desks] == [0, 1]


def test_an_agency_tells_no_result_of_a_call_of_the_lender(known: Known) -> None:
    user = known.abroad.user
    pk = Attempt.objects.get(state="booked").pk
    api, page = by_token(user), signed_in(user, "en")
    as_json = {"content_type": "application/json"}
    answers = [
        api.post(f"/api/attempts/{pk}/result", {"result": "not_dialled"}, **as_json),
        api.post(f"/api/attempts/{pk}/outcome", {"code": "no_answer"}, **as_json),
        page.post(f"/case/PLACED-1/calls/{pk}/result/", {"code": "no_answer"}),
    ]

    assert [one.status_code for one in answers] == [404, 404, 404]
    untold = Attempt.objects.get(pk=pk)
    assert (untold.state, untold.result) == ("booked", "")


def test_a_call_that_the_lender_booked_for_an_agency_is_the_agencys_to_tell(called: Known) -> None:
    user, case = called.abroad.user, called.abroad.placed
    booked = call(case, "for the agency", called.lender, agency="HENGXIN")
    page = signed_in(user, "en").get("/case/PLACED-1/")
    answer = by_token(user).post(
        f"/api/attempts/{booked.pk}/outcome", {"code": "no_answer"}, content_type="application/json"
    )

    assert [(one.pk, one.by) for one in page.context["calls"].open_calls] == [(booked.pk, "")]
    assert answer.status_code == 200
    booked.refresh_from_db()
    assert (booked.state, booked.result) == ("made", "no_answer")


def test_what_its_own_people_asked_for_an_agency_sees_with_the_answer(called: Known) -> None:
    user, case = called.abroad.user, called.abroad.placed
    assert call(case, "first", user).state == "booked"
    own = ask_override(call(case, "second", user), reason="he wants to be called back", by=user)
    decide_override(own, approve=False, reason="not today", by=called.lender)
    [shown] = signed_in(user, "en").get("/case/PLACED-1/").context["calls"].overrides

    assert (shown.reason, shown.decision) == ("he wants to be called back", "not today")
    assert (shown.asked_by, shown.decided_by) == ("abroad", "the lender")
    assert asked(user, "select id from outreach_override") == [own.pk]


def test_a_hold_of_its_own_it_sees_with_its_reason(known: Known) -> None:
    case, user = known.abroad.placed, known.abroad.user
    place_hold(
        case, reason="bereavement", from_on=None, until_on=date(2026, 12, 31), whole_person=False,
        why="他父亲去世", today=case.as_of, by=user, at=now(),
    )  # fmt: skip

    own = [one["reason"] for one in told(user, "/api/holds?reason=bereavement")]
    assert own == ["bereavement"]
    assert len(told(user, "/api/holds?reason=personal")) == 1


def test_the_table_knows_every_kind_reason_and_field() -> None:
    sight = agency_sight()

    assert set(sight.events) <= set(LABELS["event"])
    assert set(sight.hold_classes) == set(HoldReason.values)
    assert set(sight.hold_classes.values()) <= set(LABELS["hold"])
    assert sight.withheld - {"follow_up_why"} <= set(CaseOut.model_fields)


@pytest.mark.usefixtures("known")
def test_a_line_says_whose_it_is() -> None:
    lines = CaseEvent.objects.filter(kind="note").order_by("pk")

    assert [one.agency for one in lines] == ["", "OLDCO", "HENGXIN"]
    assert set(Attempt.objects.values_list("agency", flat=True)) == {""}


def test_each_place_of_the_navigation_opens(known: Known) -> None:
    user = User.objects.get(pk=known.abroad.user.pk)
    client = signed_in(user, "en")
    places = [one.view for one in places_for(user)]

    assert "workbench:queue" in places
    assert "workbench:dashboard" not in places  # it leads on to the queue
    assert {client.get(reverse(view)).status_code for view in places} == {200}


def test_nobody_is_told_of_a_note_that_he_may_not_read(known: Known) -> None:
    case, user = known.abroad.placed, known.abroad.user
    with pytest.raises(MentionError, match="may not see this case"):
        mentioned_in("请看 @abroad", case, by=known.lender, strict=True)
    assert mentioned_in("请看 @wang_lender", case, by=user, strict=True) == []
