"""What rules say to all questions of one outline, or of one moment, so that they are asked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from carrears.conduct.outline import Outline, Sketch, UnknownError, has_names, naming_of, tell
from carrears.conduct.pack import Pack, Rule
from carrears.conduct.rules import LOGIC
from carrears.conduct.rules.base import Law
from carrears.conduct.rulings import Found, Ruled, stands_in_the_way, weigh
from carrears.conduct.rulings import tell as put_in_words

Open = tuple[int, Rule, Law]
# By night and by day: when rules are tried that may look at nothing more than the clock.
_HOURS = (3, 12)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is left to ask of the questions of one outline on one day.

    ``said`` are the rulings that hold for all of them in the order of the rules, with room for
    those that the rules ``left`` give, each with its place. ``clocked`` are those among them that
    by day or by night look at nothing more than the clock, ``in_the_way`` is the first that is
    said and that the attempt waits for; ``found`` sums up what is said.
    """

    pack: Pack
    relaxed: frozenset[str]
    told: Mapping[str, Any]
    said: tuple[Ruled | None, ...]
    left: tuple[Open, ...]
    clocked: tuple[Open, ...] = ()
    in_the_way: Ruled | None = field(init=False)
    found: Found = field(init=False)

    def __post_init__(self) -> None:
        spoken = [each for each in self.said if each is not None]
        barred = next((each for each in spoken if stands_in_the_way(each)), None)
        object.__setattr__(self, "in_the_way", barred)
        object.__setattr__(self, "found", Found.of(self.said))


@lru_cache(maxsize=4096)
def plan_of(  # noqa: PLR0917  the key of the cache
    pack: Pack,
    day: date,
    bound: bool,  # noqa: FBT001
    assumed: tuple[str, ...],
    relaxed: frozenset[str],
    outline: Outline,
) -> Plan:
    """What the rules of a day say to all questions of an outline; see ``asked_on`` for the rest."""
    asked = asked_on(pack, day, outline.state, bound, assumed)
    rules = tuple((place, rule, law) for place, (rule, law) in enumerate(asked))
    plan = Plan(pack, relaxed, tell(outline), (None,) * len(rules), rules)
    said, open_ = _sketch(plan, rules)
    left = tuple([each for each in rules if each[0] in open_])
    always, midnight = set(open_), datetime.combine(day, time(), UTC)
    for hour in _HOURS:
        always &= _sketch(plan, left, midnight + timedelta(hours=hour), ("UTC",))[1]
    clocked = tuple([each for each in left if each[0] not in always])
    return replace(plan, said=said, left=left, clocked=clocked)


@lru_cache(maxsize=8192)
def plan_at(plan: Plan, moment: datetime, zones: tuple[str, ...]) -> Plan:
    """The same at one moment: the next opening of the hours is that of many questions."""
    said, open_ = _sketch(plan, plan.clocked, moment, zones)
    clocked = {place for place, *_ in plan.clocked}
    left = tuple([each for each in plan.left if each[0] in open_ or each[0] not in clocked])
    return replace(plan, said=said, left=left, clocked=())


def _sketch(
    plan: Plan, asked: Iterable[Open], *clock: Any
) -> tuple[tuple[Ruled | None, ...], set[int]]:
    """What rules say to all questions of an outline; and the places of those that ask for more."""
    sketch = Sketch(plan.told, *clock)
    said, open_ = list(plan.said), set()
    for place, rule, law in asked:
        try:
            said[place] = _ask_all(rule, law, sketch, plan)
        except UnknownError:
            open_.add(place)
    return tuple(said), open_


def _ask_all(rule: Rule, law: Law, sketch: Sketch, plan: Plan) -> Ruled | None:
    """What a rule says to all questions of an outline.

    Raises:
        UnknownError: that depends on more.
    """
    ruling = LOGIC[rule.logic].judge(sketch, law)
    if ruling is None:
        return None
    ruled = weigh(rule, ruling, sketch, plan.relaxed)
    naming = naming_of(ruling.used)
    if naming is None or has_names([*ruling.values.values()]):
        raise UnknownError("a name")
    is_named = any(name is not None for _, name in naming)
    told = put_in_words(ruled, plan.pack)
    return ruled._replace(told=told, naming=naming if is_named else None)


@lru_cache(maxsize=1024)
def asked_on(
    pack: Pack,
    day: date,
    state: str | None,
    bound: bool,  # noqa: FBT001  a key of the cache
    assumed: tuple[str, ...],
) -> tuple[tuple[Rule, Law], ...]:
    """The rules to ask on a day: without drafts, rules of other states, and of other people."""
    return tuple(
        (rule, law)
        for rule, law in pack.laws_on(day)
        if (not rule.draft or rule.id in assumed)
        and (not rule.states or state in rule.states)
        and (bound or rule.binds == "everyone")
    )
