"""A debt's calls in the days up to an attempt, as 12 CFR 1006.14(b) counts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from carrears.clock import zone as zone_of
from carrears.conduct.facts import Consent, ContactEvent, Debt
from carrears.conduct.once import once
from carrears.conduct.rules.base import Law
from carrears.conduct.situation import Situation

CALLS = frozenset({"call", "voicemail"})
_AGREED = frozenset({"consent", "agreement"})
_DAY = timedelta(days=1)


class Terms(NamedTuple):
    """What the rules that look at a week look at in it; as a rule the same for all of them."""

    span: timedelta  # as far back as any of these days reaches
    consent_days: int
    unconnected: frozenset[str]


@dataclass(eq=False)
class Week:
    """One debt in the days up to the attempt's, by the wall clock of one zone."""

    situation: Situation
    terms: Terms
    zone: str
    debt: str
    local: datetime
    first: date
    extra: tuple[Consent, ...]  # by which the person may have asked for calls

    def day_of(self, event: ContactEvent) -> date:
        """The calendar day of an event by this clock."""
        return self.situation.local_day(event, self.zone)

    @once
    def placed(self) -> list[ContactEvent]:
        """The calls placed about the debt that connected and were not asked for, in order."""
        first = self.first
        counted = self.situation.remember(
            ("placed", self.zone, self.debt, self.terms), self._count_placed
        )
        return [event for event, day in counted if first <= day]

    def _count_placed(self) -> list[tuple[ContactEvent, date]]:
        """The same in any week of the question, each with its day."""
        found = [
            (event, self.day_of(event))
            for event in _calls_placed(self.situation, self.terms.span)
            if event.result not in self.terms.unconnected
            and self.debt in _debts_of(event.debts, self.situation)
            and not self.is_asked_for(event.moment)
        ]
        found.sort(key=lambda each: each[0].moment)
        return found

    @once
    def talks(self) -> list[ContactEvent]:
        """The conversations about the debt in these days."""
        first = self.first
        found = self.situation.remember(
            ("talks", self.zone, self.debt, self.terms.span), self._find_talks
        )
        return [event for event, day in found if first <= day]

    def _find_talks(self) -> list[tuple[ContactEvent, date]]:
        since = self.situation.events_since(self.terms.span)
        return [(event, self.day_of(event)) for event in self.conversations(since)]

    @once
    def is_asked_for_now(self) -> bool:
        """Whether the person has asked the collector himself for this call."""
        return self.is_asked_for(self.situation.moment)

    def conversations(self, history: Iterable[ContactEvent]) -> Iterator[ContactEvent]:
        """The telephone conversations about the debt, whoever called."""
        for event in _conversations(self.situation, history):
            talked = event.discussed_debts or event.debts
            if self.debt in _debts_of(talked, self.situation):
                yield event

    def is_asked_for(self, moment: datetime) -> bool:
        """Whether the person had asked the collector himself for calls at that moment."""
        return bool(self.extra) and any(self._covers(each, moment) for each in self.extra)

    def _covers(self, consent: Consent, moment: datetime) -> bool:
        given, local = consent.given_at, moment.astimezone(zone_of(self.zone))
        if given is None or self.debt not in _debts_of(consent.debts, self.situation):
            return False
        if not _has_come(given, local) or _has_come(consent.revoked_at, local):
            return False
        if (local.date() - _day(given)).days >= self.terms.consent_days:
            return False
        if _has_gone(consent.valid_until, local):
            return False
        return not any(
            event.moment < moment and self._is_after(event, given)
            for event in self.conversations(self.situation.facts.history)
        )

    def _is_after(self, event: ContactEvent, given: datetime | date) -> bool:
        local = event.moment.astimezone(zone_of(self.zone))
        if isinstance(given, datetime):
            return local.replace(tzinfo=given.tzinfo) > given
        return local.date() > given


def weeks_of(situation: Situation, law: Law) -> Sequence[Week]:
    """The weeks of each debt by each plausible clock, the same for all rules that ask now."""
    span = timedelta(days=law.number("days"))
    terms = Terms(span, law.number("consent_days"), law.names("unconnected"))
    return situation.remember_now(("weeks", terms), lambda: [*_make_weeks(situation, terms)])


def _make_weeks(situation: Situation, terms: Terms) -> Iterator[Week]:
    debts = sorted(_debts_of(situation.attempt.debts, situation))
    extra = situation.remember("extra calls", lambda: tuple(_extra_call_consents(situation)))
    for zone, local in zip(situation.zones, situation.locals, strict=True):
        first = local.date() - terms.span + _DAY
        for debt in debts:
            yield Week(situation, terms, zone, debt, local, first, extra)


def _debts_of(names: tuple[str, ...], situation: Situation) -> frozenset[str]:
    """The particular debts meant; no names mean all of the attempt's.

    Student loans serviced under one account number when obtained are one debt.
    """
    known = situation.debts_by_id
    wanted = names or situation.attempt.debts
    return situation.remember(
        ("particular debts", wanted),
        lambda: frozenset(_particular(known[name]) if name in known else name for name in wanted),
    )


def _particular(debt: Debt) -> str:
    if debt.kind == "student_loan" and debt.account is not None:
        return f"account {debt.account}"
    return debt.id


def _calls_placed(situation: Situation, span: timedelta) -> Iterator[ContactEvent]:
    attempt = situation.attempt
    for event in situation.events_since(span):
        if (
            event.direction == "out"
            and event.channel in CALLS
            and event.party == attempt.party
            and event.collector in {None, attempt.collector}
        ):
            yield event


def _conversations(situation: Situation, history: Iterable[ContactEvent]) -> Iterator[ContactEvent]:
    """Calls in which the person was talked to, or of which nobody wrote down the result."""
    attempt = situation.attempt
    for event in history:
        if event.channel != "call" or event.party != attempt.party:
            continue
        if event.collector not in {None, attempt.collector}:
            continue
        if is_talk(event) or (event.result is None and event.effective is None):
            yield event


def is_talk(event: ContactEvent) -> bool:
    """Whether it is told that the person was talked to."""
    return event.result == "conversation" or (event.result is None and event.effective is True)


def _extra_call_consents(situation: Situation) -> Iterator[Consent]:
    attempt = situation.attempt
    for consent in situation.facts.consents:
        if (
            consent.scope == "extra_calls"
            and consent.kind in _AGREED
            and consent.granted is not False
            and consent.by == attempt.party
            and consent.to == attempt.collector
            and (not consent.channels or "call" in consent.channels)
        ):
            yield consent


def _has_come(stamp: datetime | date | None, local: datetime) -> bool:
    if stamp is None:
        return False
    if isinstance(stamp, datetime):
        return stamp <= (local if stamp.tzinfo else local.replace(tzinfo=None))
    return stamp <= local.date()


def _has_gone(last: datetime | date | None, local: datetime) -> bool:
    if last is None:
        return False
    if isinstance(last, datetime):
        return (local if last.tzinfo else local.replace(tzinfo=None)) > last
    return local.date() > last


def _day(stamp: datetime | date) -> date:
    return stamp.date() if isinstance(stamp, datetime) else stamp
