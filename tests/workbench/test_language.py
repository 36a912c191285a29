"""Which side of a text in two languages somebody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils.translation import override

from carrears.workbench.queries.language import side_of_note

PACKS = Path(__file__).resolve().parents[2] / "rulepacks"
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("未见条文；取内部口径。A house figure.", "未见条文；取内部口径。", "A house figure."),
        (
            "A house figure (DISP 1.6.2 R). 内部口径。",
            "内部口径。",
            "A house figure (DISP 1.6.2 R).",
        ),
        ("Its text was not seen. 2023 年法未见。", "2023 年法未见。", "Its text was not seen."),
        ("只见 DISP 1.6.2 R", "只见 DISP 1.6.2 R", "只见 DISP 1.6.2 R"),
        ("From memory. Not verified.", "From memory. Not verified.", "From memory. Not verified."),
        ("", "", ""),
    ],
)
def test_a_note_is_read_in_one_language(text: str, zh: str, en: str) -> None:
    with override("zh-hans"):
        assert side_of_note(text) == zh
    with override("en"):
        assert side_of_note(text) == en


def test_no_note_of_a_pack_is_shown_in_two() -> None:
    with override("en"):
        told = [side_of_note(note) for note in notes()]
    mixed = [one for one in told if CHINESE.search(one) and re.search(r"(?:[a-z]{3,} ){4}", one)]
    assert mixed == []
    assert len(told) > len(mixed)


def notes() -> Iterator[str]:
    for file in sorted(PACKS.rglob("*.yaml")):
        yield from notes_in(yaml.safe_load(file.read_text(encoding="utf-8")))


def notes_in(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (one for name, one in part.items() if name == "note" and isinstance(one, str))
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from notes_in(one)
