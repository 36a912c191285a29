"""The page that stops collection of many: whom it is about, how far it is, who may not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from factories import make_case, make_user

from carrears.casework.holding_together import orders_under_way, work_off
from carrears.casework.models import Hold, HoldingTogether

pytestmark = pytest.mark.django_db
URL = "/holds/together/"


def test_it_is_looked_at_ordered_followed_and_lifted(sign_in: Any) -> None:
    case = make_case()
    assert case.party is not None
    case.party.region = "510100"
    case.party.save()
    client = sign_in(make_user(role="compliance_officer"), language="en")
    assert client.get(URL).status_code == 200
    assert client.get(URL, {"reason": "disaster"}).status_code == 422  # nothing named
    asked = {"reason": "disaster", "regions": "51, 4401", "takes_new": "on"}
    page = client.get(URL, asked).content.decode()
    assert 'data-many="1"' in page
    assert "A-03" in page
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key is not None

    told = asked | {"many": "1", "key": key[1], "why": "flood"}
    assert "more or fewer" in follow(client, "order/", told | {"many": "2"})
    for _ in range(2):
        follow(client, "order/", told)
    order = HoldingTogether.objects.get()
    assert (order.asked, order.takes_new) == ({"regions": ["51", "4401"]}, True)
    part = client.get(f"{URL}orders/").content.decode()
    assert "every 2s" in part
    assert "Region: 51, 4401" in part
    go_on()
    part = client.get(f"{URL}orders/").content.decode()
    assert "every 2s" not in part
    assert "stopped 1" in part
    assert Hold.objects.get().reason == "disaster"

    assert "a reason is needed" in follow(client, f"{order.pk}/lift/", {"why": ""})
    follow(client, f"{order.pk}/lift/", {"why": "over"})
    go_on()
    assert "lifted 1" in client.get(f"{URL}orders/").content.decode()
    assert Hold.objects.get().lifted_on is not None


def go_on() -> None:
    """What the worker does each minute."""
    for order in orders_under_way():
        work_off(order)


def follow(client: Any, step: str, told: dict[str, str]) -> str:
    text: str = client.post(f"{URL}{step}", told, follow=True).content.decode()
    return text


def test_who_may_not_let_collection_go_on_stops_no_many(sign_in: Any) -> None:
    client = sign_in(make_user(role="collector"))
    assert client.get(URL).status_code == 403
    assert client.post(f"{URL}order/", {"reason": "disaster"}).status_code == 403
    assert URL not in client.get("/holds/").content.decode()
    lead = sign_in(make_user(role="team_lead"))
    assert URL in lead.get("/holds/").content.decode()


def test_it_is_chosen_by_every_filter_of_the_queue(sign_in: Any) -> None:
    lead = make_user(role="compliance_officer")
    li = make_user(username="li")
    early = make_case(loan_no="A-01", loan_id=1, name="", assignee=li, treatment="early")
    make_case(loan_no="A-02", loan_id=2, name="", assignee=li, treatment="late", bucket=3)
    make_case(loan_no="B-03", loan_id=3, name="赵试一", decision={"step": "gps_check"})
    client = sign_in(lead, language="en")
    many = {
        "q=A-0": 2,
        "q=赵试一": 1,
        "bucket=3": 1,
        "bucket=0": 0,
        "treatment=early": 1,
        "step=gps_check": 1,
        f"owner={li.pk}": 2,
        "owner=none": 1,
        "owner=me": 0,
        "flag=hold": 0,
        f"owner={li.pk}&treatment=early&q=A": 1,
    }
    for asked, number in many.items():
        page = client.get(f"{URL}?reason=disaster&{asked}", follow=True).content.decode()
        assert f'data-many="{number}"' in page, asked

    refused = client.get(f"{URL}?reason=disaster&q=A-0&takes_new=on", follow=True)
    assert refused.status_code == 422
    assert "cannot be chosen by words" in refused.content.decode()

    told = {"q": "A-0", "owner": str(li.pk), "treatment": "early", "reason": "disaster"}
    led = client.post(URL, told)
    assert (led.status_code, "A-0" in led.headers["Location"]) == (302, False)
    page = client.get(led.headers["Location"]).content.decode()
    assert f'name="owner" value="{li.pk}"' in page
    follow(client, "order/", told | {"many": "1", "key": "k" * 32, "why": "flood"})
    order = HoldingTogether.objects.get()
    # What was looked for may name somebody: that it was, is kept, and not the words.
    assert order.asked == {"treatments": ["early"], "owner": str(li.pk), "by_words": True}
    go_on()
    assert [hold.case for hold in Hold.objects.all()] == [early]
    assert "By words: not kept" in client.get(f"{URL}orders/").content.decode()
