"""Which strategy decides, and what it was when it did."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from carrears.clock import now
from carrears.resources import shipped
from carrears.strategy.compile import Compiled, compile_graph
from carrears.strategy.errors import DocumentError, Place
from carrears.strategy.facts import Fact, declared_facts
from carrears.strategy.files import load_strategy
from carrears.strategy.jdm import Document, content_hash, parse_document
from carrears.strategy.models import Draft, Publication, StrategyVersion
from carrears.strategy.reasons import say

_NAME = "treatment"
_NAMES = re.compile("[a-z][a-z0-9_]{0,79}")  # of files too, so that none leads elsewhere
_HASH = re.compile("[0-9a-f]{8,64}")


class UnknownVersionError(LookupError):
    """No version, or more than one, is called so."""


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
    file = load_strategy(_file_of(name))
    # A strategy that cannot be compiled is refused before it is kept.
    _compiled(_words(file.source, file.declared))
    return keep_version(name, file.source, file.declared)


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


def strategy_names() -> list[str]:
    """Every strategy that was published, drafted or decided, or lies in a file."""
    kept = (Publication, Draft, StrategyVersion)
    names = {name for model in kept for name in model.objects.values_list("name", flat=True)}
    folders = (Path(settings.CARREARS_HOME) / "strategies", shipped("strategies"))
    files = {path.name.removesuffix(".jdm.json") for f in folders for path in f.glob("*.jdm.json")}
    return sorted(names | {name for name in files if _NAMES.fullmatch(name)})


def has_strategy(name: str) -> bool:
    """Whether a strategy of this name has ever been published, drafted or put into a file."""
    kept = (Publication, Draft, StrategyVersion)
    return _file_of(name).is_file() or any(
        model.objects.filter(name=name).exists() for model in kept
    )


def find_version(version: str, *, name: str) -> StrategyVersion:
    """The kept version whose hash begins so; eight hexadecimal digits are the fewest.

    Raises:
        UnknownVersionError: none, or several.
    """
    digits = version.strip().lower()
    if not _HASH.fullmatch(digits):
        raise UnknownVersionError(f"{version!r} is no version: 8 to 64 hexadecimal digits are")
    found = StrategyVersion.objects.filter(name=name, version__startswith=digits)[:2]
    if len(found) != 1:
        many = "several versions begin" if found else "no version begins"
        raise UnknownVersionError(f"{many} with {digits}")
    return found[0]


def compiled_strategy(version: StrategyVersion) -> Compiled:
    """A kept strategy, compiled for whole books."""
    return _compiled(_words(version.document, version.facts))


def strategy_document(version: StrategyVersion) -> tuple[Document, dict[str, Fact]]:
    """A kept strategy's graph and declared facts; it never changes, and so is read once."""
    document, declared = _parts_of(version.pk, version.version)
    return document, {**declared}


@lru_cache(maxsize=8)
def _parts_of(pk: int, _version: str) -> tuple[Document, dict[str, Fact]]:
    kept = StrategyVersion.objects.only("document", "facts").get(pk=pk)
    return parse_document(kept.document), declared_facts(kept.facts)


def _file_of(name: str) -> Path:
    if not _NAMES.fullmatch(name):
        raise DocumentError(
            Place(), say("{name!r} is no name of a strategy: a–z, 0–9 and _ make one", name=name)
        )
    own = Path(settings.CARREARS_HOME) / "strategies" / f"{name}.jdm.json"
    return own if own.is_file() else shipped("strategies") / own.name


def _words(document: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    return json.dumps([document, facts], ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=8)
def _compiled(words: str) -> Compiled:
    """Compiled once, whether a file or a row has the words: compiling takes a second."""
    document, facts = json.loads(words)
    return compile_graph(parse_document(document), declared_facts(facts))
