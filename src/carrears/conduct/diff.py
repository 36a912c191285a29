"""What a change of law would change: stored contacts, judged under two folders of rule packs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from carrears.conduct.faults import CaseError, naming_faults
from carrears.conduct.pack import Pack
from carrears.conduct.packs import Packs
from carrears.conduct.stored import Kept, Question
from carrears.conduct.verdict import Verdict
from carrears.conduct.vocabulary import GateAction, Outcome
from carrears.conduct.word_lists import Wording, load_wording

_K = TypeVar("_K", bound=tuple[Any, ...])
_Said = tuple[Outcome, GateAction, datetime | None]


class Kind(NamedTuple):
    """From what to what the gate's action changes; the same twice where only grounds do."""

    before: GateAction
    after: GateAction


class Cause(NamedTuple):
    """A rule of a jurisdiction that accounts for a kind of change."""

    jurisdiction: str
    rule: str
    kind: Kind


class Refusal(NamedTuple):
    """Why contacts could not be judged: under which packs (empty: neither), and by which field."""

    jurisdiction: str
    under: str
    field: str


@dataclass(slots=True)
class Counted:
    """How many contacts, and the ids of the first verdicts among them."""

    contacts: int = 0
    examples: list[int] = field(default_factory=list)
    reason: str = ""

    def add(self, verdict: int, *, shown: int) -> None:
        """Count one more contact."""
        self.contacts += 1
        if len(self.examples) < shown:
            self.examples.append(verdict)


@dataclass(frozen=True, slots=True)
class Change:
    """How one contact's verdict changes, and the rules that make it change."""

    kind: Kind
    rules: tuple[str, ...]


def find_change(before: Verdict, after: Verdict) -> Change | None:
    """What differs in two verdicts on one attempt; None where only words or versions do.

    The rules named are those whose own action changed; where none did, all that say something
    else or speak of another moment.
    """
    old, new = _said(before), _said(after)
    rules = [rule for rule in {**old, **new} if old.get(rule) != new.get(rule)]
    if not rules and _overall(before) == _overall(after):
        return None
    turned = [rule for rule in rules if _action(old.get(rule)) != _action(new.get(rule))]
    return Change(Kind(before.gate_action, after.gate_action), tuple(sorted(turned or rules)))


def _said(verdict: Verdict) -> dict[str, _Said]:
    return {
        each.rule_id: (each.outcome, each.gate_action, each.retry_at) for each in verdict.findings
    }


def _overall(verdict: Verdict) -> _Said:
    return verdict.expect, verdict.gate_action, verdict.next_allowed_at


def _action(said: _Said | None) -> GateAction:
    """A rule that is silent stands in nobody's way."""
    return said[1] if said else "allow"


@dataclass(slots=True)
class Diff:
    """What two folders of packs make of the same contacts; grows contact by contact."""

    shown: int = 3
    law_on: date | None = None
    contacts: int = 0
    changed: int = 0
    kinds: dict[Kind, Counted] = field(default_factory=dict)
    causes: dict[Cause, Counted] = field(default_factory=dict)
    refusals: dict[Refusal, Counted] = field(default_factory=dict)
    versions: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    words_differ: set[str] = field(default_factory=set)

    @property
    def refused(self) -> int:
        """How many contacts could not be judged under both."""
        return sum(each.contacts for each in self.refusals.values())

    @property
    def unchanged(self) -> int:
        """How many keep their verdict."""
        return self.contacts - self.changed - self.refused

    def add(self, kept: Kept, old: Packs, new: Packs) -> None:
        """Judge one contact under both; under one and the same version nothing can change.

        Raises:
            PackError: a pack cannot be used.
        """
        self.contacts += 1
        one, other = self.versions.get(kept.jurisdiction, (None, None))
        if one is not None and one == other:
            return
        verdicts = []
        under = ""
        try:
            question = Question.of(kept.asked)
            for side, packs in (("old", old), ("new", new)):
                under = side
                with naming_faults():
                    pack = packs.of(kept.jurisdiction)
                verdicts.append(question.answer(pack, law_on=self.law_on))
        except CaseError as error:
            self._refuse(kept, under, error)
            return
        change = find_change(*verdicts)
        if change is not None:
            self._count(kept, change)

    def _refuse(self, kept: Kept, under: str, error: CaseError) -> None:
        first = error.faults[0]
        # Of a list any member: there would be as many kinds of refusal as places in it.
        place = ".".join(step for step in first.field.split(".") if not step.isdecimal())
        key = Refusal(kept.jurisdiction, under, place)
        counted = self.refusals.setdefault(key, Counted(reason=first.reason))
        counted.add(kept.id, shown=self.shown)

    def _count(self, kept: Kept, change: Change) -> None:
        self.changed += 1
        self.kinds.setdefault(change.kind, Counted()).add(kept.id, shown=self.shown)
        for rule in change.rules:
            cause = Cause(kept.jurisdiction, rule, change.kind)
            self.causes.setdefault(cause, Counted()).add(kept.id, shown=self.shown)

    def name_packs(self, old: Packs, new: Packs) -> None:
        """Take down the versions under comparison, and whether their words differ.

        Raises:
            PackError: a pack cannot be used.
        """
        for name in sorted({*old.jurisdictions, *new.jurisdictions}):
            sides = [side.of(name) if name in side.jurisdictions else None for side in (old, new)]
            one, other = (side.version if side else None for side in sides)
            self.versions[name] = (one, other)
            lists = [_list_words(side) for side in sides if side]
            if any(entries != lists[0] for entries in lists):
                self.words_differ.add(name)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "packs": [
                {"jurisdiction": name, "old": old, "new": new}
                for name, (old, new) in self.versions.items()
            ],
            "law_on": self.law_on.isoformat() if self.law_on else None,
            "contacts": self.contacts,
            "unchanged": self.unchanged,
            "changed": self.changed,
            "not_judged": self.refused,
            "kinds": [
                {**kind._asdict(), "contacts": counted.contacts, "examples": counted.examples}
                for kind, counted in by_size(self.kinds)
            ],
            "rules": [
                {
                    "jurisdiction": cause.jurisdiction,
                    "rule": cause.rule,
                    **cause.kind._asdict(),
                    "contacts": counted.contacts,
                    "examples": counted.examples,
                }
                for cause, counted in by_size(self.causes)
            ],
            "refusals": [
                {
                    **refusal._asdict(),
                    "reason": counted.reason,
                    "contacts": counted.contacts,
                    "examples": counted.examples,
                }
                for refusal, counted in by_size(self.refusals)
            ],
            "words_differ": sorted(self.words_differ),
        }


def _list_words(pack: Pack) -> Wording | None:
    return load_wording(pack) if (pack.folder / "wording.yaml").is_file() else None


def by_size(counted: dict[_K, Counted]) -> list[tuple[_K, Counted]]:
    """The largest first, of the same size in their own order."""
    return sorted(counted.items(), key=lambda item: (-item[1].contacts, item[0]))


def compare(
    kept: Iterable[Kept], old: Packs, new: Packs, *, law_on: date | None = None, shown: int = 3
) -> Diff:
    """Judge every contact under the packs of both folders, one after the other.

    Each is judged by the law of its own day, or of ``law_on``, which shows what a value that
    takes effect later will change.

    Raises:
        PackError: a pack cannot be used.
    """
    diff = Diff(shown=shown, law_on=law_on)
    diff.name_packs(old, new)
    for each in kept:
        diff.add(each, old, new)
    return diff
