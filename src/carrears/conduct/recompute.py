"""Give stored verdicts again: under its own pack version each has to come out as it was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from carrears.conduct.faults import CaseError
from carrears.conduct.packs import Packs, UnknownJurisdictionError
from carrears.conduct.stored import Kept, Question
from carrears.conduct.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A stored verdict that does not come out again, and in what."""

    verdict: int
    pack: str
    differs: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"verdict": self.verdict, "pack": self.pack, "differs": list(self.differs)}


@dataclass(slots=True)
class Recomputed:
    """How stored verdicts came out again.

    ``other_packs`` counts, by pack and version, those that were given under a pack that is not
    at hand: nothing is known of them.
    """

    shown: int = 20
    verdicts: int = 0
    same: int = 0
    different: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    other_packs: Counter[str] = field(default_factory=Counter)

    def add(self, kept: Kept, packs: Packs) -> None:
        """Give one verdict again.

        Raises:
            PackError: its pack cannot be used.
        """
        self.verdicts += 1
        name = f"{kept.pack} {kept.pack_version}"
        try:
            pack = packs.of(kept.jurisdiction)
        except UnknownJurisdictionError:
            self.other_packs[name] += 1
            return
        if pack.version != kept.pack_version:
            self.other_packs[name] += 1
            return
        try:
            differs = find_differences(kept, Question.of(kept.asked).answer(pack))
        except CaseError as error:
            differs = tuple(map(str, error.faults))
        if not differs:
            self.same += 1
            return
        self.different += 1
        if len(self.mismatches) < self.shown:
            self.mismatches.append(Mismatch(kept.id, name, differs))

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "verdicts": self.verdicts,
            "same": self.same,
            "different": self.different,
            "other_packs": dict(sorted(self.other_packs.items())),
            "mismatches": [each.to_json() for each in self.mismatches],
        }


def find_differences(kept: Kept, again: Verdict) -> tuple[str, ...]:
    """In what a verdict given again differs: its own members, and the findings by rule."""
    told = {
        "gate_action": (kept.gate_action, again.gate_action),
        "expect": (kept.expect, again.expect),
        "next_allowed_at": (kept.next_allowed_at, again.next_allowed_at),
    }
    members = tuple(name for name, (before, after) in told.items() if before != after)
    # As it would be stored: tuples are lists there.
    now = {each["rule_id"]: each for each in json.loads(json.dumps(again.to_json()["findings"]))}
    then = {each["rule_id"]: each for each in kept.findings}
    return members + tuple(rule for rule in {**then, **now} if then.get(rule) != now.get(rule))


def recompute(kept: Iterable[Kept], packs: Packs, *, shown: int = 20) -> Recomputed:
    """Give every verdict again whose very pack version is among ``packs``.

    Raises:
        PackError: a pack cannot be used.
    """
    found = Recomputed(shown=shown)
    for each in kept:
        found.add(each, packs)
    return found
