"""Which strategy decides, and what it was when it did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from carrears.clock import now
from carrears.resources import shipped
from carrears.strategy.compile import Compiled, compile_graph
from carrears.strategy.facts import Fact
from carrears.strategy.files import load_strategy
from carrears.strategy.jdm import Document, content_hash, parse_document
from carrears.strategy.models import Publication, StrategyVersion

_NAME = "treatment"


def published_strategy(on: date | None = None) -> StrategyVersion:
    """The treatment strategy that decides the day ``on`` (today where none is given).

    Raises:
        As ``strategy_in_force``.
    """
    return strategy_in_force(_NAME, on=on or now().date())


def strategy_in_force(name: str, *, on: date) -> StrategyVersion:
    """The version that decides the day ``on``: the last published by then, else the file's.

    Raises:
        DocumentError, FactsError, RefusedError: the file cannot decide a whole book.
    """
    publication = (
        Publication.objects.filter(name=name, effective_on__lte=on)
        .select_related("version")
        .order_by("-effective_on", "-pk")
        .first()
    )
    return publication.version if publication else strategy_in_file(name)


def strategy_in_file(name: str) -> StrategyVersion:
    """What the file says, kept word for word the first time it is seen.

    It is ``CARREARS_HOME/strategies/<name>.jdm.json`` where a lender has one of his own, else the
    shipped one. Once a version is published, the file decides no more.

    Raises:
        DocumentError, FactsError, RefusedError: the file cannot decide a whole book.
    """
    own = Path(settings.CARREARS_HOME) / "strategies"
    folder = own if (own / f"{name}.jdm.json").is_file() else shipped("strategies")
    file = load_strategy(folder / f"{name}.jdm.json")
    _ = file.compiled  # a strategy that cannot be compiled is refused before it is kept
    facts = {name: fact.model_dump(mode="json") for name, fact in sorted(file.facts.items())}
    return keep_version(name, file.source, facts)


def keep_version(
    name: str, document: Mapping[str, Any], facts: Mapping[str, Any]
) -> StrategyVersion:
    """The kept version of this graph over these facts; the same words are one version.

    Raises:
        DocumentError: not a decision graph.
    """
    graph = content_hash(parse_document(document))
    declared = {fact: facts[fact] for fact in sorted(facts)}
    # The same table over other facts is another strategy.
    whole = hashlib.sha256(f"{graph}\n{json.dumps(declared, sort_keys=True)}".encode()).hexdigest()
    version, _ = StrategyVersion.objects.get_or_create(
        version=whole,
        defaults={"name": name, "document": dict(document), "facts": declared},
    )
    return version


def compiled_strategy(version: StrategyVersion) -> Compiled:
    """A kept strategy, compiled for whole books."""
    return _compiled(version.pk)


def strategy_document(version: StrategyVersion) -> tuple[Document, dict[str, Fact]]:
    """A kept strategy's graph and declared facts."""
    facts = {name: Fact.model_validate(fact) for name, fact in version.facts.items()}
    return parse_document(version.document), facts


@lru_cache(maxsize=8)
def _compiled(pk: int) -> Compiled:
    return compile_graph(*strategy_document(StrategyVersion.objects.get(pk=pk)))
