"""The screen of mandates: who may act for the lender, given and ended with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from factories import make_user

from carrears.clock import local_day, now
from carrears.conduct.mandates import give_mandate
from carrears.conduct.models import Mandate
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
URL = "/compliance/mandates/"


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="compliance_officer"))
    return client


def day(ahead: int) -> str:
    return (local_day(now(), settings.TIME_ZONE) + timedelta(days=ahead)).isoformat()


def add(client: Client, **changes: str) -> Any:
    told = {"agency": "HENGXIN", "starts_on": day(-3), "ends_on": "", "reason": "合同 2026-7"}
    return client.post(f"{URL}give/", told | changes)


def end(client: Client, last_on: str, reason: str = "解约") -> Any:
    pk = Mandate.objects.get().pk
    return client.post(f"{URL}{pk}/end/", {"last_on": last_on, "reason": reason}, follow=True)


def test_a_mandate_is_given_ended_and_stays_in_the_list(client: Client) -> None:
    assert add(client).headers["Location"] == URL
    [row] = client.get(URL).context["page"].rows
    assert (row.agency, row.state, row.may_end) == ("HENGXIN", "live", True)

    assert "委托已终止" in end(client, day(-1)).content.decode()

    text = client.get(URL).content.decode()
    [row] = client.get(URL).context["page"].rows
    assert (row.state, row.may_end, row.end_reason) == ("ended", False, "解约")
    assert "解约" in text
    kinds = Entry.objects.order_by("pk").values_list("kind", "subject")
    assert list(kinds) == [
        ("mandate.given", "agency:HENGXIN"), ("mandate.ended", "agency:HENGXIN"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agency": "恒信"}, "agency"),
        ({"agency": "LENDER"}, "__all__"),
        ({"reason": " "}, "reason"),
        ({"starts_on": ""}, "starts_on"),
        ({"ends_on": "2001-01-01"}, "__all__"),
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, change: dict[str, str], field: str) -> None:
    answer = add(client, **change)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Mandate.objects.exists()


@pytest.mark.parametrize(
    ("last_on", "reason", "said"),
    [
        ("2001-01-01", "解约", "最早只能终止到昨天"),
        ("", "解约", "须填写最后一日和原因"),
        ("2030-01-01", " ", "须填写最后一日和原因"),
    ],
)
def test_an_end_that_cannot_be_is_refused(
    client: Client, last_on: str, reason: str, said: str
) -> None:
    add(client)

    assert said in end(client, last_on, reason).content.decode()
    assert Mandate.objects.get().ended_at is None


def test_the_list_is_filtered(client: Client) -> None:
    today = local_day(now(), settings.TIME_ZONE)
    for agency, first, last in (("LIVE-1", -5, 5), ("COMING-1", 3, None), ("OVER-1", -9, -5)):
        give_mandate(
            agency,
            starts_on=today + timedelta(days=first),
            ends_on=None if last is None else today + timedelta(days=last),
            reason="x",
            by=None,
            at=now(),
        )

    def found(**query: str) -> list[str]:
        return [row.agency for row in client.get(URL, query).context["page"].rows]

    assert found() == ["COMING-1", "LIVE-1", "OVER-1"]
    assert [found(state=s) for s in ("live", "coming", "over", "ended")] == [
        ["LIVE-1"], ["COMING-1"], ["OVER-1"], [],
    ]  # fmt: skip
    assert found(agency="live") == ["LIVE-1"]
    assert found(state="nonsense") == found()
