"""What a visitor's phone tells, on time or long after: kept once, judged by its own time."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from dumped import NAME, read_in_clear, typed
from factories import make_case, make_user
from outreach.visit_day import HERE, ZONE, case, day, pair, photo, told, vault, visit
from pydantic import ValidationError

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.case_product import product_of
from carrears.casework.holds import place_hold
from carrears.casework.models import Case, CaseEvent
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Breach, ContactOutcome, FieldVisit, VisitStep
from carrears.outreach.visit_steps import Picture, keep_step, words_of
from carrears.outreach.visit_told import ToldStep
from carrears.outreach.visits import VisitOrder, call_off, order_visit
from carrears.vault.models import StoredObject
from carrears.vault.sniffing import RefusedFileError

__all__ = ["case", "pair", "vault", "visit"]  # fixtures
pytestmark = pytest.mark.django_db


def test_a_day_without_a_network_comes_in_afterwards(
    visit: FieldVisit, case: Case, pair: tuple[User, User]
) -> None:
    first = told("check_in", day(1, 10, 20), position=HERE, sent_at=now() + timedelta(hours=1))
    steps = [
        keep_step(visit, first, by=pair[0]),
        keep_step(visit, told("check_in", day(1, 10, 21)), by=pair[1]),
        keep_step(visit, told("photo", day(1, 10, 25)), by=pair[0], picture=photo()),
        keep_step(
            visit,
            told("signature", day(1, 10, 30), signer="debtor"),
            by=pair[0],
            picture=photo(),
        ),
        keep_step(
            visit, told("result", day(1, 10, 40), code="will_pay", note=typed("下周还")), by=pair[0]
        ),
        keep_step(visit, told("check_out", day(1, 10, 45)), by=pair[0]),
    ]
    assert {one.standing for one in steps} == {"kept"}
    assert all(one.late for one in steps)
    done = FieldVisit.objects.get()
    assert (done.state, done.checked_in_at, done.checked_in_by) == (
        "done", day(1, 10, 20), pair[0],
    )  # fmt: skip
    assert ContactOutcome.objects.get().code == "will_pay"
    assert not Breach.objects.exists()
    arrived = VisitStep.objects.get(kind="check_in", by=pair[0])
    assert (arrived.position, arrived.at) == ("given", day(1, 10, 20))
    assert not arrived.outside_window
    assert 3590 < (arrived.clock_off_s or 0) < 3610
    assert words_of(arrived) == {"position": HERE}
    assert str(HERE["lat"]).encode() not in bytes(arrived.told_sealed or b"")
    kept = StoredObject.objects.filter(loan_no=case.loan_no)
    assert [one.kind for one in kept] == ["photo", "photo"]
    entries = Entry.objects.filter(kind="visit.told")
    payloads = [json.loads(one.payload) for one in entries]
    assert {one["object"] for one in payloads if "object" in one} == {str(k.pk) for k in kept}
    assert read_in_clear(NAME) == []
    lines = set(CaseEvent.objects.filter(case=case).values_list("kind", flat=True))
    assert {"visit_checked_in", "visit_photo", "visit_signature", "visit_checked_out"} <= lines


def test_the_same_comes_in_twice_and_is_kept_once(
    visit: FieldVisit, pair: tuple[User, User]
) -> None:
    step = told("check_in", day(1, 10, 20))
    keep_step(visit, step, by=pair[0])
    assert keep_step(visit, step, by=pair[0]).pk == step.id
    assert VisitStep.objects.count() == 1
    with pytest.raises(OutreachError, match="something else"):
        keep_step(visit, step, by=pair[1])


def test_a_check_in_in_the_night_is_a_breach_that_nobody_hides(
    visit: FieldVisit, pair: tuple[User, User]
) -> None:
    late = keep_step(visit, told("check_in", day(1, 22, 40)), by=pair[0])
    assert (late.standing, late.outside_window) == ("kept", True)
    breach = Breach.objects.get()
    assert (breach.attempt_id, breach.gate_action, breach.late) == (
        visit.attempt_id, "block", True,
    )  # fmt: skip
    assert FieldVisit.objects.get().state == "there"
    assert Entry.objects.filter(kind="contact.breach").count() == 1
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        VisitStep.objects.filter(pk=late.pk).update(claimed_at=day(1, 10))
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        late.delete()


def test_the_second_of_the_two_adds_his_own_hour(
    visit: FieldVisit, pair: tuple[User, User]
) -> None:
    keep_step(visit, told("check_in", day(1, 10, 20)), by=pair[0])
    keep_step(visit, told("check_in", day(1, 10, 25)), by=pair[1])
    assert not Breach.objects.exists()
    keep_step(visit, told("check_in", day(1, 22, 40)), by=pair[1])
    assert Breach.objects.count() == 1
    assert FieldVisit.objects.get().checked_in_at == day(1, 10, 20)


@pytest.mark.parametrize(("noted_at", "breaches"), [(9, 1), (15, 0)])
def test_what_was_known_then_is_what_counts(
    visit: FieldVisit, case: Case, pair: tuple[User, User], noted_at: int, breaches: int
) -> None:
    place_hold(
        case, reason="hospital", from_on=access_day(day(1)), until_on=None, why="x",
        by=make_user(role="team_lead"), at=day(1, noted_at), today=access_day(day(1)),
    )  # fmt: skip
    keep_step(visit, told("check_in", day(1, 10, 20)), by=pair[0])
    assert Breach.objects.count() == breaches


def test_a_result_waits_for_the_second_who_was_there(
    visit: FieldVisit, pair: tuple[User, User]
) -> None:
    """The phone of the one who tells the result is on the network first."""
    first, second = pair
    keep_step(visit, told("check_in", day(1, 10, 20)), by=first)
    outcome = told("result", day(1, 10, 40), code="will_pay", note="下周还")
    step = keep_step(visit, outcome, by=first)
    assert (step.standing, step.why) == ("waits", "the second of you has not checked in yet")
    assert FieldVisit.objects.get().state == "there"
    assert not ContactOutcome.objects.exists()

    keep_step(visit, told("check_in", day(1, 10, 22)), by=second)

    done = FieldVisit.objects.get()
    assert (done.state, done.present, done.joined_by) == ("done", 2, second)
    kept = ContactOutcome.objects.get()
    assert (kept.code, kept.staff, kept.told_by) == ("will_pay", 2, first)
    assert not Breach.objects.exists()
    joined = json.loads(Entry.objects.get(kind="visit.joined").payload)
    assert (joined["present"], joined["late"]) == (2, True)
    assert Entry.objects.get(kind="visit.joined").actor == "wang"
    lines = CaseEvent.objects.filter(kind="visit_checked_in").order_by("pk")
    assert [line.actor for line in lines] == [first, second]


def test_who_was_alone_says_so_and_it_is_a_breach(
    visit: FieldVisit, pair: tuple[User, User]
) -> None:
    keep_step(visit, told("check_in", day(1, 10, 20)), by=pair[0])
    keep_step(visit, told("check_in", day(1, 10, 30)), by=pair[0])  # twice is not two
    keep_step(visit, told("result", day(1, 10, 40), code="will_pay"), by=pair[0])
    assert FieldVisit.objects.get().present == 1

    keep_step(visit, told("result", day(1, 10, 41), code="will_pay", alone=True), by=pair[0])

    assert ContactOutcome.objects.get().staff == 1
    assert "CN-11" in Breach.objects.get().rules
    event = CaseEvent.objects.get(kind="outcome")
    assert event.data["staff"] == 1
    assert json.loads(Entry.objects.get(kind="case.outcome").payload)["staff"] == 1
    # The second tells afterwards that he was there, too: the result stays as it was told.
    keep_step(visit, told("check_in", day(1, 10, 22)), by=pair[1])
    assert ContactOutcome.objects.get().staff == 1


def test_what_the_house_called_off_meanwhile_is_a_conflict(
    visit: FieldVisit, pair: tuple[User, User]
) -> None:
    call_off(visit, why="asked", by=pair[0])
    arrived = keep_step(visit, told("check_in", day(1, 10, 20)), by=pair[0])
    outcome = told("result", day(1, 10, 40), code="will_pay", note="他不在家")
    result = keep_step(visit, outcome, by=pair[0])
    assert {arrived.standing, result.standing} == {"conflict"}
    assert "called_off" in arrived.why
    assert words_of(result)["note"] == "他不在家"
    assert not ContactOutcome.objects.exists()
    assert keep_step(visit, told("photo", day(1, 10, 41)), by=pair[0], picture=photo()).stored


def test_the_gate_stops_who_asks_at_the_door(pair: tuple[User, User]) -> None:
    standing = make_case(loan_no="R-1", name="钱试二")
    order = VisitOrder(
        key="v-2",
        case=standing,
        party=standing.party,  # type: ignore[arg-type]
        from_at=datetime(2026, 6, 30, 10, tzinfo=ZONE),
        until_at=datetime(2026, 6, 30, 12, tzinfo=ZONE),
        visitors=pair,
        by=pair[0],
    )
    visit = order_visit(order, product_of(standing))
    place_hold(
        standing, reason="hospital", from_on=standing.as_of, until_on=None, why="x",
        by=make_user(role="team_lead"), at=order.from_at, today=standing.as_of,
    )  # fmt: skip
    step = keep_step(visit, told("check_in", now()), by=pair[0])
    assert (step.standing, step.late) == ("stopped", False)
    assert FieldVisit.objects.get(pk=visit.pk).state == "stopped"
    assert not Breach.objects.exists()
    assert keep_step(visit, told("check_out", now()), by=pair[0]).standing == "conflict"


def test_who_was_not_to_go_tells_nothing(visit: FieldVisit) -> None:
    with pytest.raises(OutreachError, match="only who was to go"):
        keep_step(visit, told("check_in", day(1)), by=make_user(role="collector"))


@pytest.mark.parametrize(
    ("step", "picture", "why"),
    [
        (told("photo", day(1)), None, "missing"),
        (told("signature", day(1), signer="visitor"), None, "missing"),
        (told("check_out", day(1)), photo(), "no picture"),
    ],
)
def test_a_picture_where_it_belongs(
    visit: FieldVisit,
    pair: tuple[User, User],
    step: ToldStep,
    picture: Picture | None,
    why: str,
) -> None:
    with pytest.raises(OutreachError, match=why):
        keep_step(visit, step, by=pair[0], picture=picture)


def test_a_picture_is_what_its_bytes_say(visit: FieldVisit, pair: tuple[User, User]) -> None:
    with pytest.raises(RefusedFileError):
        keep_step(
            visit,
            told("photo", day(1)),
            by=pair[0],
            picture=photo(b"<svg onload=1>", "image/png"),
        )
    assert not VisitStep.objects.exists()


def test_a_name_that_is_typed_signs(visit: FieldVisit, pair: tuple[User, User]) -> None:
    step = told("signature", day(1), signer="debtor", typed_name="赵试一")
    assert words_of(keep_step(visit, step, by=pair[0])) == {
        "signer": "debtor",
        "typed_name": "赵试一",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "check_in"},
        {"kind": "check_in", "position": HERE, "no_position": "denied"},
        {"kind": "check_in", "position": HERE | {"lat": 91}},
        {"kind": "signature"},
        {"kind": "result"},
        {"kind": "dance"},
        {"kind": "photo", "claimed_at": "2026-06-30T10:00:00"},
    ],
)
def test_what_cannot_be_told(wrong: dict[str, Any]) -> None:
    usual = {"id": str(uuid.uuid4()), "claimed_at": "2026-06-30T10:00:00+08:00"}
    with pytest.raises(ValidationError):
        ToldStep.model_validate(usual | wrong)
