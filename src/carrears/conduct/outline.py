"""What many questions have in common, so that a rule that asks no more answers them once.

Of the thirty rules of a pack some twenty look at the act, the medium, what is said and who is
spoken to, and at nothing else: at a debtor's name, his debts' numbers, his history or the clock
they never look. Which these are nobody declares. A rule is put a ``Sketch``, a situation of
which only the outline is known; if it answers, it has read nothing else, and its answer holds
for every question of that outline. If it reads more, ``UnknownError`` is raised and the rule is
asked each time.
"""

from __future__ import annotations

from collections.abc import Hashable
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, NoReturn

from carrears.conduct.facts import (
    Attempt,
    Fact,
    Facts,
    HousePolicy,
    Organisation,
    Party,
)
from carrears.conduct.situation import Situation


class UnknownError(LookupError):
    """A rule asked for something that the outline of a question does not tell."""


def _but(model: type[Fact], *names: str) -> tuple[str, ...]:
    return tuple(name for name in model.model_fields if name not in names)


# What is told of each fact: all but people's names, days and sums, which differ nearly always.
_ATTEMPT = _but(
    Attempt, "at", "zone", "debts", "party", "contact_point", "reply_to", "stated_amount",
    "recipient", "words",
)  # fmt: skip
_PARTY = _but(Party, "id", "deceased_on", "unreachable_since", "time_zones", "city", "guarantee")
_DEBT = (
    "creditor", "kind", "in_default", "secured_by", "right_to_possess", "funds_use",
    "court_action_taken", "flags",
)  # fmt: skip
_POINT = ("kind", "source", "reserved", "personal_number")
_ORGANISATION = _but(Organisation, "time_zone")
# What is told only where it is missing.
_RARE = ("party", "contact_point", "reply_to", "stated_amount", "recipient")
_LISTS = _but(
    Facts, "parties", "organisations", "debts", "state", "house_policy", "assume_in_force"
)
_NO_POLICY = HousePolicy()

_attempt_of, _party_of, _debt_of, _point_of, _organisation_of, _rare_of = (
    itemgetter(*names) for names in (_ATTEMPT, _PARTY, _DEBT, _POINT, _ORGANISATION, _RARE)
)
_lists_of = attrgetter(*_LISTS)


class Outline(NamedTuple):
    """What is told of a question, to be the key of what its rules answer."""

    attempt: tuple[Hashable, ...]
    rare: tuple[bool, ...]
    party: tuple[Hashable, ...] | None
    is_obligor: bool
    is_debtor: bool
    debts: tuple[tuple[Hashable, ...], ...]
    points: tuple[tuple[Hashable, ...], ...]
    collector: tuple[Hashable, ...] | None
    codes: frozenset[str]
    told: tuple[bool, ...]
    state: str | None
    has_policy: bool


def outline_of(situation: Situation) -> Outline:
    """The outline of a question whose names have been checked."""
    facts, party, collector = situation.facts, situation.party, situation.collector
    told, policy = situation.attempt.__dict__, facts.house_policy
    return Outline(
        _attempt_of(told),
        tuple([name is not None for name in _rare_of(told)]),
        None if party is None else _party_of(party.__dict__),
        situation.is_obligor,
        party is not None and situation.debtor is party,
        tuple([_debt_of(debt.__dict__) for debt in situation.debts]),
        tuple([_point_of(point.__dict__) for point in situation.points]),
        None if collector is None else _organisation_of(collector.__dict__),
        situation.codes,
        tuple([bool(each) for each in _lists_of(facts)]),
        facts.state,
        policy.contact_hours is not None or policy.max_calls_per_day is not None,
    )


class _Told:
    """A fact of which some fields are told; to ask for another is an error."""

    def __init__(self, names: tuple[str, ...], values: tuple[Any, ...]) -> None:
        self.__dict__.update(zip(names, values, strict=True))

    def __getattr__(self, name: str) -> NoReturn:
        raise UnknownError(name)

    def __eq__(self, other: object) -> NoReturn:
        raise UnknownError("whether two facts are the same")

    def __hash__(self) -> NoReturn:
        raise UnknownError("one fact among others")


class Sketch(Situation):
    """A situation of which only an outline is known."""

    def __init__(self, outline: Outline) -> None:
        self.looked_at_clock = False
        party = None if outline.party is None else _Told(_PARTY, outline.party)
        known: dict[str, Any] = {
            "facts": _facts(outline),
            "attempt": _attempt(outline),
            "party": party,
            "is_obligor": outline.is_obligor,
            "debts": tuple([_Told(_DEBT, each) for each in outline.debts]),
            "points": tuple([_Told(_POINT, each) for each in outline.points]),
            "codes": outline.codes,
            "collector": None
            if outline.collector is None
            else _Told(_ORGANISATION, outline.collector),
        }
        if outline.is_debtor:
            known["debtor"] = party
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> NoReturn:
        raise UnknownError(name)


def _attempt(outline: Outline) -> _Told:
    missing = [name for name, told in zip(_RARE, outline.rare, strict=True) if not told]
    return _Told((*_ATTEMPT, *missing), (*outline.attempt, *(None for _ in missing)))


def _facts(outline: Outline) -> _Told:
    empty = [name for name, told in zip(_LISTS, outline.told, strict=True) if not told]
    known: dict[str, Any] = {**dict.fromkeys(empty, ()), "state": outline.state}
    if not outline.has_policy:
        known["house_policy"] = _NO_POLICY
    return _Told(tuple(known), tuple(known.values()))
