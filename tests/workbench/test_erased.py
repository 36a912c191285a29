"""The screens of somebody who was erased."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_person, make_user

from carrears.casework.models import Case
from carrears.conduct.erasure import erase_subject

pytestmark = pytest.mark.django_db
AT = datetime(2037, 1, 5, 2, tzinfo=UTC)


def test_the_screens_say_that_he_was_erased(sign_in: Any) -> None:
    case = make_case()
    assert case.party is not None
    over = {"state": "closed", "closed_on": date(2026, 7, 20), "close_reason": "paid_off"}
    Case.objects.update(**over)
    erase_subject(case.party, reason="本人申请", by=None, at=AT)
    make_person(loan_no="A-03")
    Case.objects.update(state="open", closed_on=None, close_reason="")
    client: Client = sign_in(make_user(role="team_lead"))

    page = client.get("/case/A-03/").content.decode()
    assert "已删除" in page
    assert "客户数据仍包含此人" in page
    assert "已删除" in client.get("/queue/").content.decode()
    assert client.get("/case/A-03/contact/").status_code == 200
    compliance: Client = sign_in(make_user(role="compliance_officer"))
    assert "此人信息已删除" in compliance.get("/compliance/do-not-contact/").content.decode()
