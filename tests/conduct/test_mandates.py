"""Mandates: an agency calls while one is in force; each is given and ended with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from factories import DAY, MOMENT, make_case, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.models import Case
from carrears.conduct.mandates import end_mandate, give_mandate, mandates_on
from carrears.conduct.models import Mandate
from carrears.conduct.services import ConductError
from carrears.evidence.models import Entry
from carrears.outreach.calls import preview_call

pytestmark = pytest.mark.django_db
PATH = "/api/mandates"


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


def give(
    agency: str = "HENGXIN", starts_on: date = DAY, ends_on: date | None = None, **more: Any
) -> Mandate:
    told = {"reason": "合同 2026-7", "by": None, "at": MOMENT} | more
    return give_mandate(agency, starts_on=starts_on, ends_on=ends_on, **told)


def end(mandate: Mandate, last_on: date, *, today: date = DAY, reason: str = "解约") -> Mandate:
    return end_mandate(mandate, last_on=last_on, reason=reason, today=today, by=None, at=MOMENT)


def may_call(case: Case, agency: str = "HENGXIN") -> bool:
    assert case.party is not None
    return preview_call(case, party=case.party, agency=agency).gate_action == "allow"


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "allows"),
    [(0, None, True), (0, 0, True), (-9, -1, False), (1, None, False), (-9, 0, True)],
)
def test_an_agency_calls_on_the_days_of_its_mandate(
    case: Case, starts_in: int, ends_in: int | None, *, allows: bool
) -> None:
    ends_on = None if ends_in is None else DAY + timedelta(days=ends_in)
    give(starts_on=DAY + timedelta(days=starts_in), ends_on=ends_on)

    assert may_call(case) is allows
    assert not may_call(case, "OTHER")


def test_what_is_ended_at_once_stops_at_once(case: Case) -> None:
    mandate = give(starts_on=DAY - timedelta(days=9))
    assert may_call(case)

    end(mandate, DAY)
    assert may_call(case)  # the day itself is still covered
    give(starts_on=DAY - timedelta(days=8))
    assert may_call(case)
    end(Mandate.objects.get(ended_at=None), DAY - timedelta(days=1))
    assert may_call(case)  # by the first, on its last day
    kinds = Entry.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["mandate.given", "mandate.ended", "mandate.given", "mandate.ended"]


def test_one_ended_before_it_began_was_never_in_force_and_may_be_given_again(case: Case) -> None:
    end(give(starts_on=DAY), DAY - timedelta(days=1))

    assert not may_call(case)
    assert not mandates_on(DAY).exists()
    give(starts_on=DAY)
    assert may_call(case)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"agency": ""}, "an agency is named"),
        ({"agency": "恒信"}, "an agency is named"),
        ({"agency": "LENDER"}, "an agency is named"),
        ({"reason": "  "}, "a reason is needed"),
        ({"ends_on": DAY - timedelta(days=1)}, "cannot end before it begins"),
    ],
)
def test_what_makes_no_sense_is_not_given(told: dict[str, Any], message: str) -> None:
    with pytest.raises(ConductError, match=message):
        give(**told)
    assert not Entry.objects.exists()


def test_two_cannot_begin_on_one_day() -> None:
    give()
    with pytest.raises(ConductError, match="begins on that day already"):
        give()


def test_no_end_rewrites_the_past_or_adds_days() -> None:
    mandate = give(starts_on=DAY - timedelta(days=9), ends_on=DAY + timedelta(days=9))
    with pytest.raises(ConductError, match="before yesterday"):
        end(mandate, DAY - timedelta(days=2))
    with pytest.raises(ConductError, match="ends by itself"):
        end(mandate, DAY + timedelta(days=9))
    with pytest.raises(ConductError, match="a reason"):
        end(mandate, DAY, reason=" ")
    end(mandate, DAY)
    with pytest.raises(ConductError, match="ended before"):
        end(mandate, DAY - timedelta(days=1))
    mandate.refresh_from_db()
    assert mandate.ends_on == DAY


def test_the_database_ends_nothing_without_a_reason() -> None:
    give()
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.update(ended_at=MOMENT, ends_on=DAY)


def client_of(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='test')}"})


def post(client: Client, path: str, told: dict[str, Any]) -> Any:
    return client.post(path, told, content_type="application/json")


def test_mandates_over_http(officer: User) -> None:
    client = client_of(officer)
    told = {"agency": "HENGXIN", "starts_on": "2020-01-01", "reason": "合同 2020-1"}

    given = post(client, PATH, told)
    assert (given.status_code, given.json()["given_by"]) == (201, "compliance_officer")
    assert post(client, PATH, told).status_code == 409
    assert post(client, PATH, told | {"agency": "恒信"}).status_code == 422
    path = f"{PATH}/{given.json()['id']}/end"
    early = post(client, path, {"last_on": "2020-06-01", "reason": "解约"})
    assert (early.status_code, early.json()["detail"]) == (
        409, "a mandate cannot end before yesterday",
    )  # fmt: skip
    last = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011  far from any midnight
    ended = post(client, path, {"last_on": last, "reason": "解约"})
    assert (ended.status_code, ended.json()["ends_on"], ended.json()["end_reason"]) == (
        200, last, "解约",
    )  # fmt: skip

    def found(**query: str) -> int:
        return len(client.get(PATH, query).json())

    assert (found(), found(agency="HENGXIN"), found(agency="X")) == (1, 1, 0)
    assert (found(on="2020-01-01"), found(on="2019-12-31"), found(on="2100-01-01")) == (1, 0, 0)


def test_mandates_need_the_permission() -> None:
    client = client_of(make_user(role="team_lead"))

    assert client.get(PATH).status_code == 403
    told = {"agency": "A", "starts_on": "2026-01-01", "reason": "x"}
    assert post(client, PATH, told).status_code == 403
    assert post(client, f"{PATH}/1/end", {"last_on": "2026-01-01", "reason": "x"}).status_code == (
        403
    )
