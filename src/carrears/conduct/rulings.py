"""A rule's ruling as the gate takes it: what the house relaxed, whom it reaches, its words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from carrears.conduct.outline import Naming, names_of, put_names
from carrears.conduct.pack import Pack, Rule
from carrears.conduct.room import room_left
from carrears.conduct.rules.base import Ruling
from carrears.conduct.situation import Situation
from carrears.conduct.verdict import ACTIONS, GRAVITY, Finding
from carrears.conduct.vocabulary import GateAction, Outcome

_GATE_OF: dict[Outcome, GateAction] = {
    "allow": "allow",
    "presumed_compliance": "allow",
    "review": "review",
    "not_applicable": "review",
    "presumed_violation": "block",
    "block": "block",
}


class Ruled(NamedTuple):
    """One rule's ruling as the gate takes it: whom it reaches and what the house relaxed.

    ``told`` is the finding where it has been put into words already, ``naming`` where the
    question's names are to be put into it.
    """

    rule: Rule
    ruling: Ruling
    outcome: Outcome
    gate_action: GateAction
    reached: bool
    told: Finding | None = None
    naming: Naming | None = None


def weigh(rule: Rule, ruling: Ruling, situation: Situation, relaxed: frozenset[str]) -> Ruled:
    """What a ruling comes to: gentler where the house relaxed the rule or it does not reach."""
    outcome, gate, reached = ruling.outcome, ruling.gate, True
    if outcome == "allow" and gate is None:
        return Ruled(rule, ruling, "allow", "allow", True)
    if rule.strength == "should_not" and rule.id in relaxed and outcome == "block":
        outcome, gate = "review", "review"
    if rule.reaches and outcome != "allow" and situation.codes.isdisjoint(rule.reaches):
        outcome, gate, reached = "not_applicable", "review", False
    action = _GATE_OF[outcome]
    if gate is not None and ACTIONS.index(gate) > ACTIONS.index(action):
        action = gate
    return Ruled(rule, ruling, outcome, action, reached)


def stands_in_the_way(ruled: Ruled) -> bool:
    """Whether the attempt waits for this rule, whatever others say.

    A rule that yields to a state's own does not, where it does not apply.
    """
    return ruled.gate_action != "allow" and not (
        ruled.rule.yields_to_state and ruled.outcome == "not_applicable"
    )


_GRAVITY_OF = {word: place for place, word in enumerate(GRAVITY)}
_ACTION_OF = {word: place for place, word in enumerate(ACTIONS)}


class Found(NamedTuple):
    """What all rules say of one attempt at one moment.

    ``outcome`` and ``action`` are the gravest, as places in ``GRAVITY`` and ``ACTIONS``, -1 where
    no rule spoke; ``against`` are the rulings that do not let it go. ``findings`` stand in the
    order of the rules, None where none spoke or one of ``unworded`` (by its place) belongs.
    """

    outcome: int
    action: int
    against: tuple[Ruled, ...]
    findings: tuple[Finding | None, ...]
    unworded: tuple[tuple[int, Ruled], ...]

    @classmethod
    def of(cls, said: Sequence[Ruled | None]) -> Found:
        """Of what each rule said, in their order."""
        spoken = [(place, each) for place, each in enumerate(said) if each is not None]
        worded = {place: each.told for place, each in spoken if each.naming is None}
        return (
            cls(-1, -1, (), (), ())
            .with_more(spoken)
            ._replace(
                findings=tuple([worded.get(place) for place in range(len(said))]),
                unworded=tuple([each for each in spoken if worded.get(each[0]) is None]),
            )
        )

    def with_more(self, asked: Sequence[tuple[int, Ruled]]) -> Found:
        """With the rulings of rules that had not spoken, each with its place."""
        outcome, action, against = self.outcome, self.action, self.against
        for _, ruled in asked:
            outcome = max(outcome, _GRAVITY_OF[ruled.outcome])
            action = max(action, _ACTION_OF[ruled.gate_action])
            if ruled.gate_action != "allow":
                against = (*against, ruled)
        return Found(outcome, action, against, self.findings, (*self.unworded, *asked))


def tell_all(found: Found, situation: Situation, pack: Pack) -> tuple[Finding, ...]:
    """The rulings with their reasons in the order of the rules, by the names of this question."""
    names: list[str] | None = None
    told = [*found.findings]
    for place, ruled in found.unworded:
        if ruled.told is None:
            told[place] = tell(ruled, pack)
        elif ruled.naming is not None:
            names = names_of(situation) if names is None else names
            told[place] = _with_used(ruled.told, put_names(ruled.naming, names))
    return tuple([each for each in told if each is not None])


_USED = Finding._fields.index("used")


def _with_used(finding: Finding, used: tuple[str, ...]) -> Finding:
    """``_replace`` at half its cost: this is done some ten times for each verdict."""
    return Finding._make((*finding[:_USED], used, *finding[_USED + 1 :]))


def tell(ruled: Ruled, pack: Pack) -> Finding:
    """The ruling with its reason in both languages."""
    ruling = ruled.ruling
    if ruling.used and (ruling.values or ruling.retry_at is not None):
        return _finding(pack, ruled)  # names of one question only: nobody shares it
    # By their types too: 1 and True are alike, but not in words.
    values = tuple([(name, type(value), value) for name, value in ruling.values.items()])
    weighed = (ruled.outcome, ruled.gate_action, ruled.reached)
    said = (ruling.outcome, ruling.reason, ruling.gate, ruling.retry_at, ruling.used)
    room = ruling.spent, ruling.minutes_left
    try:
        return _shared(pack, ruled.rule.id, weighed, said, values, room)
    except TypeError:  # a value that is no key, such as a list
        return _finding(pack, ruled)


@lru_cache(maxsize=16_384)
def _shared(  # noqa: PLR0917  the key of the cache
    pack: Pack,
    rule_id: str,
    weighed: tuple[Outcome, GateAction, bool],
    said: tuple[Outcome, str, GateAction | None, datetime | None, tuple[str, ...]],
    values: tuple[tuple[str, type, object], ...],
    room: tuple[tuple[int, int] | None, int | None],
) -> Finding:
    """Nearly all findings: nothing in them is of one attempt only, so they are made once."""
    outcome, action, reached = weighed
    filled = {name: value for name, _, value in values}
    ruling = Ruling(*said, filled, *room)
    return _finding(pack, Ruled(pack.by_id[rule_id], ruling, outcome, action, reached))


def _finding(pack: Pack, ruled: Ruled) -> Finding:
    rule, ruling = ruled.rule, ruled.ruling
    words = rule.reasons[ruling.reason]
    zh, en = words.zh, words.en
    if not ruled.reached:
        zh, en = f"{pack.not_reached.zh}{zh}", f"{pack.not_reached.en} {en}"
    return Finding(
        rule_id=rule.id,
        title_zh=rule.title.zh,
        title_en=rule.title.en,
        strength=rule.strength,
        text_status=rule.text_status,
        outcome=ruled.outcome,
        gate_action=ruled.gate_action,
        reason=ruling.reason,
        explanation_zh=zh.format_map(ruling.values),
        explanation_en=en.format_map(ruling.values),
        citation=pack.citations[rule.id],
        url=pack.sources[rule.citations[0].source].url,
        used=ruling.used,
        retry_at=ruling.retry_at,
        room=room_left(ruling, minutes=pack.near_miss_minutes) if ruled.reached else None,
    )
