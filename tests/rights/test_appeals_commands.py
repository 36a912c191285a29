"""The same at the desk of whoever runs the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rights.test_appeals import GRAVE, decided_case
from typer.testing import CliRunner

from carrears.casework.models import Case
from carrears.cli import app
from carrears.cli import appeals as _  # noqa: F401  it registers
from carrears.rights.models import RightsRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(settings: Any, tmp_path: Path) -> Case:
    settings.BOOK_DIR = tmp_path / "book"
    return decided_case(GRAVE)


def run(*told: str, says: str = "") -> Any:
    return CliRunner().invoke(app, ["parties", *told], input=says)


def test_an_appeal_is_registered_and_suspends(case: Case) -> None:
    answer = run("appeal", case.party.party_no, case.loan_no, says="请由人来看\n")
    assert answer.exit_code == 0, answer.output
    case.refresh_from_db()
    assert case.treatment == "person_decides"
    request = RightsRequest.objects.get()
    assert (request.kind, request.registered_by, request.text_sealed is None) == (
        "appeal",
        None,
        False,
    )
    again = run("appeal", case.party.party_no, case.loan_no, says="再来\n")
    assert again.exit_code == 1
    assert RightsRequest.objects.count() == 1


def test_an_explanation_is_written(case: Case, tmp_path: Path) -> None:
    answer = run("explain", case.party.party_no, case.loan_no, str(tmp_path / "out"))
    assert answer.exit_code == 0, answer.output
    told = json.loads((tmp_path / "out" / "explanation.json").read_text(encoding="utf-8"))
    assert told["treatment"]["en"] == "Recovery of the car"
    files = {one.name: oct(one.stat().st_mode & 0o777) for one in (tmp_path / "out").iterdir()}
    assert files == dict.fromkeys(
        ("explanation.json", "explanation-zh.pdf", "explanation-en.pdf"), "0o600"
    )
    assert [one.kind for one in RightsRequest.objects.get().steps.order_by("pk")] == [
        "received",
        "report",
    ]
