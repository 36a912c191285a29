"""Strategies as files: the decision graph, its declared facts, and which version it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carrears.resources import shipped
from carrears.strategy.compile import Compiled, compile_graph
from carrears.strategy.errors import DocumentError, FactsError, Place
from carrears.strategy.facts import Fact, fact_entry, facts_of_schema, load_facts
from carrears.strategy.jdm import Document, content_hash, load_document
from carrears.strategy.reasons import say
from carrears.yamls import load_yaml

_SUFFIX = ".jdm.json"
GRAVE = 4  # the debt is handed on, the car is taken, a court is gone to


@dataclass(frozen=True)
class StrategyFile:
    """A strategy as it lies on disk. ``version`` is the SHA-256 of its canonical JSON."""

    name: str
    document: Document
    facts: dict[str, Fact]
    version: str

    @property
    def declared(self) -> dict[str, Any]:
        """The facts as they are kept with a version."""
        return {name: fact.model_dump(mode="json") for name, fact in sorted(self.facts.items())}

    @property
    def source(self) -> dict[str, Any]:
        """The document's JSON, to be stored with what it decided."""
        return self.document.source

    @cached_property
    def compiled(self) -> Compiled:
        """The strategy compiled for the batch.

        Raises:
            RefusedError: a part of it cannot be compiled exactly.
        """
        return compile_graph(self.document, self.facts)


class Treatment(BaseModel):
    """What a strategy may decide, for people to read.

    ``force`` is how hard it presses, from 0 (nobody is pressed) to GRAVE; None where not told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    zh: str
    en: str
    note_zh: str = ""
    note_en: str = ""
    force: int | None = Field(default=None, ge=0, le=GRAVE)


def load_strategy(path: Path) -> StrategyFile:
    """Read ``<name>.jdm.json`` and the facts declared beside it in ``<name>.facts.yaml``.

    Without that file the input node's JSON Schema declares the facts.

    Raises:
        DocumentError: not a decision graph, or its facts are not understood.
        FactsError: no facts are declared.
        OSError: a file cannot be read.
    """
    document = load_document(path)
    name = path.name.removesuffix(_SUFFIX)
    beside = path.with_name(f"{name}.facts.yaml")
    facts = load_facts(beside) if beside.is_file() else facts_of_schema(document)
    if not facts:
        raise FactsError(
            say(
                "{file} declares no facts: add {beside} or an input schema",
                file=path.name,
                beside=beside.name,
            )
        )
    return StrategyFile(name, document, facts, content_hash(document))


def shipped_strategy(name: str = "treatment") -> StrategyFile:
    """A strategy shipped with Carrears."""
    return load_strategy(shipped("strategies") / f"{name}{_SUFFIX}")


def load_treatments(path: Path | None = None) -> dict[str, Treatment]:
    """The treatment catalogue by code; the shipped one unless a path is given.

    Raises:
        DocumentError: an entry is not understood; the message names it.
    """
    return _catalogue("treatments", path, default=None)


def load_steps(path: Path | None = None) -> dict[str, Treatment]:
    """What people have to do next, by code, from the same file; it may name none.

    Raises:
        DocumentError: an entry is not understood; the message names it.
    """
    return _catalogue("steps", path, default={})


def load_offers(path: Path | None = None) -> dict[str, Treatment]:
    """What a message may offer, by code, from the same file; it may name none.

    Raises:
        DocumentError: an entry is not understood; the message names it.
    """
    return _catalogue("offers", path, default={})


def _catalogue(
    part: str, path: Path | None, *, default: dict[str, Any] | None
) -> dict[str, Treatment]:
    where = path or shipped("strategies") / "treatments.yaml"
    raw = load_yaml(where.read_text(encoding="utf-8"))
    entries = raw.get(part, default) if isinstance(raw, dict) else None
    if not isinstance(entries, dict):
        raise DocumentError(
            Place(), say("{file} has no mapping {part!r}", file=where.name, part=part)
        )
    try:
        return {code: Treatment(code=code, **entry) for code, entry in entries.items()}
    except (ValidationError, TypeError) as error:
        raise DocumentError(
            Place(), say("{file}: {error}", file=where.name, error=error)
        ) from error


def write_strategy(
    folder: Path, name: str, document: Mapping[str, Any], facts: Mapping[str, Fact]
) -> tuple[Path, Path]:
    """Write ``<name>.jdm.json`` and ``<name>.facts.yaml``, which ``load_strategy`` reads back.

    Raises:
        FactsError: a fact of a kind that such a file cannot declare; nothing is written then.
        OSError: the folder cannot be written to.
    """
    declared = {fact: fact_entry(fact, facts[fact]) for fact in sorted(facts)}
    folder.mkdir(parents=True, exist_ok=True)
    graph, beside = folder / f"{name}{_SUFFIX}", folder / f"{name}.facts.yaml"
    words = json.dumps(document, ensure_ascii=False, indent=2)
    graph.write_text(words + "\n", encoding="utf-8")
    text = yaml.safe_dump({"facts": declared}, allow_unicode=True, sort_keys=False, width=100)
    beside.write_text(text, encoding="utf-8")
    return graph, beside
