"""Everything that happened to a loan's cases: events, messages, payments; newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.agency_view import Told, seen_events, told_to
from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import texts_of
from carrears.clock import at_local
from carrears.database.prepared import Blank, prepared
from carrears.money import Money
from carrears.outreach.models import AnsweredBy, Attempt
from carrears.outreach.unsent import SETTLED, UNSENT
from carrears.portfolio.models import ReceivedPayment
from carrears.workbench.labels import label_of
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.mail_files import files_of_replies
from carrears.workbench.queries.outcomes import outcome_detail
from carrears.workbench.queries.owed import LoanRows, Paid
from carrears.workbench.queries.portal_inbox import inbox_told
from carrears.workbench.queries.recordings import lines_of
from carrears.workbench.queries.timeline_details import detail_of
from carrears.workbench.view_models.case import Event, Timeline
from carrears.workbench.view_models.mail_files import MailFile
from carrears.workbench.view_models.recordings import RecordingLine

PAGE = 20
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a timeline is shown: one of ``GROUPS``, else all; days by the clock of the house.

    Both days are included; None: no bound.
    """

    group: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def begin(self) -> datetime | None:
        """The first moment."""
        return at_local(self.since, time(0), settings.TIME_ZONE) if self.since else None

    @property
    def end(self) -> datetime | None:
        """The first moment no more."""
        if self.until is None or self.until == date.max:
            return None
        return at_local(self.until + timedelta(days=1), time(0), settings.TIME_ZONE)

    def among(self, rows: QuerySet[_Row], moment: str) -> QuerySet[_Row]:
        """Those of ``rows`` whose ``moment`` is shown."""
        if self.begin is not None:
            rows = rows.filter(**{f"{moment}__gte": self.begin})
        if self.end is not None:
            rows = rows.filter(**{f"{moment}__lt": self.end})
        return rows

    def has(self, on: date) -> bool:
        """Whether a day is shown."""
        return (self.since is None or on >= self.since) and (self.until is None or on <= self.until)

    def as_query(self) -> dict[str, str]:
        """What of it was asked for, as an address says it."""
        asked = {"kind": self.group, "since": self.since, "until": self.until}
        return {name: str(value) for name, value in asked.items() if value}


_NOON = time(12)
_MESSAGES = {"sent": "message_sent", "blocked": "message_blocked", "failed": "message_failed"}
_CALLS = {"made": "call_made", "blocked": "call_blocked", "failed": "call_given_back"}
_VISITS = {"made": "visit_made", "blocked": "visit_blocked", "failed": "visit_called_off"}
_BY_CHANNEL = {"call": (_CALLS, "call"), "visit": (_VISITS, "visit")}
# Which kinds of events the filter's groups hold, beside contacts' attempts and the book's payments.
GROUPS = {
    "contacts": "^(outcome|call_|message_|visit_|reply)",
    "payments": "^(payment|reversal)",
    "promises": "^promise",
    "holds": "^(hold|dispute|complaint)",
    "decisions": "^(opened|closed|reopened|bucket|treatment|ruling)",
    "notes": "^(note|follow_up)",
}
_OF_PARTS = {"promise_part_kept", "promise_part_missed"}
_ALL = Shown()
_Found = tuple[datetime, int, Event, str]  # when, order among equals, the line, evidence key


def timeline(
    user: User, cases: Sequence[Case], rows: LoanRows, *, offset: int = 0, shown: Shown = _ALL
) -> Timeline:
    """``PAGE`` lines from ``offset`` of the cases of one loan, the newest of which is first.

    Of what others did, somebody of an agency is shown what ``agency_view`` lets through. Nothing
    here reads all of a case: what was written over a year lies on as many pages of the disk.
    """
    end = offset + PAGE
    group = shown.group if shown.group in GROUPS else ""
    payments = _payments(cases[0], rows, shown) if group in {"", "payments"} else []
    told, tried = _written(user, [one.pk for one in cases], replace(shown, group=group), end=end)
    files, texts = files_of_replies(told), texts_of(told)
    money_of = cases[0].currency
    found: list[_Found] = [
        _event(told_to(user, one), one, money_of, texts.get(one.pk, ""), files.get(one.key, ()))
        for one in told
    ]
    agency = acts_for(user)
    own = {one.pk for one in tried if not agency or one.agency == agency}
    recorded = lines_of(own)
    found += [
        _attempt(one, recorded.get(one.pk, ())) if one.pk in own else _contact_of_others(one)
        for one in tried
    ]
    found += payments
    return Timeline(
        events=_in_order(found)[offset:end],
        more_url=_more(cases[0], end, replace(shown, group=group)) if len(found) > end else "",
        older=offset > 0,
    )


def _written(
    user: User, cases: list[int], shown: Shown, *, end: int
) -> tuple[list[CaseEvent], list[Attempt]]:
    """The newest lines and attempts up to the one after ``end``, of those that are shown."""
    if len(cases) == 1 and shown == _ALL and end == PAGE and not acts_for(user):  # as a rule
        return _first_lines.find(case=cases[0]), _first_tries.find(case=cases[0])
    of_cases = Q(case__in=cases)
    events = shown.among(seen_events(user, _lines(of_cases)), "happened_at")
    if shown.group:
        events = events.filter(_of_group(shown.group))
    attempts = shown.among(_tries(of_cases), "at")
    if shown.group not in {"", "contacts"}:
        attempts = attempts.none()
    return list(events[: end + 1]), list(attempts[: end + 1])


# Of one case, and not of a list of one: the index has its lines in their order.
@prepared
def _first_lines(case: Blank) -> QuerySet[CaseEvent]:
    return _lines(Q(case=case))[: PAGE + 1]


@prepared
def _first_tries(case: Blank) -> QuerySet[Attempt]:
    return _tries(Q(case=case))[: PAGE + 1]


def _lines(of_cases: Q) -> QuerySet[CaseEvent]:
    """Without what came of a booked call or of a message: it stands on the line of that."""
    events = CaseEvent.objects.filter(of_cases).select_related("actor")
    events = events.exclude(kind="outcome", data__has_key="attempt")
    return events.exclude(kind__in=(UNSENT, SETTLED))


def _tries(of_cases: Q) -> QuerySet[Attempt]:
    attempts = Attempt.objects.filter(of_cases).defer("subject_sealed", "body_sealed")
    return attempts.select_related("made_by", "outcome", "portal_message")


def _of_group(group: str) -> Q:
    """What the debtor wrote is kept as a note, and is a contact."""
    wrote = Q(kind="note", data__has_any_keys=("by_sms", "by_mail", "by_portal"))
    of_kind = Q(kind__regex=GROUPS[group])
    if group == "contacts":
        return of_kind | wrote
    return of_kind & ~wrote if group == "notes" else of_kind


def _more(case: Case, offset: int, shown: Shown) -> str:
    asked = urlencode({"from": str(offset), **shown.as_query()})
    return f"{reverse('workbench:timeline', args=[case.loan_no])}?{asked}"


def _in_order(found: Sequence[_Found]) -> tuple[Event, ...]:
    """Newest first; what happened at one moment in the order in which it was recorded."""
    numbers = entry_numbers(key for *_, key in found if key)
    numbered = [(at, numbers.get(key), order, event) for at, order, event, key in found]
    last = max(numbers.values(), default=0) + 1  # not sequenced yet: the newest of all
    numbered.sort(
        key=lambda one: (one[0], last if one[1] is None else one[1], one[2]), reverse=True
    )
    return tuple(replace(event, entry_no=number) for _, number, _, event in numbered)


def _event(
    seen: Told, event: CaseEvent, currency: str, text: str, files: tuple[MailFile, ...]
) -> _Found:
    text = text if seen.whole else ""
    data: dict[str, Any] = dict(seen.data) | ({"text": text} if text else {})
    # Of a part its detail says how much; that of all parts would be told as what came in.
    amount = None if event.kind in _OF_PARTS else data.get("amount")
    line = Event(
        kind=event.kind,
        at=event.happened_at,
        actor=str(seen.by) if seen.by else _not_named(seen, event.actor_id),
        detail=detail_of(event.kind, data),
        text=gettext("Erased with the person") if "erased" in data else text,
        amount=Money(amount, currency) if amount else None,
        files=files if seen.whole else (),
    )
    return event.happened_at, event.pk, line, f"case:{event.key}" if seen.whole else ""


def _not_named(seen: Told, by: int | None) -> str:
    """Who did it, where somebody of the other side did."""
    return "" if seen.whole or by is None else gettext("the lender")


def _attempt(attempt: Attempt, recorded: tuple[RecordingLine, ...]) -> _Found:
    outcome: Any = attempt.gate_action
    by_a_person = attempt.channel in {"call", "visit"}
    kinds, kind = _BY_CHANNEL.get(attempt.channel, (_MESSAGES, "message"))
    line = Event(
        kind=kinds.get(attempt.state, kind),
        at=attempt.at,
        actor=str(attempt.made_by) if attempt.made_by else "",
        channel=attempt.channel,
        outcome=outcome,
        detail=_call_detail(attempt) if by_a_person else _inbox_detail(attempt),
        mail_id=None if by_a_person else attempt.pk,
        recordings=recorded,
    )
    return attempt.at, attempt.pk, line, f"attempt:{attempt.key}:{attempt.state}"


def _inbox_detail(attempt: Attempt) -> str:
    """Whether a message of the inbox was opened, and where; empty for any other."""
    message = getattr(attempt, "portal_message", None)
    return inbox_told(message) if message is not None else ""


def _contact_of_others(attempt: Attempt) -> _Found:
    """That somebody else made contact, or tried to: when and by which channel, no more."""
    kinds, kind = _BY_CHANNEL.get(attempt.channel, (_MESSAGES, "message"))
    line = Event(
        kind=kinds.get(attempt.state, kind),
        at=attempt.at,
        actor=gettext("the lender"),
        channel=attempt.channel,
    )
    return attempt.at, attempt.pk, line, ""


def _call_detail(attempt: Attempt) -> str:
    """What came of a call, and who answered where it was not whom one called."""
    if not attempt.result:
        return ""
    if (told := getattr(attempt, "outcome", None)) is not None:
        known = {"right_party": told.right_party, "follow_up_on": told.follow_up_on}
        return outcome_detail(known | {"code": told.code})
    parts = [str(label_of(attempt.result, "result").text)]
    if attempt.answered_by not in {"", AnsweredBy.ADDRESSEE}:
        parts.append(str(label_of(attempt.answered_by, "answered_by").text))
    return " · ".join(parts)


def _payments(case: Case, rows: LoanRows, shown: Shown) -> list[_Found]:
    """Payments of the book, and those received since that no event tells."""
    received = _received.find(loan=case.loan_no)
    keys = {one: {f"payment:{one.pk}", f"event:{one.idempotency_key}"} for one in received}
    asked = [*chain(*keys.values())]
    told = {key for (key,) in _told.ask(loan=case.loan_no, keys=asked)} if asked else set()
    known = {one.no for one in rows.paid}
    skipped = {one.idempotency_key for one in received if told & keys[one]}
    late = [
        Paid(one.idempotency_key, one.paid_on, one.amount)
        for one in received
        if one.idempotency_key not in known | skipped
    ]
    of_book = [one for one in rows.paid if one.no not in skipped]
    return [_payment(one, case) for one in (*of_book, *late) if shown.has(one.on)]


@prepared
def _received(loan: Blank) -> QuerySet[ReceivedPayment]:
    return ReceivedPayment.objects.filter(loan_no=loan)


@prepared
def _told(loan: Blank, keys: Blank) -> QuerySet[CaseEvent, tuple[Any, ...]]:
    paid = CaseEvent.objects.filter(case__loan_no=loan, kind__in=("payment", "reversal"))
    return paid.filter(keys.has("key", "text")).order_by().values_list("key")


def _payment(paid: Paid, case: Case) -> _Found:
    # A book knows the day only; noon keeps it among that day's other lines.
    at = at_local(paid.on, _NOON, settings.TIME_ZONE)
    kind = "payment" if paid.amount > 0 else "reversal"
    line = Event(kind=kind, at=at, amount=Money(paid.amount, case.currency), day_only=True)
    return at, 0, line, ""
