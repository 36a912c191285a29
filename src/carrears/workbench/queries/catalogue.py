"""What a strategy's codes are called: its treatments and the steps that people take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.utils.translation import gettext

from carrears.strategy.files import Treatment, load_steps, load_treatments
from carrears.workbench.queries.language import chosen

Part = Literal["treatment", "step"]
_LOAD = {"treatment": load_treatments, "step": load_steps}


@dataclass(frozen=True, slots=True)
class Titled:
    """A code's name in the reader's language, and what is to be known about it."""

    title: str
    note: str = ""


def titled(code: str, part: Part) -> Titled:
    """What a code is called; the code itself where no catalogue knows it."""
    known = _catalogue(part).get(code)
    if known is None:
        return Titled(code)
    return Titled(chosen(known.zh, known.en), chosen(known.note_zh, known.note_en))


def treatment_title(code: str) -> str:
    """A treatment's name in the reader's language."""
    return titled(code, "treatment").title if code else gettext("Not decided yet")


def all_titled(part: Part) -> list[tuple[str, str]]:
    """All codes that are known, each with its name, in the order of the catalogue."""
    return [(code, chosen(one.zh, one.en)) for code, one in _catalogue(part).items()]


def _catalogue(part: Part) -> Mapping[str, Treatment]:
    """The lender's own names over the shipped ones."""
    own = Path(settings.CARREARS_HOME) / "strategies" / "treatments.yaml"
    return _read(part, own, own.stat().st_mtime_ns) if own.is_file() else _shipped(part)


@lru_cache(maxsize=4)
def _read(part: Part, path: Path, _stamp: int) -> Mapping[str, Treatment]:
    return _shipped(part) | _LOAD[part](path)


@cache
def _shipped(part: Part) -> dict[str, Treatment]:
    return _LOAD[part]()
