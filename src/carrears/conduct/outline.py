"""What many questions have in common, so that a rule that asks no more answers them once.

Of the thirty rules of a pack some twenty look at the act, the medium, what is said and who is
spoken to, and at nothing else: at his debts' sums, his history or the clock they never look. Which
these are nobody declares. A rule is put a ``Sketch``, a situation of which only the outline is
known; if it answers, it has read nothing else, and its answer holds for every question of that
outline. If it reads more, ``UnknownError`` is raised and the rule is asked each time. What people,
debts and contact points are called a rule may write into its answer, but not look at.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, NoReturn

from carrears.conduct.facts import (
    Attempt,
    Consent,
    Disclosures,
    Fact,
    Facts,
    HousePolicy,
    Organisation,
    Party,
)
from carrears.conduct.situation import Situation

# No id holds it: they are letters, digits and a few marks.
_MARK = "\0"


class UnknownError(LookupError):
    """A rule asked for something that the outline of a question does not tell."""


class _Name(str):
    """What a question calls somebody or something: to be written down, not to be compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        raise UnknownError("a name")

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> NoReturn:
        raise UnknownError("a name among others")

    def __lt__(self, other: str) -> NoReturn:
        raise UnknownError("the order of names")

    __le__ = __gt__ = __ge__ = __lt__


# Where a name belongs in a fact that a finding names: the text before it, and whose it is.
Naming = tuple[tuple[str, int | None], ...]


def naming_of(used: Sequence[str]) -> Naming | None:
    """How names are put into ``used``; None where they stand in a way that is not foreseen."""
    parts: list[tuple[str, int | None]] = []
    for text in used:
        before, mark, name = text.partition(_MARK)
        if mark and not name.isdecimal():
            return None
        parts.append((before, int(name) if mark else None))
    named = [before for before, name in parts if name is not None]
    return tuple(parts) if len(set(named)) == len(named) else None


def put_names(naming: Naming, names: Sequence[str]) -> tuple[str, ...]:
    """The facts that a finding names, by the names of one question."""
    return tuple([text if name is None else text + names[name] for text, name in naming])


def has_names(texts: Sequence[object]) -> bool:
    """Whether a name stands in one of the texts."""
    return any(_MARK in str.__str__(text) for text in texts if isinstance(text, str))


def names_of(situation: Situation) -> list[str]:
    """The names of a question, in the order of its outline."""
    party = situation.party
    names = ["" if party is None else party.id]
    names += [debt.id for debt in situation.debts]
    names += [point.id for point in situation.points]
    return names


def _but(model: type[Fact], *names: str) -> tuple[str, ...]:
    return tuple(name for name in model.model_fields if name not in names)


# What is told of each fact: all but people's names, days and sums, which differ nearly always.
_ATTEMPT = _but(
    Attempt, "at", "zone", "debts", "party", "contact_point", "reply_to", "stated_amount",
    "recipient", "words", "disclosures",
)  # fmt: skip
_DISCLOSURES = _but(Disclosures)
_PARTY = _but(Party, "id", "deceased_on", "unreachable_since", "time_zones", "city", "guarantee")
_DEBT = (
    "creditor", "kind", "in_default", "secured_by", "right_to_possess", "funds_use",
    "court_action_taken", "flags",
)  # fmt: skip
_POINT = ("kind", "source", "reserved", "personal_number")
_ORGANISATION = _but(Organisation, "time_zone")
_CONSENT = ("kind", "scope", "granted", "separate", "one_off", "channels")
# What is told only where it is missing.
_RARE = ("party", "contact_point", "reply_to", "stated_amount", "recipient")
_RARE_IN_CONSENTS = (
    "to", "debts", "windows", "max_per_day", "given_at", "valid_until", "revoked_at",
)  # fmt: skip
_LISTS = _but(
    Facts, "parties", "organisations", "debts", "state", "house_policy", "assume_in_force",
    "consents",
)  # fmt: skip
_NO_POLICY = HousePolicy()

_attempt_of, _disclosures_of, _party_of, _debt_of, _point_of, _organisation_of = (
    itemgetter(*names) for names in (_ATTEMPT, _DISCLOSURES, _PARTY, _DEBT, _POINT, _ORGANISATION)
)
_consent_of, _rare_of, _rare_in_consents_of = (
    itemgetter(*names) for names in (_CONSENT, _RARE, _RARE_IN_CONSENTS)
)
_lists_of = attrgetter(*_LISTS)


class Outline(NamedTuple):
    """What is told of a question, to be the key of what its rules answer."""

    attempt: tuple[Hashable, ...]
    disclosures: tuple[Hashable, ...]
    rare: tuple[bool, ...]
    party: tuple[Hashable, ...] | None
    is_obligor: bool
    is_debtor: bool
    debts: tuple[tuple[Hashable, ...], ...]
    points: tuple[tuple[Hashable, ...], ...]
    collector: tuple[Hashable, ...] | None
    consents: tuple[tuple[Hashable, ...], ...]
    codes: frozenset[str]
    told: tuple[bool, ...]
    state: str | None
    has_policy: bool


def outline_of(situation: Situation) -> Outline:
    """The outline of a question whose names have been checked."""
    facts, party, collector = situation.facts, situation.party, situation.collector
    attempt, policy = situation.attempt, facts.house_policy
    told, name = attempt.__dict__, attempt.party
    return Outline(
        _attempt_of(told),
        _disclosures_of(attempt.disclosures.__dict__),
        tuple([value is not None for value in _rare_of(told)]),
        None if party is None else _party_of(party.__dict__),
        situation.is_obligor,
        party is not None and situation.debtor is party,
        tuple([_debt_of(debt.__dict__) for debt in situation.debts]),
        tuple([(point.owner == name, _point_of(point.__dict__)) for point in situation.points]),
        None if collector is None else _organisation_of(collector.__dict__),
        tuple([_outline_consent(each, name) for each in facts.consents]),
        situation.codes,
        tuple(map(bool, _lists_of(facts))),
        facts.state,
        policy.contact_hours is not None or policy.max_calls_per_day is not None,
    )


def _outline_consent(consent: Consent, party: str | None) -> tuple[Hashable, ...]:
    told = consent.__dict__
    return (
        _consent_of(told),
        consent.by == party,
        # A cap of 0 is one: no call at all.
        tuple([value is not None and value != () for value in _rare_in_consents_of(told)]),
    )


class _Told:
    """A fact of which some fields are told; to ask for another is an error."""

    def __init__(self, names: Sequence[str], values: Sequence[Any], **more: Any) -> None:
        self.__dict__.update(zip(names, values, strict=True))
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> NoReturn:
        raise UnknownError(name)

    def __eq__(self, other: object) -> NoReturn:
        raise UnknownError("whether two facts are the same")

    def __hash__(self) -> NoReturn:
        raise UnknownError("one fact among others")


class Sketch(Situation):
    """A situation of which only an outline is known, and perhaps the moment and the zones."""

    def __init__(
        self, told: Mapping[str, Any], moment: datetime | None = None, zones: tuple[str, ...] = ()
    ) -> None:
        self.__dict__.update(told)
        self.looked_at_clock = self.looked_at_days = False
        self._remembered = {}
        self._local_days = {}
        if moment is not None:
            self.zones = zones
            self.set_clock(moment)

    def __getattr__(self, name: str) -> NoReturn:
        raise UnknownError(name)


def tell(outline: Outline) -> Mapping[str, Any]:
    """What an outline tells, as the attributes of a sketch."""
    count = len(outline.debts)
    who = _Name(f"{_MARK}0")
    debts = [_Name(f"{_MARK}{1 + n}") for n in range(count)]
    points = [_Name(f"{_MARK}{1 + count + n}") for n in range(len(outline.points))]
    party = None if outline.party is None else _Told(_PARTY, outline.party, id=who)
    collector = outline.collector
    told: dict[str, Any] = {
        "facts": _facts(outline, who),
        "attempt": _attempt(outline, who, debts, points),
        "party": party,
        "is_obligor": outline.is_obligor,
        "debts": tuple(
            [_Told(_DEBT, each, id=n) for each, n in zip(outline.debts, debts, strict=True)]
        ),
        "points": tuple([_point(*each, who) for each in zip(outline.points, points, strict=True)]),
        "codes": outline.codes,
        "collector": None if collector is None else _Told(_ORGANISATION, collector),
    }
    if outline.is_debtor:
        told["debtor"] = party
    return told


def _attempt(
    outline: Outline, who: _Name, debts: Sequence[_Name], points: Sequence[_Name]
) -> _Told:
    told = dict(zip(_RARE, outline.rare, strict=True))
    known: dict[str, Any] = {name: None for name, is_told in told.items() if not is_told}
    if told["party"]:
        known["party"] = who
    if told["contact_point"]:
        known["contact_point"] = points[0]  # the one that the attempt may mean
    known |= {
        "debts": tuple(debts),
        "disclosures": _Told(_DISCLOSURES, outline.disclosures),
    }
    return _Told(_ATTEMPT, outline.attempt, **known)


def _point(told: tuple[Any, ...], name: _Name, who: _Name) -> _Told:
    is_own, values = told
    return _Told(_POINT, values, id=name, **({"owner": who} if is_own else {}))


def _facts(outline: Outline, who: _Name) -> _Told:
    empty = [name for name, told in zip(_LISTS, outline.told, strict=True) if not told]
    known: dict[str, Any] = {**dict.fromkeys(empty, ()), "state": outline.state}
    if not outline.has_policy:
        known["house_policy"] = _NO_POLICY
    known["consents"] = tuple([_consent(each, who) for each in outline.consents])
    return _Told((), (), **known)


def _consent(told: tuple[Any, ...], who: _Name) -> _Told:
    values, is_own, rare = told
    known: dict[str, Any] = {
        name: () if name in {"debts", "windows"} else None
        for name, is_told in zip(_RARE_IN_CONSENTS, rare, strict=True)
        if not is_told
    }
    if is_own:
        known["by"] = who
    return _Told(_CONSENT, values, **known)
