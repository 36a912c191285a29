"""Give cases to collectors by rules: pure, the same answer for the same question.

A debtor is what is given, with all his loans: capacity counts people, so that a further loan of
somebody whom a collector works already asks for no room. Nothing gets lost: what is not given
comes back with the reason of every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heapreplace
from typing import Literal

from carrears.casework.allocation_rules import AllocationRules, Rule, When

# Why a rule gave a case to nobody, from the first thing asked to the last.
Lack = Literal[
    "does_not_fit", "no_collectors", "team", "skills", "language", "region", "away", "full"
]


@dataclass(frozen=True, slots=True)
class Collector:
    """Somebody who works cases. ``arrears`` is minor units; ``room`` the people he may work.

    Empty ``languages`` or ``regions`` are all of them; ``teams`` are the keys of his organisations
    and of those above them. Who is not ``here`` gets nobody new.
    """

    pk: int
    people: int
    arrears: int
    room: int
    here: bool = True
    teams: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that nobody works; ``debtor`` tells people apart. Amounts in minor units."""

    pk: int
    debtor: str
    priority: int = 0
    bucket: int = 0
    arrears: int = 0
    stage: str = ""
    band: str = ""
    product: str = ""
    treatment: str = ""
    currency: str = ""
    language: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """To whom a case goes and by which rule; without a rule it joins another of its debtor."""

    collector: int
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a rule gave a case to nobody."""

    rule: str
    lack: Lack


@dataclass(slots=True)
class Allocation:
    """What became of the cases, by their numbers."""

    given: dict[int, Given] = field(default_factory=dict)
    left: dict[int, tuple[Refusal, ...]] = field(default_factory=dict)


def allocate(
    waiting: Iterable[Waiting],
    collectors: Sequence[Collector],
    rules: AllocationRules,
    *,
    owners: Mapping[str, int] | None = None,
) -> Allocation:
    """Give the cases out, the most urgent debtors first.

    ``owners`` says who works an open case of a debtor already.
    """
    return _allocate(waiting, _Desks(collectors, _Staff(collectors)), rules, owners or {})


def _allocate(
    waiting: Iterable[Waiting], desks: _Desks, rules: AllocationRules, owners: Mapping[str, int]
) -> Allocation:
    done = Allocation()
    for debtor, cases in _by_debtor(waiting):
        owner = owners.get(debtor)
        found = Given(owner) if owner is not None else _find(cases, desks, rules)
        if isinstance(found, Given):
            done.given |= dict.fromkeys((case.pk for case in cases), found)
            arrears = sum(case.arrears for case in cases)
            desks.put(found.collector, people=int(owner is None), arrears=arrears)
        else:
            done.left |= dict.fromkeys((case.pk for case in cases), found)
    return done


def give_to_others(
    held: Mapping[int, Sequence[Waiting]],
    collectors: Mapping[int, Collector],
    rules: AllocationRules,
) -> tuple[dict[int, Given], dict[int, Collector]]:
    """Give what collectors hold to others than themselves, one collector's after another's.

    Returns to whom each case goes that goes to anybody, and the collectors as they are then.
    """
    given: dict[int, Given] = {}
    standing, staff = dict(collectors), _Staff(collectors.values())
    for owner in sorted(held):
        others = [one for pk, one in standing.items() if pk != owner]
        done = _allocate(held[owner], _Desks(others, staff, without=owner), rules, {})
        given |= done.given
        for pk, (people, arrears) in _moved(owner, held[owner], done).items():
            put_load(standing, pk, people=people, arrears=arrears)
    return given, standing


def _moved(owner: int, cases: Sequence[Waiting], done: Allocation) -> dict[int, tuple[int, int]]:
    """What each has more or less, in people and arrears, once one owner's debtors are given."""
    debtors: dict[str, tuple[int, int]] = {}
    for case in cases:
        if (given := done.given.get(case.pk)) is not None:
            _, arrears = debtors.get(case.debtor, (0, 0))
            debtors[case.debtor] = (given.collector, arrears + case.arrears)
    moved: dict[int, tuple[int, int]] = {}
    for to, arrears in debtors.values():
        for pk, sign in ((to, 1), (owner, -1)):
            people, sums = moved.get(pk, (0, 0))
            moved[pk] = (people + sign, sums + sign * arrears)
    return moved


def put_load(standing: dict[int, Collector], pk: int, *, people: int, arrears: int) -> None:
    """Note what a collector has more, or less; who has no desk any more is nobody's business."""
    if (one := standing.get(pk)) is not None:
        standing[pk] = replace(one, people=one.people + people, arrears=one.arrears + arrears)


def would_give(cases: Sequence[Waiting], collector: Collector, rules: AllocationRules) -> bool:
    """Whether a rule would give a debtor to that collector if only he were there with room."""
    case = max(cases, key=lambda one: (one.bucket, one.arrears, -one.pk))
    he = [replace(collector, here=True)]
    desks = _Desks(he, _Staff(he))
    for rule in rules.rules:
        if not fits(case, rule.when):
            continue
        if desks.of(rule, case).lack == "full":
            return True
        if rule.otherwise == "pool":
            break
    return False


def _by_debtor(waiting: Iterable[Waiting]) -> list[tuple[str, list[Waiting]]]:
    """The cases of each debtor, the deepest behind first; the most urgent debtor first."""
    groups: dict[str, list[Waiting]] = {}
    for case in waiting:
        groups.setdefault(case.debtor, []).append(case)
    for cases in groups.values():
        if len(cases) > 1:
            cases.sort(key=lambda case: (-case.bucket, -case.arrears, case.pk))
    return sorted(
        groups.items(),
        key=lambda one: (-max(c.priority for c in one[1]), min(c.pk for c in one[1])),
    )


def _find(
    cases: Sequence[Waiting], desks: _Desks, rules: AllocationRules
) -> Given | tuple[Refusal, ...]:
    case, refused = cases[0], []
    for rule in rules.rules:
        if not fits(case, rule.when):
            refused.append(Refusal(rule.name, "does_not_fit"))
            continue
        queue = desks.of(rule, case)
        if (collector := queue.next()) is not None:
            return Given(collector, rule.name)
        refused.append(Refusal(rule.name, queue.lack))
        if rule.otherwise == "pool":
            break
    return tuple(refused)


def fits(case: Waiting, when: When) -> bool:
    """Whether a rule is meant for a case."""
    return (
        (not when.stage or case.stage in when.stage)
        and (not when.band or case.band in when.band)
        and (not when.product or case.product in when.product)
        and (not when.treatment or case.treatment in when.treatment)
        and (not when.currency or case.currency in when.currency)
        and (not when.region or case.region in when.region)
        and (not when.language or speaks(when.language, case.language))
        and (when.bucket_from is None or case.bucket >= when.bucket_from)
        and (when.bucket_to is None or case.bucket <= when.bucket_to)
        and (when.arrears_from is None or case.arrears >= when.arrears_from)
    )


def speaks(spoken: frozenset[str], language: str) -> bool:
    """Whether one of the languages is the wanted one; ``zh`` is that of ``zh-CN`` too."""
    return language in spoken or language.partition("-")[0] in spoken


@dataclass(slots=True)
class _Load:
    """What a collector has by now."""

    people: int
    arrears: int


class _Staff:
    """Who may get which kind of case by a rule; what each has plays no part in it."""

    def __init__(self, collectors: Iterable[Collector]) -> None:
        self._all = sorted(collectors, key=lambda one: one.pk)
        self._known: dict[tuple[str, str, str], list[tuple[Lack, list[Collector]]]] = {}

    def steps(self, rule: Rule, language: str, region: str) -> list[tuple[Lack, list[Collector]]]:
        """Who is left after each thing that is asked, and what is lacking where nobody is."""
        key = (rule.name, language, region)
        if key not in self._known:
            self._known[key] = self._ask(rule, language, region)
        return self._known[key]

    def _ask(self, rule: Rule, language: str, region: str) -> list[tuple[Lack, list[Collector]]]:
        wanted = rule.to
        asked: tuple[tuple[Lack, Callable[[Collector], bool]], ...] = (
            ("no_collectors", lambda _: True),
            ("team", lambda one: not wanted.teams or bool(one.teams & wanted.teams)),
            ("skills", lambda one: wanted.skills <= one.skills),
            (
                "language",
                lambda one: not language or not one.languages or speaks(one.languages, language),
            ),
            ("region", lambda one: not region or not one.regions or region in one.regions),
            ("away", lambda one: one.here),
        )
        able, steps = self._all, []
        for lack, fits_him in asked:
            able = [one for one in able if fits_him(one)]
            steps.append((lack, able))
        return steps


class _Desks:
    """The collectors and what they have, in one queue for each kind of case.

    ``staff`` may hold one more, who gets nothing here: he is left out (``without``).
    """

    def __init__(
        self, collectors: Iterable[Collector], staff: _Staff, *, without: int | None = None
    ) -> None:
        self._staff, self._without = staff, without
        self._loads = {one.pk: _Load(one.people, one.arrears) for one in collectors}
        self._queues: dict[tuple[str, str, str], _Queue] = {}
        self._shared: dict[tuple[str, tuple[int, ...]], _Queue] = {}

    def of(self, rule: Rule, case: Waiting) -> _Queue:
        """Those who may get a case by a rule, in the order of their turns."""
        language = case.language if rule.speaks else ""
        region = case.region if rule.knows_region else ""
        key = (rule.name, language, region)
        if key not in self._queues:
            able, lack = self._able(rule, language, region)
            self._queues[key] = self._queue(able, lack, rule.even_by)
        return self._queues[key]

    def _queue(self, able: list[Collector], lack: Lack, even_by: str) -> _Queue:
        """One for the same people, so that a turn taken by one kind of case is known to another."""
        if not able:
            return _Queue([], lack, self._loads, even_by)
        same = (even_by, tuple(one.pk for one in able))
        if same not in self._shared:
            self._shared[same] = _Queue(able, lack, self._loads, even_by)
        return self._shared[same]

    def put(self, pk: int, *, people: int, arrears: int) -> None:
        """Note that a collector got somebody. Who has no desk any more is nobody's business."""
        if (load := self._loads.get(pk)) is not None:
            load.people += people
            load.arrears += arrears

    def _able(self, rule: Rule, language: str, region: str) -> tuple[list[Collector], Lack]:
        able: list[Collector] = []
        for lack, able in self._staff.steps(rule, language, region):
            if not able or (len(able) == 1 and able[0].pk == self._without):
                return [], lack
        return [one for one in able if one.pk != self._without], "full"


class _Queue:
    """Collectors by their turns. What they have only grows, so an old place is only too early."""

    def __init__(
        self, able: list[Collector], lack: Lack, loads: Mapping[int, _Load], even_by: str
    ) -> None:
        self.lack = lack
        self._rooms = {one.pk: one.room for one in able}
        self._loads = loads
        self._even_by = even_by
        self._heap = [(self._turn(one.pk), one.pk) for one in able]
        heapify(self._heap)

    def next(self) -> int | None:
        """Whose turn it is; None where nobody has room."""
        while self._heap:
            turn, pk = self._heap[0]
            if self._loads[pk].people >= self._rooms[pk]:
                heappop(self._heap)
            elif (now := self._turn(pk)) != turn:
                heapreplace(self._heap, (now, pk))
            else:
                return pk
        return None

    def _turn(self, pk: int) -> float:
        load = self._loads[pk]
        if self._even_by == "people":
            return load.people
        if self._even_by == "arrears":
            return load.arrears
        return load.people / self._rooms[pk] if self._rooms[pk] else 0.0
