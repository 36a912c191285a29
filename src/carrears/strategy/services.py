"""Which strategy decides, and what it was when it did."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from carrears.resources import shipped
from carrears.strategy.compile import Compiled, compile_graph
from carrears.strategy.facts import Fact
from carrears.strategy.files import load_strategy
from carrears.strategy.jdm import Document, parse_document
from carrears.strategy.models import StrategyVersion

_NAME = "treatment"


def published_strategy() -> StrategyVersion:
    """The treatment strategy in force, kept word for word the first time it is seen.

    It is ``CARREARS_HOME/strategies/treatment.jdm.json`` where a lender has one of his own,
    else the shipped one.

    Raises:
        DocumentError, FactsError, RefusedError: the file cannot decide a whole book.
    """
    own = Path(settings.CARREARS_HOME) / "strategies"
    folder = own if (own / f"{_NAME}.jdm.json").is_file() else shipped("strategies")
    file = load_strategy(folder / f"{_NAME}.jdm.json")
    _ = file.compiled  # a strategy that cannot be compiled is refused before it is kept
    facts = {name: fact.model_dump(mode="json") for name, fact in sorted(file.facts.items())}
    # The same table over other facts is another strategy.
    whole = hashlib.sha256(f"{file.version}\n{json.dumps(facts)}".encode()).hexdigest()
    version, _ = StrategyVersion.objects.get_or_create(
        version=whole, defaults={"name": _NAME, "document": file.source, "facts": facts}
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
