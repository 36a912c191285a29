"""What a strategy's codes are called: its treatments and the steps that people take."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from carrears.strategy.catalogue import Part, catalogue
from carrears.workbench.queries.language import chosen


@dataclass(frozen=True, slots=True)
class Titled:
    """A code's name in the reader's language, and what is to be known about it."""

    title: str
    note: str = ""


def titled(code: str, part: Part) -> Titled:
    """What a code is called; the code itself where no catalogue knows it."""
    known = catalogue(part).get(code)
    if known is None:
        return Titled(code)
    return Titled(chosen(known.zh, known.en), chosen(known.note_zh, known.note_en))


def treatment_title(code: str) -> str:
    """A treatment's name in the reader's language."""
    return titled(code, "treatment").title if code else gettext("Not decided yet")


def all_titled(part: Part) -> list[tuple[str, str]]:
    """All codes that are known, each with its name, in the order of the catalogue."""
    return [(code, chosen(one.zh, one.en)) for code, one in catalogue(part).items()]
