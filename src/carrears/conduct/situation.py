"""One attempt among its facts, with the look-ups that every rule needs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from carrears.clock import zone as zone_of
from carrears.conduct.facts import (
    Attempt,
    Consent,
    ContactEvent,
    ContactPoint,
    Debt,
    Facts,
    Organisation,
    Party,
)
from carrears.conduct.once import once

_T = TypeVar("_T")
_Named = TypeVar("_Named", Party, Organisation, Debt, ContactPoint)
_TWO_DAYS = timedelta(days=2)
# More than any wall clock of the world is ahead of or behind UTC.
_CLOCKS = timedelta(days=1)
# What most counters look at: a week and some more.
_LATELY = timedelta(days=9)
# What another moment of the same question finds anew.
_OF_NOW = ("_shown", "_events_today")
_PHONES = frozenset({"mobile", "home_landline", "work_landline", "landline_unknown"})
_EMAILS = frozenset({"personal_email", "work_email"})
_PLACES = frozenset({"home_address", "work_address"})
_KINDS_OF_CHANNEL = {
    "call": _PHONES,
    "voicemail": _PHONES,
    "sms": _PHONES,
    "email": _EMAILS,
    "im": frozenset({"im_account", "mobile"}),
    "portal": frozenset({"portal_account"}),
    "social_private": frozenset({"social_account"}),
    "letter": _PLACES,
    "postcard": _PLACES,
    "visit": _PLACES,
    "visit_card": _PLACES,
}


class FactsError(ValueError):
    """The attempt names someone or something that the facts do not tell; ``field`` says where."""

    def __init__(self, kind: str, name: str, *, field: str) -> None:
        super().__init__(f"the attempt names the {kind} {name!r}, which the facts do not tell")
        self.field = field


class Situation:
    """An attempt at ``moment`` (aware) and all that is known before it.

    ``zones`` are those of the contacted party, or every plausible one when unknown.
    ``looked_at_clock`` turns true when anything is read that another moment would change,
    ``looked_at_days`` when anything is that only another calendar day would.
    """

    def __init__(
        self, facts: Facts, attempt: Attempt, moment: datetime, zones: tuple[str, ...]
    ) -> None:
        self.facts = facts
        self.attempt = attempt
        self.zones = zones
        self.looked_at_clock = self.looked_at_days = False
        # Of all moments of this question.
        self._remembered: dict[Hashable, Any] = {}
        self._local_days: dict[tuple[int, str], date] = {}
        self.set_clock(moment)

    def set_clock(self, moment: datetime) -> None:
        """Look at ``moment`` (aware) from now on; for this class and its kind alone."""
        self._moment = moment
        self._locals = locals_ = tuple([moment.astimezone(zone_of(name)) for name in self.zones])
        self._days = tuple([local.date() for local in locals_])
        self._near: dict[timedelta, tuple[ContactEvent, ...]] = {}

    @property
    def moment(self) -> datetime:
        """When the attempt is to be made."""
        self.looked_at_clock = True
        return self._moment

    def check_names(self) -> None:
        """See that the facts tell of everyone and everything the attempt names.

        Raises:
            FactsError: they do not.
        """
        _ = self.party, self.debts, self.collector, self.points

    def at(self, later: datetime) -> Situation:
        """The same attempt ``later`` (UTC, not before ``moment``), if nothing else happened."""
        # What is known of late is so from this one on, whichever moment is asked first.
        _ = self._lately
        situation = Situation.__new__(Situation)
        known = situation.__dict__
        known.update(self.__dict__)
        for name in _OF_NOW:
            known.pop(name, None)
        situation.set_clock(later)
        return situation

    def remember(self, key: Hashable, work_out: Callable[[], _T]) -> _T:
        """What ``work_out`` gives, worked out once for all moments of this question."""
        known = self._remembered
        if key not in known:
            known[key] = work_out()
        found: _T = known[key]
        return found

    @property
    def locals(self) -> tuple[datetime, ...]:
        """The moment by the wall clock of each plausible zone."""
        self.looked_at_clock = True
        return self._locals

    @property
    def shown(self) -> str:
        """The moment by the wall clock of each plausible zone, for people."""
        self.looked_at_clock = True
        return self._shown

    @once
    def _shown(self) -> str:
        return " / ".join(
            [
                f"{local.isoformat(' ', 'minutes')[:16]} {zone}"
                for local, zone in zip(self._locals, self.zones, strict=True)
            ]
        )

    @property
    def days(self) -> tuple[date, ...]:
        """The calendar day of each plausible zone."""
        self.looked_at_days = True
        return self._days

    @property
    def local_date(self) -> date:
        """The party's calendar day; the later one where plausible zones differ."""
        return max(self.days)

    @once
    def debts_by_id(self) -> Mapping[str, Debt]:
        """All debts that the facts tell of."""
        return {debt.id: debt for debt in self.facts.debts}

    @once
    def debts(self) -> tuple[Debt, ...]:
        """The debts the attempt is about."""
        known = self.facts.debts
        return tuple([_get(known, name, "debt", "attempt.debts") for name in self.attempt.debts])

    @once
    def debtors(self) -> frozenset[str]:
        """Who owes the attempt's debts, as far as it is known."""
        return frozenset([debt.debtor for debt in self.debts if debt.debtor is not None])

    @once
    def creditors(self) -> frozenset[str]:
        """To whom they are owed, as far as it is known."""
        return frozenset([debt.creditor for debt in self.debts if debt.creditor is not None])

    @once
    def party(self) -> Party | None:
        """The person contacted or affected."""
        name = self.attempt.party
        return None if name is None else _get(self.facts.parties, name, "party", "attempt.party")

    @once
    def debtor(self) -> Party | None:
        """The debtor of the first debt, as far as the facts tell of him."""
        wanted = self.debts[0].debtor if self.debts else None
        return next((party for party in self.facts.parties if party.id == wanted), None)

    @once
    def collector(self) -> Organisation | None:
        """Who acts."""
        name, known = self.attempt.collector, self.facts.organisations
        return None if name is None else _get(known, name, "organisation", "attempt.collector")

    @once
    def codes(self) -> frozenset[str]:
        """The sector codes that bind the collector or a creditor of the debts."""
        names = self.creditors | {self.attempt.collector}
        told = [each.codes for each in self.facts.organisations if each.id in names]
        return frozenset().union(*told)

    @once
    def principals(self) -> frozenset[str]:
        """The collector, the creditors and everyone the collector acts for."""
        found = {self.attempt.collector} | self.creditors
        links = {
            (link.delegate, link.principal)
            for link in self.facts.delegations
            if link.delegate is not None
        }
        for _ in links:
            found |= {principal for delegate, principal in links if delegate in found}
        return frozenset(name for name in found if name is not None)

    @property
    def is_contact(self) -> bool:
        """Whether somebody is written to, called or visited."""
        return self.attempt.act == "contact"

    @once
    def is_obligor(self) -> bool:
        """Whether the party itself owes all these debts."""
        party = self.party
        if party is None:
            return False
        owes = {debt.debtor for debt in self.debts} == {party.id}
        return owes or party.role == "co_debtor"

    @once
    def points(self) -> tuple[ContactPoint, ...]:
        """The contact points the attempt may mean: the one it names, else the party's own."""
        wanted, channel = self.attempt.contact_point, self.attempt.channel
        if wanted is not None:
            known = self.facts.contact_points
            return (_get(known, wanted, "contact point", "attempt.contact_point"),)
        kinds = _KINDS_OF_CHANNEL.get(channel or "", frozenset())
        return tuple(
            point
            for point in self.facts.contact_points
            if point.owner == self.attempt.party and point.kind in kinds
        )

    def events_near(self, span: timedelta) -> tuple[ContactEvent, ...]:
        """The events within ``span`` of the attempt, and perhaps a day's more.

        By the wall clocks they were written down by, which costs little where a year of events
        is known and few matter; who counts them still has to look at each one's moment.
        """
        self.looked_at_clock = True
        return self._find_near(span)

    def _find_near(self, span: timedelta) -> tuple[ContactEvent, ...]:
        near = self._near.get(span)
        if near is None:
            naive = self._moment.replace(tzinfo=None)  # in UTC
            first, last = naive - span - _CLOCKS, naive + span + _CLOCKS
            known = self._lately if span <= _LATELY else self.facts.history
            near = tuple([event for event in known if first <= event.at <= last])
            self._near[span] = near
        return near

    @once
    def _lately(self) -> tuple[ContactEvent, ...]:
        first = self._moment.replace(tzinfo=None) - _LATELY - _CLOCKS
        return tuple([event for event in self.facts.history if first <= event.at])

    def events_since(self, span: timedelta) -> tuple[ContactEvent, ...]:
        """The events from ``span`` before the question's first moment on, and perhaps earlier.

        The same for every moment of the question, so what is found in them may be remembered.
        """
        return self._lately if span <= _LATELY else self.facts.history

    def local_day(self, event: ContactEvent, zone: str) -> date:
        """The calendar day of an event in ``zone``."""
        if event.zone == zone:
            return event.at.date()
        key = id(event), zone  # the object's own: names of events may stand twice
        known = self._local_days.get(key)
        if known is None:
            known = self._local_days[key] = event.moment.astimezone(zone_of(zone)).date()
        return known

    @once
    def _events_today(self) -> Mapping[str, tuple[ContactEvent, ...]]:
        """By zone, the outgoing events on the attempt's calendar day there."""
        near = [event for event in self._find_near(_TWO_DAYS) if event.direction == "out"]
        return {
            name: tuple([each for each in near if self.local_day(each, name) == day])
            for name, day in zip(self.zones, self._days, strict=True)
        }

    def events_on_day(self, zone: str) -> tuple[ContactEvent, ...]:
        """The outgoing events on the attempt's calendar day in ``zone``, one of ``zones``."""
        self.looked_at_days = True
        return self._events_today[zone]

    def shares_creditor(self, event: ContactEvent) -> bool:
        """Whether ``event`` was on a debt of the same creditors; where one is unknown it counts."""
        owed_to = {debt.id: debt.creditor for debt in self.facts.debts}
        told = {owed_to.get(name) for name in event.debts} - {None}
        return not told or not self.creditors or not self.creditors.isdisjoint(told)


def is_past(stamp: datetime | date | None, situation: Situation) -> bool:
    """Whether ``stamp`` lies at or before the attempt in every plausible zone.

    A bare date has begun on its own day; an absent one is taken as long past.
    """
    if stamp is None:
        return True
    if isinstance(stamp, datetime):
        return all(stamp <= _clock(local, stamp) for local in situation.locals)
    return stamp <= min(situation.days)


def is_possibly_past(stamp: datetime | date | None, situation: Situation) -> bool:
    """Whether ``stamp`` is told and lies at or before the attempt in some plausible zone."""
    if stamp is None:
        return False
    if isinstance(stamp, datetime):
        return any(stamp <= _clock(local, stamp) for local in situation.locals)
    return stamp <= max(situation.days)


def may_have_begun(stamp: datetime | date | None, situation: Situation) -> bool:
    """Whether what stops a contact counts: told without a time, or begun in some zone."""
    return stamp is None or is_possibly_past(stamp, situation)


def is_over(stamp: datetime | date | None, situation: Situation) -> bool:
    """Whether the last day or moment ``stamp`` has gone by in some plausible zone."""
    if stamp is None:
        return False
    if isinstance(stamp, datetime):
        return any(_clock(local, stamp) > stamp for local in situation.locals)
    return max(situation.days) > stamp


def _clock(local: datetime, like: datetime) -> datetime:
    return local if like.tzinfo else local.replace(tzinfo=None)


def find_consents(situation: Situation, *scopes: str) -> list[Consent]:
    """The consents on record for ``scopes`` that cover this attempt and still stand."""
    return [
        consent
        for consent in situation.facts.consents
        if consent.scope in scopes and consent.granted is not False and _covers(consent, situation)
    ]


def _covers(consent: Consent, situation: Situation) -> bool:
    attempt = situation.attempt
    ends = {consent.by, consent.to}
    return (
        (consent.to is None or not situation.principals.isdisjoint(ends - {None}))
        and (not consent.debts or set(attempt.debts) <= set(consent.debts))
        and (not consent.channels or attempt.channel in consent.channels)
        and is_past(consent.given_at, situation)
        and not is_over(consent.valid_until, situation)
        and not is_possibly_past(consent.revoked_at, situation)
    )


def given_by(consent: Consent, names: frozenset[str]) -> bool:
    """Whether one of ``names`` gave the consent; an agreement binds both its ends."""
    if consent.kind == "agreement":
        return not names.isdisjoint({consent.by, consent.to})
    return consent.by in names


def label(kind: str, items: tuple[_T, ...], item: _T) -> str:
    """How a finding names a fact that has no id of its own: ``consents[0]``."""
    return f"{kind}[{next(place for place, each in enumerate(items) if each is item)}]"


def _get(known: Sequence[_Named], name: str, kind: str, field: str) -> _Named:
    """The last one of that name, as a table by names would have it."""
    for each in reversed(known):
        if each.id == name:
            return each
    raise FactsError(kind, name, field=field)
