"""Readiness, metrics and logs: what an operator is told, and what he is not."""

from __future__ import annotations

import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import make_case

from carrears.parties import custody
from carrears.starred import without_personal_data
from carrears.workbench.logs import JsonLines, PlainLines
from carrears.workbench.queries.vitals import Gauge, exposition

TOKEN = "a-long-token"


def _get(path: str, token: str = "") -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return Client().get(path, headers=headers)


@pytest.mark.django_db
def test_it_is_ready_when_migrated_and_its_keys_open(settings: Any, tmp_path: Path) -> None:
    assert _get("/readyz").json() == {"ready": True, "missing": []}

    settings.KEYS_DIR = tmp_path
    (tmp_path / "vault.key").write_text("not a key")
    (tmp_path / "vault.key").chmod(0o600)
    answer = _get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "missing": ["keys"]})
    custody._read.pop(tmp_path, None)


@pytest.mark.django_db
def test_metrics_are_for_whoever_has_the_token(settings: Any) -> None:
    make_case(loan_no="A-03", name="赵试一")
    for token, given in (("", ""), ("", TOKEN), (TOKEN, ""), (TOKEN, "another")):
        settings.METRICS_TOKEN = token
        assert _get("/metrics", given).status_code == 404

    settings.METRICS_TOKEN = TOKEN
    text = _get("/metrics", TOKEN).content.decode()

    assert 'carrears_cases{state="open"} 1\n' in text
    assert "carrears_log_waiting " in text
    for line in text.splitlines():
        assert re.fullmatch(
            r"# (HELP|TYPE) \w+ .+|\w+(\{\w+=\"[^\"]*\"(,\w+=\"[^\"]*\")*\})? \S+", line
        )
    for secret in ("赵试一", "A-03", "13900000001"):
        assert secret not in text


def test_labels_are_escaped() -> None:
    told = exposition([Gauge("g", "About.", (({"name": 'a"b\\c\nd'}, 1.5),))])

    assert told == '# HELP g About.\n# TYPE g gauge\ng{name="a\\"b\\\\c\\nd"} 1.5\n'


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("to 13812341234 failed", "to *** failed"),
        ("to +86 138 1234 1234", "to ***"),
        ("id 33010619800101123X", "id ***"),
        ("(alice.b@example.com)", "(***)"),
        ("car 浙A12345 and 浙A·D12345", "car *** and ***"),
        ("vin LSVAA4187E2184847", "vin ***"),
        ("2026-06-30 10:00:00,123 port 5432", "2026-06-30 10:00:00,123 port 5432"),
        ("loan A-0000123, 12345678 bytes", "loan A-0000123, 12345678 bytes"),
        ("7d6c3b1e-4b00-4000-8000-0123456789ab", "7d6c3b1e-4b00-4000-8000-0123456789ab"),
    ],
)
def test_what_may_be_somebodys_is_starred(said: str, kept: str) -> None:
    assert without_personal_data(said) == kept


def test_lines_are_json_and_errors_are_starred_too() -> None:
    try:
        raise ValueError("13812341234 is no number")  # noqa: TRY301  what a library says
    except ValueError:
        told = logging.LogRecord("carrears", 40, "", 0, "mail %s", ("a@b.cn",), sys.exc_info())

    line = json.loads(JsonLines().format(told))

    assert {name: line[name] for name in ("level", "logger", "message")} == {
        "level": "ERROR",
        "logger": "carrears",
        "message": "mail ***",
    }
    assert line["error"].endswith("ValueError: *** is no number")
    assert "1381234" not in PlainLines().format(told)
