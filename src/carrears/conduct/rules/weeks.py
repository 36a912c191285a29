"""A debt's calls in the days up to an attempt, as 12 CFR 1006.14(b) counts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter

from carrears.clock import zone as zone_of
from carrears.conduct.facts import Consent, ContactEvent, Debt
from carrears.conduct.once import once
from carrears.conduct.rules.base import Law
from carrears.conduct.situation import Situation

CALLS = frozenset({"call", "voicemail"})
_AGREED = frozenset({"consent", "agreement"})
_DAY = timedelta(days=1)


@dataclass(frozen=True, eq=False, slots=True)
class Terms:
    """What the rules that look at a week look at in it; one object for all that look alike."""

    span: timedelta  # as far back as any of these days reaches
    consent_days: int
    unconnected: frozenset[str]


@lru_cache(maxsize=1024)
def terms_of(law: Law) -> Terms:
    """What a rule looks at on the day of ``law``."""
    return _terms(law.number("days"), law.number("consent_days"), law.names("unconnected"))


@lru_cache(maxsize=1024)
def _terms(days: int, consent_days: int, unconnected: frozenset[str]) -> Terms:
    return Terms(timedelta(days=days), consent_days, unconnected)


@dataclass(eq=False)
class Week:
    """One debt in the days up to the attempt's, by the calendar of one zone.

    The same at every moment of the question that lies on that day.
    """

    question: Situation  # at any of its moments
    terms: Terms
    zone: str
    debt: str
    today: date
    extra: tuple[Consent, ...]  # by which the person may have asked for calls

    def day_of(self, event: ContactEvent) -> date:
        """The calendar day of an event by this clock."""
        return self.question.local_day(event, self.zone)

    @once
    def _first(self) -> date:
        return self.today - self.terms.span + _DAY

    @once
    def placed(self) -> list[ContactEvent]:
        """The calls placed about the debt that connected and were not asked for, in order."""
        whose = self.zone if self.extra else None  # who asked for none did so by every clock
        key = "placed", whose, self.debt, self.terms
        return self._within(self.question.remember(key, self._count_placed))

    def _within(self, events: list[ContactEvent]) -> list[ContactEvent]:
        """Those in these days."""
        if not events:
            return events
        first, day_of, zone = self._first, self.question.local_day, self.zone
        return [event for event in events if first <= day_of(event, zone)]

    def _count_placed(self) -> list[ContactEvent]:
        """The same in any week of the question."""
        unconnected, question, debt = self.terms.unconnected, self.question, self.debt
        found = [
            event
            for event in _calls_placed(question, self.terms.span)
            if event.result not in unconnected and debt in _debts_of(event.debts, question)
        ]
        if self.extra:
            found = [event for event in found if not self.is_asked_for(event.moment)]
        if len(found) > 1:
            found.sort(key=attrgetter("moment"))
        return found

    @once
    def talks(self) -> list[ContactEvent]:
        """The conversations about the debt in these days."""
        key = "talks", self.debt, self.terms
        return self._within(self.question.remember(key, self._find_talks))

    def _find_talks(self) -> list[ContactEvent]:
        return [*self.conversations(self.question.events_since(self.terms.span))]

    def is_asked_for_now(self, situation: Situation) -> bool:
        """Whether the person has asked the collector himself for this call."""
        return bool(self.extra) and self.is_asked_for(situation.moment)

    def conversations(self, history: Iterable[ContactEvent]) -> Iterator[ContactEvent]:
        """The telephone conversations about the debt, whoever called."""
        for event in _conversations(self.question, history):
            if _is_about(event.discussed_debts or event.debts, self.debt, self.question):
                yield event

    def is_asked_for(self, moment: datetime) -> bool:
        """Whether the person had asked the collector himself for calls at that moment."""
        return bool(self.extra) and any(self._covers(each, moment) for each in self.extra)

    def _covers(self, consent: Consent, moment: datetime) -> bool:
        given, local = consent.given_at, moment.astimezone(zone_of(self.zone))
        if given is None or not _is_about(consent.debts, self.debt, self.question):
            return False
        if not _has_come(given, local) or _has_come(consent.revoked_at, local):
            return False
        if (local.date() - _day(given)).days >= self.terms.consent_days:
            return False
        if _has_gone(consent.valid_until, local):
            return False
        return not any(
            event.moment < moment and self._is_after(event, given)
            for event in self.conversations(self.question.facts.history)
        )

    def _is_after(self, event: ContactEvent, given: datetime | date) -> bool:
        local = event.moment.astimezone(zone_of(self.zone))
        if isinstance(given, datetime):
            return local.replace(tzinfo=given.tzinfo) > given
        return local.date() > given


def weeks_of(situation: Situation, law: Law) -> Sequence[Week]:
    """The weeks of each debt by each plausible calendar, the same for all rules that ask."""
    terms, days = terms_of(law), situation.days
    return situation.remember((terms, days), lambda: _make_weeks(situation, terms, days))


def _make_weeks(situation: Situation, terms: Terms, days: tuple[date, ...]) -> Sequence[Week]:
    debts = sorted(_debts_of(situation.attempt.debts, situation))
    extra = situation.remember("extra calls", lambda: tuple(_extra_call_consents(situation)))
    return [
        Week(situation, terms, zone, debt, today, extra)
        for zone, today in zip(situation.zones, days, strict=True)
        for debt in debts
    ]


def _is_about(names: tuple[str, ...], debt: str, situation: Situation) -> bool:
    """Whether ``debt`` is among the particular debts meant."""
    return debt in _debts_of(names, situation)


def _debts_of(names: tuple[str, ...], situation: Situation) -> frozenset[str]:
    """The particular debts meant; no names mean all of the attempt's.

    Student loans serviced under one account number when obtained are one debt.
    """
    wanted = names or situation.attempt.debts
    return situation.remember(("particular debts", wanted), lambda: _find_debts(wanted, situation))


def _find_debts(names: tuple[str, ...], situation: Situation) -> frozenset[str]:
    known = situation.debts_by_id
    return frozenset([_particular(known[name]) if name in known else name for name in names])


def _particular(debt: Debt) -> str:
    if debt.kind == "student_loan" and debt.account is not None:
        return f"account {debt.account}"
    return debt.id


def _calls_placed(situation: Situation, span: timedelta) -> Iterator[ContactEvent]:
    attempt = situation.attempt
    party, collectors = attempt.party, (None, attempt.collector)
    for event in situation.events_since(span):
        if (
            event.channel in CALLS
            and event.direction == "out"
            and event.party == party
            and event.collector in collectors
        ):
            yield event


def _conversations(situation: Situation, history: Iterable[ContactEvent]) -> Iterator[ContactEvent]:
    """Calls in which the person was talked to, or of which nobody wrote down the result."""
    attempt = situation.attempt
    party, collectors = attempt.party, (None, attempt.collector)
    for event in history:
        if event.channel != "call" or event.party != party:
            continue
        if event.collector not in collectors:
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
