"""What each figure of the dashboard is, in words: one text for screen, files, mail and book."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from carrears.analytics.definitions import Words
from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("key_definitions.yaml")


class KeyDefinition(BaseModel):
    """A figure: what it is called, its formula, what stands above and below, over which days.

    ``below`` is left out of a figure that is a number and no share.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Words
    formula: Words
    above: Words
    below: Words | None = None
    days: Words


@cache
def load_key_definitions() -> Mapping[str, KeyDefinition]:
    """The definition of every figure by its key, in the order in which they are told."""
    text = _SHIPPED.read_text(encoding="utf-8")
    return TypeAdapter(dict[str, KeyDefinition]).validate_python(load_yaml(text))
