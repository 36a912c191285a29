"""Personal data on a case's page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from factories import make_case, make_person

from carrears.access.models import User
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db


def test_personal_data_is_masked_and_each_look_is_recorded(sign_in: Any, me: User) -> None:
    make_case(assignee=me, name="欧阳晓雯")
    make_person(loan_no="A-03", role="contact", name="周联系", phone="13800000002", id_no="")
    client = sign_in(me)
    text = client.get("/case/A-03/").content.decode()

    assert "欧阳晓雯" in text
    hidden = ("110101199003070002", "13900000001", "debtor@example.com", "示例路", "浙A12345")
    assert [value for value in hidden if value in text] == []
    urls = re.findall(r'hx-get="([^"]*/reveal/[^"]*)"', text)
    shown = [client.post(url, {"reason": "contact"}).content.decode() for url in urls]

    assert all(any(value in one for one in shown) for value in hidden)
    records = Entry.objects.filter(kind="person.revealed")
    assert len(urls) == len(shown) == records.count()
    assert {entry.actor for entry in records} == {"collector"}
    assert not any(value in entry.payload for entry in records for value in hidden)


@pytest.mark.parametrize("ref", ["x", "999", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("kind", ["name", "id_no", "phone", "email", "nonsense"])
def test_nothing_of_another_loan_is_revealed(sign_in: Any, me: User, kind: str, ref: str) -> None:
    make_case(assignee=me)
    other = make_person(loan_no="B-01", name="别人")
    refs = {
        "name": other.token,
        "id_no": other.token,
        "phone": other.contact_points.get(kind="phone").pk,
    }

    client = sign_in(me)

    why = {"reason": "contact"}
    assert client.post(f"/case/A-03/reveal/{kind}/{ref}/", why).status_code == 404
    assert client.post(f"/case/A-03/reveal/{kind}/{refs.get(kind, ref)}/", why).status_code == 404
    assert not Entry.objects.filter(kind="person.revealed").exists()
