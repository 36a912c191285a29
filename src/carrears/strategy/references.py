"""What people call a graph by: the version in force, a version, a draft, or a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from carrears.strategy.facts import Fact, declared_facts
from carrears.strategy.files import load_strategy
from carrears.strategy.jdm import Document, parse_document
from carrears.strategy.models import Draft
from carrears.strategy.services import find_version, strategy_in_force

IN_FORCE = "in-force"
_DRAFT = "draft:"


@dataclass(frozen=True, slots=True)
class Found:
    """A graph with its declared facts, and its full name."""

    title: str
    raw: Mapping[str, Any]
    facts: Mapping[str, Fact]

    @property
    def document(self) -> Document:
        """The graph.

        Raises:
            DocumentError: a draft that is no graph yet.
        """
        return parse_document(self.raw)


def find_graph(name: str, called: str, *, on: date) -> Found:
    """The graph of ``name`` that is called ``called``.

    ``in-force`` is what decides the day ``on``, ``draft:12`` a draft; what ends in ``.json`` is
    a file, anything else the beginning of a version's hash.

    Raises:
        UnknownVersionError: no such version.
        Draft.DoesNotExist: no such draft of this name.
        StrategyError, OSError: the file cannot be read.
    """
    if called.startswith(_DRAFT):
        number = called.removeprefix(_DRAFT)
        if not (number.isascii() and number.isdigit()):
            raise Draft.DoesNotExist(f"{called!r} is no draft: draft:12 would be")
        draft = Draft.objects.filter(pk=int(number), name=name).first()
        if draft is None:
            raise Draft.DoesNotExist(f"{name} has no draft {number}")
        return Found(f"draft {number} {draft.title}", draft.document, declared_facts(draft.facts))
    if called.endswith(".json"):
        file = load_strategy(Path(called))
        return Found(called, file.source, file.facts)
    version = (
        strategy_in_force(name, on=on) if called == IN_FORCE else find_version(called, name=name)
    )
    return Found(f"version {version.version}", version.document, declared_facts(version.facts))
