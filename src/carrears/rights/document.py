"""The report to a person as a PDF that he can read, in Chinese and in English."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
import weblate_fonts
from django.conf import settings

from carrears.money import to_major
from carrears.rights.register import Holding, read_register
from carrears.rights.reporting import SubjectReport
from carrears.yamls import load_yaml

_FOLDER = Path(__file__).parent
FONTS = Path(weblate_fonts.__file__).parent / "static" / "weblate_fonts" / "kurinto" / "ttf"
_MOST_ROWS = 200
_USUAL_CURRENCY = "CNY"  # of rows that do not say; only its two digits matter
LENDER = {"zh": "zh-CN", "en": "en-US"}
_AMOUNTS = frozenset(
    {
        "amount", "met", "paid_since", "arrears", "arrears_principal", "arrears_interest",
        "arrears_fee",
        "arrears_penalty", "arrears_compound", "payoff", "next_due_amount",
        "principal_outstanding", "paid_total", "recovered",
    }
)  # fmt: skip
_YES_NO = {"zh": ("否", "是"), "en": ("no", "yes")}


def write_document(report: SubjectReport, *, language: str) -> bytes:
    """The report as PDF in ``zh`` or ``en``; the same bytes for the same report.

    Of each kind the first 200 rows are shown; the JSON has all.
    """
    pdf: bytes = typst.compile(
        str(_FOLDER / "document.typ"),
        root=str(_FOLDER),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_shown(report, language))},
        timestamp=int(datetime.fromisoformat(report.made_at).timestamp()),
    )
    return pdf


@functools.cache
def words() -> Mapping[str, Any]:
    """The words of words.yaml."""
    told: Mapping[str, Any] = load_yaml((_FOLDER / "words.yaml").read_text(encoding="utf-8"))
    return told


def _shown(report: SubjectReport, language: str) -> dict[str, Any]:
    titles = {name: one[language] for name, one in words()["report"].items()}
    made_at = report.made_at[:16].replace("T", " ")
    lender = settings.LENDER_NAME[LENDER[language]]
    return {
        "lang": language,
        "region": {"zh": "cn", "en": "us"}[language],
        "lender": lender,
        "made_at": made_at,
        "words": titles,
        "facts": [
            [titles["lender"], lender],
            [titles["person"], report.token],
            [titles["made_at"], made_at],
        ],
        "parts": [
            _part(one, report.rows[one.model], language)
            for one in read_register().holdings
            if one.model in report.rows
        ],
    }


def _part(one: Holding, rows: list[dict[str, Any]], language: str) -> dict[str, Any]:
    activity = read_register().activities[one.activity]
    titles = words()["report"]
    why = (
        ("why", activity.purpose),
        ("basis", activity.basis),
        ("kept", activity.retention),
        ("recipients", activity.recipients),
    )
    colon = "：" if language == "zh" else ": "
    return {
        "title": words()["models"][one.model][language],
        "why": " · ".join(f"{titles[name][language]}{colon}{told[language]}" for name, told in why),
        "rows": [_facts(row, language) for row in rows[:_MOST_ROWS]],
        "more": max(0, len(rows) - _MOST_ROWS),
    }


def _facts(row: dict[str, Any], language: str) -> list[list[str]]:
    known, currency = words()["fields"], row.get("currency", "")
    return [
        [
            known[name][language],
            _amount(value, currency) if name in _AMOUNTS else _said(value, language),
        ]
        for name, value in row.items()
    ]


def _amount(minor: int, currency: str) -> str:
    """Money as people write it; the JSON has integer minor units."""
    return f"{to_major(minor, currency or _USUAL_CURRENCY):,} {currency}".strip()


def _said(value: Any, language: str) -> str:
    if isinstance(value, bool):
        return _YES_NO[language][value]
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
