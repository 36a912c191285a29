"""The queue as a file: what it shows and no names, for whom may, and on record."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from analytics.test_sheets import read
from factories import make_case, make_promise, make_user

from carrears.casework.models import Hold
from carrears.evidence.models import Entry
from carrears.workbench.views import files_out

pytestmark = pytest.mark.django_db
URL = "/queue/file/"


def cases() -> None:
    li = make_user(username="li")
    first = make_case(
        loan_no="A-01", loan_id=1, name="赵试一", assignee=li, arrears=1_234_56, priority=9,
        treatment="=early", bucket=2, dpd=40,
    )  # fmt: skip
    make_promise(first, (100_00, date(2026, 7, 9)))
    Hold.objects.create(case=first, reason="legal", from_on=first.as_of)
    make_case(loan_no="A-02", loan_id=2, name="钱试二", arrears=2_00, priority=5)


def test_a_workbook_of_the_list_with_amounts_as_numbers(sign_in: Any) -> None:
    cases()
    client = sign_in(make_user(role="team_lead", username="lead"), language="en")
    assert URL in client.get("/queue/").content.decode()
    answer = client.post(URL, {"format": "xlsx", "sort": "arrears"})
    assert answer.status_code == 200
    head, first, second = read(answer.content)
    columns = [value for _, value in head]
    found = dict(zip(columns, first, strict=False))
    assert (found["loan_no"], found["arrears"]) == (("s", "A-01"), ("n", "1234.56"))
    assert (found["treatment"], found["days_past_due"]) == (("s", "=early"), ("n", "40"))
    assert second[0] == ("s", "A-02")
    assert "赵试一".encode() not in answer.content
    told = json.loads(Entry.objects.get(kind="queue.exported").payload)
    assert (told["cases"], told["format"], told["by_words"]) == (2, "xlsx", False)


def test_the_filters_are_on_record_and_the_words_are_not(sign_in: Any) -> None:
    cases()
    client = sign_in(make_user(role="team_lead", username="lead"))
    answer = client.post(URL, {"format": "csv", "q": "赵试一", "bucket": "2"})
    [row] = csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    assert (row["loan_no"], row["arrears"], row["treatment"]) == ("A-01", "123456", "'=early")
    assert (row["owner"], row["marks"], row["promise_on"]) == ("li", "hold promise", "2026-07-09")
    entry = Entry.objects.get(kind="queue.exported")
    told = json.loads(entry.payload)
    assert (entry.actor, told["cases"], told["by_words"]) == ("lead", 1, True)
    assert told["filters"]["buckets"] == [2]
    assert "赵试一" not in entry.payload


def test_who_sees_his_own_cases_alone_takes_no_list(sign_in: Any) -> None:
    cases()
    client = sign_in(make_user(role="collector"))
    assert client.post(URL, {"format": "csv"}).status_code == 403
    assert URL not in client.get("/queue/").content.decode()
    assert client.get(URL).status_code == 405


def test_more_than_a_workbook_takes_is_said(sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cases()
    monkeypatch.setattr("carrears.workbench.views.queue.MOST", 1)
    assert files_out.MOST == 50_000
    client = sign_in(make_user(role="team_lead"), language="en")
    answer = client.post(URL, {"format": "xlsx"}, follow=True)
    assert not Entry.objects.filter(kind="queue.exported").exists()
    assert answer.redirect_chain == [("/queue/", 302)]
    assert client.post(URL, {"format": "csv"}).status_code == 200
