"""The certificate of destruction as PDF, in Chinese or English."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst
import weblate_fonts
from django.conf import settings

from carrears.agencies.destruction import lines_of
from carrears.agencies.destruction_models import Destruction
from carrears.clock import zone
from carrears.yamls import load_yaml

Language = Literal["zh", "en"]
_FOLDER = Path(__file__).parent
_FONTS = Path(weblate_fonts.__file__).parent / "static" / "weblate_fonts" / "kurinto" / "ttf"
_LENDER = {"zh": "zh-CN", "en": "en-US"}


def write_certificate(made: Destruction, *, language: Language) -> bytes:
    """The statement as a paper: who, when, how, and each placement; names of debtors are not in it.

    The same bytes for the same statement.
    """
    pdf: bytes = typst.compile(
        str(_FOLDER / "certificate.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_shown(made, language))},
        timestamp=int(made.stated_at.timestamp()),
    )
    return pdf


@functools.cache
def _words() -> Mapping[str, Any]:
    told: Mapping[str, Any] = load_yaml((_FOLDER / "certificate.yaml").read_text(encoding="utf-8"))
    return told


def _shown(made: Destruction, language: Language) -> dict[str, Any]:
    words = {name: one[language] for name, one in _words().items()}
    lender = settings.LENDER_NAME[_LENDER[language]]
    at = made.stated_at.astimezone(zone(settings.TIME_ZONE)).strftime("%Y-%m-%d %H:%M %z")
    return {
        "lang": language,
        "region": {"zh": "cn", "en": "us"}[language],
        "lender": lender,
        "words": words,
        "head": [
            [words["number"], str(made.pk)],
            [words["lender"], lender],
            [words["agency"], f"{made.agency.name} ({made.agency.key})"],
            [words["stated_by"], f"{made.stated_by} ({made.stated_by.get_username()})"],
            [words["stated_at"], at],
            [words["method"], words[f"method_{made.method}"]],
            [words["evidence"], f"agencies.destruction.stated:{made.pk}"],
        ],
        "columns": [words[name] for name in ("placement", "loans", "token", "ended", "due")],
        "rows": [
            [
                str(line.placement_id),
                ", ".join(loans),
                ", ".join(tokens),
                line.ended_on.isoformat(),
                line.due_on.isoformat(),
            ]
            for line, loans, tokens in lines_of(made)
        ],
    }
