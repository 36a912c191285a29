"""What each figure is, in words: one text for the screen and for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from carrears.analytics.figures import Figure
from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("definitions.yaml")


class Words(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Definition(BaseModel):
    """A figure: of what it has a row, what it counts, over which loans, by which clock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Words
    rows: Words
    counts: Words
    cohort: Words
    clock: Words


@cache
def load_definitions() -> Mapping[Figure, Definition]:
    """The definition of every figure, in the order in which they are told.

    Raises:
        KeyError: the shipped file leaves a figure out.
    """
    text = _SHIPPED.read_text(encoding="utf-8")
    told = TypeAdapter(dict[Figure, Definition]).validate_python(load_yaml(text))
    if missing := set(Figure) - set(told):
        raise KeyError(f"definitions.yaml tells nothing of {', '.join(sorted(missing))}")
    return told
