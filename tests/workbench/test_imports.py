from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import make_user
from pytest_django import DjangoAssertNumQueries, Settings
from small_tape import write_small_tape

from carrears.evidence.models import Entry
from carrears.exchange.models import TapeImport
from carrears.workbench import forms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.BOOK_DIR = tmp_path / "book"
    settings.CARREARS_HOME = tmp_path
    return tmp_path


@pytest.fixture
def operator(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="operator"))
    return client


@pytest.fixture
def payments(tmp_path: Path) -> str:
    """The small tape's payments; the first has no day that exists, the second no amount."""
    text = (write_small_tape(tmp_path / "tape") / "payments.csv").read_text()
    return text.replace("2026-01-14,1100.00", "2O26-01-14,1100.00", 1).replace(
        "2026-02-14,1100.00", "2026-02-14,x", 1
    )


def send(client: Client, name: str, text: str, mapping: str = "carrears") -> Any:
    file = SimpleUploadedFile(name, text.encode())
    return client.post("/imports/upload/", {"file": file, "mapping": mapping})


def test_an_upload_goes_in_and_its_bad_rows_are_kept_aside(
    operator: Client, payments: str, home: Path
) -> None:
    answer = send(operator, "payments.csv", payments)

    tape = TapeImport.objects.get()
    assert answer.headers["Location"] == f"/imports/{tape.pk}/"
    assert (tape.state, tape.rows_rejected) == ("done", 2)
    assert str(tape.imported_by) == "operator"
    page = operator.get(f"/imports/{tape.pk}/").content.decode()
    assert "paid_on" in page
    assert "amount" in page
    assert str(home) not in page
    assert list((home / "inbox").iterdir()) == []


def test_what_a_killed_import_left_goes_with_the_next_upload(
    operator: Client, payments: str, home: Path
) -> None:
    left, at_work = home / "inbox" / "tmpleft", home / "inbox" / "tmpatwork"
    for folder in (left, at_work):
        folder.mkdir(parents=True)
        (folder / "people.csv").write_text("name\n王某\n")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(left, (two_days_ago, two_days_ago))

    send(operator, "payments.csv", payments)

    assert list((home / "inbox").iterdir()) == [at_work]


def test_rejects_come_back_corrected(operator: Client, payments: str) -> None:
    send(operator, "payments.csv", payments)
    tape = TapeImport.objects.get()

    answer = operator.post(f"/imports/{tape.pk}/rejects/")

    assert answer.headers["Content-Disposition"].endswith(f'"payments-corrections-{tape.pk}.jsonl"')
    rows = [json.loads(line) for line in answer.content.decode().splitlines()]
    assert [row["paid_on"] for row in rows] == ["2O26-01-14", "2026-02-14"]
    assert Entry.objects.filter(kind="book.rejects_read", actor="operator").count() == 1
    rows[0]["paid_on"], rows[1]["amount"] = "2026-01-14", "1100.00"
    text = "\n".join(json.dumps(row) for row in rows)
    send(operator, f"payments-corrections-{tape.pk}.jsonl", text)
    assert TapeImport.objects.latest("pk").rows_accepted == 2
    assert tape.rejects.filter(resolved_by=None).count() == 0
    assert operator.post(f"/imports/{tape.pk}/rejects/").status_code == 404


def test_the_same_file_twice_changes_nothing(operator: Client, payments: str) -> None:
    send(operator, "payments.csv", payments)
    again = send(operator, "payments.csv", payments)

    assert again.status_code == 302
    assert TapeImport.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("payments.csv", ""), ("payments.csv.gz", "no gzip"), ("strange.bin", "?")],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    operator: Client, name: str, content: str
) -> None:
    answer = send(operator, name, content)

    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()


def test_a_file_too_large_is_sent_to_the_command_line(
    operator: Client, payments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "LARGEST_UPLOAD", 100)

    answer = send(operator, "payments.csv", payments)

    assert answer.status_code == 422
    assert "命令行" in answer.content.decode()
    assert not TapeImport.objects.exists()


def test_an_unknown_mapping_is_refused(operator: Client, payments: str) -> None:
    assert send(operator, "payments.csv", payments, mapping="/etc/passwd").status_code == 422


def test_who_may_look_sees_no_rows_and_no_form(
    operator: Client, sign_in: Any, payments: str
) -> None:
    send(operator, "payments.csv", payments)
    manager = sign_in(make_user(role="strategy_manager"))
    tape = TapeImport.objects.get()

    assert 'type="file"' not in manager.get("/imports/").content.decode()
    page = manager.get(f"/imports/{tape.pk}/")
    assert page.context["page"].rejects == ()
    assert page.context["page"].reasons != ()


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_imports(
    operator: Client, payments: str, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        send(operator, f"payments-{number}.csv", payments + "\n" * number)
    assert TapeImport.objects.count() == rows

    with django_assert_num_queries(8):  # one of what waits, one each of his place and notices
        operator.get("/imports/")
