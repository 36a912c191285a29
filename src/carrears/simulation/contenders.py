"""The strategies that are set beside each other, as they stand when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext

from carrears.simulation.sights import Sight
from carrears.strategy.cadences import Cadences
from carrears.strategy.compile import Compiled, compile_graph
from carrears.strategy.facts import declared_facts
from carrears.strategy.jdm import parse_document
from carrears.strategy.kept_cadences import cadences_of_document
from carrears.strategy.models import Draft, StrategyVersion
from carrears.strategy.reasons import say
from carrears.strategy.services import (
    UnknownVersionError,
    compiled_strategy,
    find_version,
    published_strategy,
)

IN_FORCE = "in-force"
_NAME = "treatment"
Contender = dict[str, Any]


class ContenderError(LookupError):
    """Nothing is called so; the message says what can be named."""


def name_contender(said: str) -> Contender:
    """``in-force``, ``draft:NUMBER``, or the first eight or more digits of a version's hash.

    A draft is taken word for word as it stands, so that what is simulated can be told later.

    Raises:
        ContenderError: none of these.
        StrategyError: the draft cannot decide a whole book.
    """
    if said == IN_FORCE:
        return {"said": IN_FORCE, "label": IN_FORCE}
    if said.startswith("draft:"):
        number = said.removeprefix("draft:")
        draft = Draft.objects.filter(pk=int(number)).first() if number.isdecimal() else None
        if draft is None or draft.name != _NAME:
            raise ContenderError(
                say("there is no draft {number!r} of {name}", number=number, name=_NAME)
            )
        made = {
            "said": f"draft:{draft.pk}",
            "label": f"draft:{draft.pk} r{draft.revision} {draft.title}",
            "draft": draft.pk,
            "revision": draft.revision,
            "title": draft.title,
            "document": draft.document,
            "facts": draft.facts,
        }
        _ = _compile(made)  # refused now rather than in the background
        return made
    try:
        version = find_version(said, name=_NAME)
    except UnknownVersionError as error:
        raise ContenderError(
            say(
                "{error}; name {in_force}, draft:NUMBER, or a version's hash",
                error=error,
                in_force=IN_FORCE,
            )
        ) from error
    return {"said": version.version, "label": version.version[:12], "version": version.pk}


def contender_label(contender: Contender) -> str:
    """What a contender is called on screens and in reports, in the reader's language."""
    if contender["label"] == IN_FORCE:
        return gettext("In force")
    if "draft" in contender:
        return gettext("Draft %(draft)s revision %(revision)s: %(title)s") % contender
    return str(contender["label"])


class Deciding:
    """Which compiled strategy each contender is on a day; each is compiled once."""

    def __init__(self, contenders: Sequence[Contender]) -> None:
        self._contenders = contenders
        self._drafts = {n: _compile(c) for n, c in enumerate(contenders) if "document" in c}

    def on(self, sight: Sight) -> list[Compiled]:
        """The contenders' strategies of that day, in their order."""
        return [self._one(n, sight) for n in range(len(self._contenders))]

    def cadences_on(self, sight: Sight) -> list[Cadences]:
        """The cadences that each of them has its loans reminded by.

        Raises:
            CadenceError: what a draft carries, or a file, cannot be used.
        """
        return [cadences_of_document(self._document(n, sight)) for n in range(2)]

    def _document(self, number: int, sight: Sight) -> Mapping[str, Any]:
        contender = self._contenders[number]
        if "document" in contender:
            return dict(contender["document"])
        return dict(self._version(number, sight).document)

    def _one(self, number: int, sight: Sight) -> Compiled:
        if number in self._drafts:
            return self._drafts[number]
        return compiled_strategy(self._version(number, sight))

    def _version(self, number: int, sight: Sight) -> StrategyVersion:
        pk = self._contenders[number].get("version")
        if pk is not None:
            return StrategyVersion.objects.get(pk=pk)
        return _in_force(sight.strategy_id, sight.as_of)


def _in_force(decided_by: int | None, day: date) -> StrategyVersion:
    """What decided the day, else what would have."""
    if decided_by is not None:
        return StrategyVersion.objects.get(pk=decided_by)
    return published_strategy(day)


def _compile(contender: Contender) -> Compiled:
    return compile_graph(parse_document(contender["document"]), declared_facts(contender["facts"]))
