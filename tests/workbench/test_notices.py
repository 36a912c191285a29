"""Who is told of what, once, and nobody of what is none of his business."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import DAY, MOMENT, make_case, make_promise, make_user
from workbench.documents import words
from workbench.test_compliance import make_attempt

from carrears.access.models import Kind, User
from carrears.access.organisations import lender, open_organisation
from carrears.casework.matching import Paid
from carrears.casework.mentions import mentioned_in
from carrears.casework.models import Case, CaseEvent, Way
from carrears.casework.move_plans import Chosen, MoveWanted, plan_move
from carrears.casework.moves import move_cases, undo_move
from carrears.casework.promises import lock_promises, settle_promises
from carrears.clock import now
from carrears.notices.models import Notice, NoticeKind
from carrears.notices.services import Told, mark_read, notify, sweep
from carrears.outreach.dead_letters import let_be, settle_uncertain, tell_of_dead_letters
from carrears.outreach.models import Delivery
from carrears.outreach.overrides import ask_override, decide_override
from carrears.outreach.replies import take_reply
from carrears.signin.four_eyes import propose, refuse
from carrears.signin.models import ProposalKind

pytestmark = pytest.mark.django_db
URL = "/notices/"


@pytest.fixture
def li() -> User:
    return make_user(role="collector", username="li")


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead", username="lead")


@pytest.fixture
def case(li: User) -> Case:
    return make_case(assignee=li)


def told(user: User) -> list[tuple[str, str, int]]:
    return list(Notice.objects.filter(user=user).values_list("kind", "loan_no", "many"))


@pytest.mark.usefixtures("case")
def test_a_comment_tells_whom_it_names(sign_in: Any, li: User, lead: User) -> None:
    client = sign_in(lead, language="en")
    answer = client.post("/case/A-03/note/", {"text": "看一下 @li，谢谢 a@b.cn @nobody"})
    assert answer.status_code == 302
    assert told(li) == [("mention", "A-03", 1)]
    assert CaseEvent.objects.get(kind="note").data["mentions"] == ["li"]
    assert "told: li" in words(client.get("/case/A-03/"))

    his = sign_in(li, language="en")
    assert 'aria-label="Notifications, 1 unread"' in his.get("/queue/").content.decode()
    page = words(his.get(URL))
    assert "You were mentioned unread A-03" in page
    notice = Notice.objects.get()
    assert his.get(f"{URL}{notice.pk}/open/").status_code == 405
    assert his.post(f"{URL}{notice.pk}/open/").headers["Location"] == "/case/A-03/"
    assert 'aria-label="Notifications"' in his.get(f"{URL}bell/").content.decode()
    assert client.post(f"{URL}{notice.pk}/open/").status_code == 404  # not hers


def test_who_may_not_see_the_case_cannot_be_mentioned(sign_in: Any, case: Case, lead: User) -> None:
    make_user(role="collector", username="wang")
    client = sign_in(lead, language="en")
    answer = client.post("/case/A-03/note/", {"text": "@wang look"})
    assert answer.status_code == 422
    assert "who is mentioned may not see this case: wang" in words(answer)
    assert not CaseEvent.objects.filter(kind="note").exists()
    assert not Notice.objects.exists()
    assert mentioned_in("@wang look", case, by=lead, strict=False) == []


def test_people_of_agencies_learn_nothing_of_the_lenders(case: Case) -> None:
    agency = open_organisation("AG", name="AG", kind=Kind.AGENCY, parent=None, by=None, at=now())
    outsider = make_user(role="agency_user", username="outsider", organisation=agency)
    blind = make_user(role="collector", username="blind")
    assert mentioned_in(f"@{blind.username}", case, by=outsider, strict=True) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@li", ["li"]),
        ("@li请看", ["li"]),
        ("(@李催收看一下)", ["li"]),
        ("＠li", ["li"]),
        ("@lisa", []),
        ("x@li", []),
        ("@li.", ["li"]),
        ("@LEAD @lead and @lead", ["lead"]),
        ("no name", []),
    ],
)
def test_names_are_found(case: Case, li: User, lead: User, text: str, names: list[str]) -> None:
    User.objects.filter(pk=li.pk).update(display_name="李催收")
    found = mentioned_in(text, case, by=lead, strict=True)
    assert [one.username for one in found] == names


@pytest.mark.usefixtures("case")
def test_two_of_the_same_name_have_to_be_told_apart(sign_in: Any, li: User, lead: User) -> None:
    make_user(role="team_lead", username="lead2")
    User.objects.exclude(pk=li.pk).update(display_name="王")
    answer = sign_in(lead, language="en").post("/case/A-03/note/", {"text": "@王"})
    assert "several people have this name; use the sign-in name: 王" in words(answer)


@pytest.mark.usefixtures("case")
def test_whoever_gets_cases_by_hand_is_told(li: User, lead: User) -> None:
    wang = make_user(role="collector", username="wang")
    make_case(loan_no="B-1", loan_id=9, name="", assignee=li)
    wanted = MoveWanted(chosen=Chosen(owner=li), way=Way.PERSON, to=wang)
    seen = plan_move(wanted, by=lead).digest
    move, _ = move_cases(wanted, reason="x", seen=seen, by=lead, at=now())
    assert told(wang) == [("moved", "", 2)]
    assert told(li) == [("taken", "", 2)]
    undo_move(move, by=lead, at=now())
    assert told(li) == [("moved", "", 2), ("taken", "", 2)]
    assert told(lead) == []


@pytest.mark.usefixtures("case")
def test_a_reply_tells_the_collector_once(li: User) -> None:
    for _ in range(2):
        take_reply("smpp", "8613900000001", "我周五还钱", at=now())
    assert told(li) == [("reply", "A-03", 1)]


def test_a_broken_promise_tells_the_collector(case: Case, li: User) -> None:
    make_promise(case, (100_00, DAY - timedelta(days=20)), made_on=DAY - timedelta(days=25),
                 book_day=DAY - timedelta(days=25))  # fmt: skip
    payments: dict[str, list[Paid]] = {}
    for _ in range(2):
        settle_promises(
            payments, lock_promises(["A-03"], as_of=DAY), as_of=DAY, at=MOMENT, by_newest_book=True
        )
    assert told(li) == [("promise_broken", "A-03", 1)]


def test_an_override_waits_for_those_who_may_decide_it(case: Case, li: User, lead: User) -> None:
    team = open_organisation("T1", name="T1", kind=Kind.TEAM, parent=lender(), by=None, at=now())
    elsewhere = make_user(role="team_lead", username="elsewhere", organisation=team)
    stopped = make_attempt(case, "review", channel="call", state="blocked", made_by=li)
    asked = ask_override(stopped, reason="x", by=li)
    assert told(lead) == [("approval", "A-03", 1)]
    assert told(elsewhere) == []
    decide_override(asked, approve=False, reason="no", by=lead)
    assert Notice.objects.get(user=lead).read_at is not None


def test_a_dangerous_change_waits_for_a_second_person(sign_in: Any, lead: User) -> None:
    first, second = (
        make_user(role="administrator", username=name) for name in ("admin1", "admin2")
    )
    wanted = {"roles": ["administrator"]}
    asked = propose(ProposalKind.ROLES, lead, wanted=wanted, reason="x", by=first, at=now())
    assert [kind for kind, _, _ in told(second)] == ["approval"]
    assert told(first) == told(lead) == []
    notice = Notice.objects.get(user=second)
    answer = sign_in(second).post(f"{URL}{notice.pk}/open/")
    assert answer.headers["Location"] == "/people/proposals/"
    refuse(asked, reason="no", by=second, at=now())
    propose(ProposalKind.ROLES, lead, wanted=wanted, reason="y", by=first, at=now())
    assert Notice.objects.filter(user=second).count() == 2


def test_dead_letters_are_told_again_only_when_there_are_more(case: Case, lead: User) -> None:
    def dead() -> None:
        attempt = make_attempt(case, "allow", state="failed")
        Delivery.objects.create(attempt=attempt, gateway="smtp", state="failed", due_at=now())

    assert tell_of_dead_letters(at=now()) == 0
    dead()
    assert tell_of_dead_letters(at=now()) == 1
    mark_read(lead, at=now())
    assert tell_of_dead_letters(at=now()) == 0
    dead()
    assert tell_of_dead_letters(at=now()) == 1
    assert told(lead) == [("dead_letters", "", 2)]
    assert Notice.objects.get().read_at is None


def test_a_notice_of_dead_letters_counts_down_and_goes_with_the_last(
    case: Case, lead: User
) -> None:
    other = make_user(role="team_lead", username="lead2")

    def dead(state: str = "failed") -> Delivery:
        attempt = make_attempt(case, "allow", state="failed" if state == "failed" else "booked")
        return Delivery.objects.create(attempt=attempt, gateway="smtp", state=state, due_at=now())

    first, second, third = dead(), dead(), dead("uncertain")
    tell_of_dead_letters(at=now())
    assert told(lead) == told(other) == [("dead_letters", "", 3)]
    let_be(first, reason="he came by", by=lead)
    mark_read(other, at=now())
    settle_uncertain(third, left=True, reason="the operator says so", by=lead)
    assert told(lead) == told(other) == [("dead_letters", "", 1)]
    assert Notice.objects.get(user=lead).read_at is None

    let_be(second, reason="he came by", by=other)
    assert Notice.objects.get(user=lead).read_at is not None
    assert tell_of_dead_letters(at=now()) == 0

    fourth = dead()  # on the same day: it is told again
    assert tell_of_dead_letters(at=now()) == 2
    Delivery.objects.filter(pk=fourth.pk).update(state="delivered")  # by a late receipt
    tell_of_dead_letters(at=now())
    assert not Notice.objects.filter(read_at=None).exists()


def test_nobody_is_told_of_his_own_doing_nor_who_has_left(li: User, lead: User) -> None:
    left = make_user(role="collector", username="left")
    left.is_active = False
    left.save()
    rows = [
        Told(user=one.pk, kind=NoticeKind.MENTION, key="k", loan_no="L") for one in (li, lead, left)
    ]
    assert notify(rows, at=now(), by=lead) == 1
    assert notify(rows, at=now(), by=lead) == 0
    assert told(li) == [("mention", "L", 1)]


def test_all_are_read_at_once_and_old_ones_go(sign_in: Any, li: User) -> None:
    for number in range(3):
        one = Told(user=li.pk, kind=NoticeKind.REPLY, key=f"k{number}", loan_no="A-03")
        notify([one], at=now() - timedelta(days=number * 45 + 1))
    client: Client = sign_in(li, language="en")
    assert "Unread 3" in words(client.get(f"{URL}?unread=1"))
    client.post(f"{URL}read/")
    assert "Nothing to tell you" in words(client.get(f"{URL}?unread=1"))
    sweep(at=now())
    assert Notice.objects.count() == 2


def test_each_kind_leads_somewhere(sign_in: Any, lead: User) -> None:
    asked = {
        "override": ({"pk": 5}, "/overrides/5/"),
        "template": ({"key": "reminder", "number": 2}, "/templates/reminder/2/"),
        "strategy": ({"pk": 5}, "/strategy/draft/5/"),
        "placing": ({"pk": 5}, "/agencies/5/"),
    }
    client = sign_in(lead)
    for what, (data, path) in asked.items():
        one = Told(user=lead.pk, kind=NoticeKind.APPROVAL, key=what, data={"what": what} | data)
        notify([one], at=now())
        pk = Notice.objects.get(key=what).pk
        assert client.post(f"{URL}{pk}/open/").headers["Location"] == path
    notify([Told(user=lead.pk, kind=NoticeKind.DEAD_LETTERS, key="d", many=2)], at=now())
    pk = Notice.objects.get(key="d").pk
    assert client.post(f"{URL}{pk}/open/").headers["Location"] == "/mail/undelivered/"
    notify([Told(user=lead.pk, kind=NoticeKind.MOVED, key="m", many=2)], at=now())
    pk = Notice.objects.get(key="m").pk
    assert client.post(f"{URL}{pk}/open/").headers["Location"] == "/queue/"
    assert "2 cases" in words(sign_in(lead, language="en").get(URL))
