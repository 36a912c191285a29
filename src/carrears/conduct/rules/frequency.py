"""Telephone calls in a rolling week, by collector, person and debt (12 CFR 1006.14(b))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from carrears.clock import zone as zone_of
from carrears.conduct.facts import Consent, ContactEvent, Debt
from carrears.conduct.once import once
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.consumers import is_attorney_here, speaks_for
from carrears.conduct.rules.pauses import name_notice, open_notices
from carrears.conduct.situation import Situation, may_have_begun
from carrears.conduct.windows import next_day

_CALLS = frozenset({"call", "voicemail"})
_ANSWERED = frozenset({"conversation", "answered_dropped", "answered_other_person"})
_AGREED = frozenset({"consent", "agreement"})
_DAY = timedelta(days=1)
_STOPS = ("cease", "refuse_to_pay", "dispute", "refuse_contact")


class _Terms(NamedTuple):
    """What the rules that look at a week look at in it; as a rule the same for all of them."""

    span: timedelta  # as far back as any of these days reaches
    consent_days: int
    unconnected: frozenset[str]


@dataclass(eq=False)
class _Week:
    """One debt in the days up to the attempt's, by the wall clock of one zone."""

    situation: Situation
    terms: _Terms
    zone: str
    debt: str
    local: datetime
    first: date
    extra: tuple[Consent, ...]  # by which the person may have asked for calls

    def day_of(self, event: ContactEvent) -> date:
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


@logic(
    "excluded",
    "below",
    "exceeded",
    "rebuttable",
    cap="count",
    days="count",
    consent_days="count",
    unconnected="names",
    rebutting="names",
)
def call_count(situation: Situation, law: Law) -> Ruling | None:
    """At most ``cap`` calls in ``days`` days to a person about a debt are presumed lawful.

    ``days`` end with the attempt's day. Calls that did not connect, calls to an attorney and
    calls that the person asked this collector for are left out.
    """
    if not _is_call(situation):
        return None
    if is_attorney_here(situation):
        return _lawful(situation, "excluded")
    worst: Ruling | None = None
    cap, most = law.number("cap"), 0
    asked = True
    for week in _weeks(situation, law):
        if week.is_asked_for_now:
            continue
        asked = False
        placed = week.placed
        spare = len(placed) - cap
        if spare < 0:
            most = max(most, len(placed))
            continue
        retry = _days_after(week, placed[spare], law)
        ruling = _unlawful(situation, law, "exceeded", retry, placed)
        if worst is None or retry > (worst.retry_at or retry):
            worst = ruling
    if worst is not None:
        return worst
    ruling = _lawful(situation, "excluded" if asked else "below", {"count": most, "cap": cap})
    return ruling if asked else ruling._replace(spent=(most, cap))


@logic(
    "excluded",
    "clear",
    "talked",
    "maybe_talked",
    "rebuttable",
    days="count",
    consent_days="count",
    unconnected="names",
    rebutting="names",
)
def after_conversation(situation: Situation, law: Law) -> Ruling | None:
    """No call about a debt within ``days`` days of talking about it; that day is day 1."""
    if not _is_call(situation):
        return None
    if is_attorney_here(situation):
        return _lawful(situation, "excluded")
    found: list[Ruling] = []
    asked = True
    for week in _weeks(situation, law):
        if week.is_asked_for_now:
            continue
        asked = False
        talks = week.talks
        sure = [event for event in talks if _is_talk(event)]
        if sure:
            last = max(sure, key=lambda event: event.moment)
            found.append(_unlawful(situation, law, "talked", _days_after(week, last, law), sure))
        elif talks:
            last = max(talks, key=lambda event: event.moment)
            retry = _days_after(week, last, law)
            found.append(Ruling("review", "maybe_talked", None, retry, _ids(talks), {}))
    if not found:
        return _lawful(situation, "excluded" if asked else "clear")
    return max(found, key=lambda each: (each.reason != "maybe_talked", str(each.retry_at)))


@logic(
    "spaced",
    "rapid",
    "many_today",
    "voicemails",
    "told_to_stop",
    days="count",
    consent_days="count",
    unconnected="names",
    gap="minutes",
    per_day="count",
    voicemails_per_day="count",
    voicemails="count",
)
def call_pattern(situation: Situation, law: Law) -> Ruling | None:
    """What may rebut the presumption that calls within the limits are lawful: a person decides."""
    if not situation.is_contact or situation.party is None or is_attorney_here(situation):
        return None
    stop = _judge_stop(situation)
    if stop is not None or not _is_call(situation):
        return stop
    for week in _weeks(situation, law):
        if week.is_asked_for_now:
            continue
        if found := _judge_pattern(week, law):
            return found
    return Ruling("allow", "spaced")


def _judge_pattern(week: _Week, law: Law) -> Ruling | None:
    placed = week.placed
    if not placed and law.number("per_day") > 1:
        return None
    tomorrow = next_day(week.local, week.zone)
    gap = timedelta(minutes=law.number("gap"))
    if rapid := _rapid(week.situation, placed, gap):
        retry = max(event.moment for event in rapid) + gap + timedelta(seconds=1)
        return Ruling("review", "rapid", None, retry, _ids(rapid), {"gap": law.number("gap")})
    today = [event for event in placed if week.day_of(event) == week.local.date()]
    if len(today) + 1 >= law.number("per_day"):
        values = {"count": len(today)}
        return Ruling("review", "many_today", None, tomorrow, _ids(today), values)
    left = [event for event in placed if _is_voicemail(event)]
    left_today = [event for event in left if event in today]
    many = len(left_today) >= law.number("voicemails_per_day")
    if many or len(left) >= law.number("voicemails"):
        values = {"count": len(left)}
        return Ruling("review", "voicemails", None, tomorrow, _ids(left), values)
    return None


def _judge_stop(situation: Situation) -> Ruling | None:
    """A word by mouth that the person wants no calls, will not pay or does not owe it."""
    for notice in open_notices(situation, *_STOPS):
        if notice.form != "oral" and notice.kind != "refuse_contact":
            continue
        if notice.kind == "dispute" and notice.ground != "not_mine":
            continue
        if not speaks_for(notice.by, situation):
            continue
        if not may_have_begun(notice.received_at, situation):
            continue
        return Ruling("review", "told_to_stop", used=(name_notice(notice, situation),))
    return None


def _is_call(situation: Situation) -> bool:
    attempt = situation.attempt
    return situation.is_contact and attempt.channel in _CALLS and attempt.party is not None


def _weeks(situation: Situation, law: Law) -> Sequence[_Week]:
    span = timedelta(days=law.number("days"))
    terms = _Terms(span, law.number("consent_days"), law.names("unconnected"))
    return situation.remember_now(("weeks", terms), lambda: [*_make_weeks(situation, terms)])


def _make_weeks(situation: Situation, terms: _Terms) -> Iterator[_Week]:
    debts = sorted(_debts_of(situation.attempt.debts, situation))
    extra = situation.remember("extra calls", lambda: tuple(_extra_call_consents(situation)))
    for zone, local in zip(situation.zones, situation.locals, strict=True):
        first = local.date() - terms.span + _DAY
        for debt in debts:
            yield _Week(situation, terms, zone, debt, local, first, extra)


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
            and event.channel in _CALLS
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
        if _is_talk(event) or (event.result is None and event.effective is None):
            yield event


def _is_talk(event: ContactEvent) -> bool:
    return event.result == "conversation" or (event.result is None and event.effective is True)


def _is_voicemail(event: ContactEvent) -> bool:
    return event.result == "voicemail_left" or event.channel == "voicemail"


def _rapid(situation: Situation, placed: list[ContactEvent], gap: timedelta) -> list[ContactEvent]:
    point = situation.attempt.contact_point
    return [
        event
        for event in placed
        if event.result not in _ANSWERED
        and (point is None or event.contact_point in {None, point})
        and timedelta(0) <= situation.moment - event.moment <= gap
    ]


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


def _lawful(situation: Situation, reason: str, values: dict[str, object] | None = None) -> Ruling:
    """Presumed compliant once there is anything to count; a first call is simply allowed."""
    spoken = situation.remember("any call", lambda: _was_any_call(situation))
    return Ruling("presumed_compliance" if spoken else "allow", reason, values=values or {})


def _was_any_call(situation: Situation) -> bool:
    return any(
        event.channel in _CALLS and (event.direction == "out" or _is_talk(event))
        for event in situation.facts.history
    )


def _unlawful(
    situation: Situation, law: Law, reason: str, retry: datetime, events: list[ContactEvent]
) -> Ruling:
    values = {"count": len(events), "days": law.number("days")}
    if situation.attempt.purpose in law.names("rebutting"):
        return Ruling("review", "rebuttable", None, retry, _ids(events), values)
    return Ruling("presumed_violation", reason, None, retry, _ids(events), values)


def _days_after(week: _Week, event: ContactEvent, law: Law) -> datetime:
    """When ``event`` no longer lies within the days that end with the attempt's."""
    ahead = law.number("days") - (week.local.date() - week.day_of(event)).days
    return next_day(week.local, week.zone, days=ahead)


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


def _ids(events: list[ContactEvent]) -> tuple[str, ...]:
    return tuple(f"history:{event.id}" for event in events)
