"""Who may let collection go on: by the screens and over HTTP, by one rule."""

from __future__ import annotations

from typing import Any

import pytest
from access.outsiders import open_agency, place
from django.test import Client
from factories import DAY, MOMENT, make_case, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.holds import place_hold
from carrears.casework.models import Case, Hold, HoldReason

pytestmark = pytest.mark.django_db
GRAVE = ("death", "insolvency", "moratorium", "legal", "complaint", "dispute", "hardship")
PLAIN = ("hospital", "bereavement", "disaster")
WHO = ("agency", "collector", "lead", "compliance")


def test_every_reason_is_grave_or_plain() -> None:
    assert sorted(GRAVE + PLAIN) == sorted(HoldReason.values)


@pytest.fixture
def people() -> dict[str, User]:
    agency, rival = open_agency("HENGXIN"), open_agency("RIVAL")
    collector = make_user(role="collector")
    case = make_case(obligor_no="P-1", assignee=collector)
    place(case, agency)
    return {
        "agency": make_user(role="agency_user", username="own", organisation=agency),
        "colleague": make_user(role="agency_user", username="peer", organisation=agency),
        "rival": make_user(role="agency_user", username="rival", organisation=rival),
        "collector": collector,
        "lead": make_user(role="team_lead"),
        "compliance": make_user(role="compliance_officer"),
    }


def held(by: User | None, reason: str, *, whole_person: bool = False) -> Hold:
    return place_hold(
        Case.objects.get(),
        reason=reason,
        today=DAY,
        until_on=None,
        by=by,
        at=MOMENT,
        whole_person=whole_person,
    )


def api(user: User, hold: Hold, step: str) -> int:
    client = Client(headers={"Authorization": f"Bearer {issue_token(user, name='t')}"})
    body = {"why": "已核实"} | ({"until_on": "2026-07-02"} if step == "end" else {})
    path = f"/api/holds/{hold.pk}/{step}"
    return client.post(path, body, content_type="application/json").status_code


def screen(client: Client, hold: Hold, step: str) -> int:
    body = {"why": "已核实", "until_on": "2026-07-02", "reason": "已核实"}
    return client.post(f"/case/A-03/hold/{hold.pk}/{step}/", body).status_code


@pytest.mark.parametrize("reason", GRAVE)
def test_a_grave_hold_is_ended_by_a_lead_or_compliance(
    people: dict[str, User], sign_in: Any, reason: str
) -> None:
    clients = {name: sign_in(people[name]) for name in WHO}
    for name, codes in zip(WHO, ((403, 403), (403, 403), (200, 302), (200, 302)), strict=True):
        for step in ("end", "lift"):
            done = []
            for ask in (lambda h, n=name, s=step: api(people[n], h, s),
                        lambda h, n=name, s=step: screen(clients[n], h, s)):  # fmt: skip
                hold = held(people["agency"], reason)
                done.append(ask(hold))
                hold.refresh_from_db()
                moved = (hold.lifted_on, hold.until_on) != (None, None)
                assert moved == (codes[0] == 200), (name, step)
            assert tuple(done) == codes, (name, step)


@pytest.mark.parametrize("whole_person", [False, True])
def test_a_plain_hold_of_the_house_is_ended_by_its_collector_and_by_no_agency(
    people: dict[str, User], sign_in: Any, *, whole_person: bool
) -> None:
    for placer in (people["lead"], people["rival"], None):
        hold = held(placer, "hospital", whole_person=whole_person)
        for step in ("end", "lift"):
            assert api(people["agency"], hold, step) == 403
            assert screen(sign_in(people["agency"]), hold, step) == 403
        assert api(people["collector"], hold, "lift") == 200


def test_an_agency_ends_what_its_own_people_placed(people: dict[str, User], sign_in: Any) -> None:
    first, second = (held(people["colleague"], "disaster") for _ in range(2))
    assert api(people["agency"], first, "lift") == 200
    assert screen(sign_in(people["agency"]), second, "lift") == 302
    assert not Hold.objects.filter(lifted_on=None).exists()


def test_the_button_is_shown_to_who_may(people: dict[str, User], sign_in: Any) -> None:
    grave, plain = held(people["lead"], "hardship"), held(people["lead"], "hospital")
    own = held(people["agency"], "disaster")
    for name, wanted in (
        ("agency", {own.pk}),
        ("collector", {plain.pk, own.pk}),
        ("lead", {grave.pk, plain.pk, own.pk}),
        ("compliance", {grave.pk, plain.pk, own.pk}),
    ):
        text = sign_in(people[name]).get("/case/A-03/").content.decode()
        shown = {h.pk for h in (grave, plain, own) if f"/hold/{h.pk}/lift/" in text}
        assert shown == wanted, name
