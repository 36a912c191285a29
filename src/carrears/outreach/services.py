"""Say it to a person, if it may be said.

Booking and judging are one transaction under a lock of each debtor (``booking``), so that two
senders cannot both use the last permitted contact; only what was allowed is then handed over
(``sending``). What a crash or a line that is away left booked is sent later (``renewing``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from carrears.access.models import User
from carrears.casework.cadence_stops import cancel_overtaken_steps
from carrears.casework.case_product import product_of
from carrears.casework.models import ActionState, Case, CaseState, PlannedAction
from carrears.clock import business_moment, is_replay, local_day, now
from carrears.conduct.models import VerdictRecord
from carrears.conduct.verdict import Verdict
from carrears.outreach.aging import lines_behind
from carrears.outreach.booking import Draft, book
from carrears.outreach.cadences import (
    NEXT_WAY,
    attempt_key,
    language_of_step,
    put_off,
    take_next_way,
)
from carrears.outreach.judging import people_of
from carrears.outreach.message_ids import signed_message_id
from carrears.outreach.messages import OutreachError, Wanted, find_template
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.reply_pauses import paused_cases, paused_people
from carrears.outreach.sending import begin_deliveries, send_booked
from carrears.outreach.speaking import Spoken, judge_messages
from carrears.outreach.template_trials import Chosen, enter_exposed, words_of_actions
from carrears.outreach.templates import Message, Template, TemplateError
from carrears.outreach.unsent import note_judged
from carrears.outreach.wanted import KIND_OF_CHANNEL, may_leave
from carrears.parties.models import ContactPoint, Party
from carrears.parties.queries import PersonData
from carrears.parties.services import keyring
from carrears.parties.vault import open_subject_key
from carrears.strategy.kept_cadences import KeptCadences, kept_cadences

__all__ = ["ContactDraft", "OutreachError", "contact", "contact_planned", "preview_contact"]

# So many are judged and booked in one transaction; others wait as long for the people's rows.
_CHUNK = 400
# What is long and not asked for of a planned message.
_UNREAD = ("case__party__name_tokens", "case__party__id_no_index", "case__reasons")
# The channels by which the strategy's messages leave by themselves.
WRITTEN = ("email", "sms", "letter", "portal")
_NOWHERE = {
    "email": "no e-mail address on record",
    "sms": "no phone number on record",
    "letter": "no postal address on record",
    "portal": "no account of the portal on record",
}


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A message before it is sent, and what the gate says of it at ``at``."""

    person: PersonData
    to: str
    template: Template
    locale: str
    message: Message
    verdict: Verdict
    at: datetime

    @property
    def subject(self) -> str:
        """The message's subject."""
        return self.message.subject

    @property
    def body(self) -> str:
        """The message's text."""
        return self.message.text

    @property
    def template_version(self) -> str:
        """The template's version."""
        return self.template.version


def preview_contact(
    case: Case,
    *,
    party: Party,
    template: str | Template,
    locale: str = "",
    by: User | None = None,
) -> ContactDraft:
    """The message and the verdict as they would be now. Nothing is kept.

    Raises:
        OutreachError: the template cannot be filled for this case.
    """
    wanted = Wanted(
        key="preview",
        case=case,
        party=party,
        template=find_template(template) if isinstance(template, str) else template,
        at=contact_moment(case),
        locale=locale,
        by=by,
    )
    people = people_of([wanted])
    person = people[party.token]
    [spoken] = judge_messages([wanted], people)
    point = person.at(KIND_OF_CHANNEL[wanted.channel])
    return ContactDraft(
        person=person,
        to=point.value if point else "",
        template=wanted.template,
        locale=spoken.said.locale,
        message=spoken.message,
        verdict=spoken.verdict,
        at=wanted.at,
    )


def contact(
    case: Case, *, party: Party, template: str, locale: str = "", by: User, key: str
) -> Attempt:
    """Send one message now if the gate allows it; the same ``key`` again sends nothing more.

    Raises:
        OutreachError: the template cannot be filled for this case.
    """
    wanted = Wanted(
        key=f"{case.loan_no}:{key}",
        case=case,
        party=party,
        template=find_template(template),
        at=contact_moment(case),
        locale=locale,
        by=by,
    )
    return send_wanted(wanted)


def send_wanted(wanted: Wanted) -> Attempt:
    """Book one message and send it if it may leave; one that is known is not judged again."""
    known = Attempt.objects.filter(key=wanted.key).first()
    if known is None:
        [known] = book_wanted([wanted])
    if known.state == AttemptState.BOOKED:
        send_booked([known])
        known.refresh_from_db()
    return known


def contact_moment(case: Case) -> datetime:
    """When something said now about a case is said: now, or the clock of a replayed book."""
    return business_moment(case.as_of, _home_zone(case), moment=now())


def _home_zone(case: Case) -> str:
    return product_of(case).time_zone


def contact_planned(*, as_of: date) -> int:
    """Send what was planned for ``as_of`` and is due; returns how many were dealt with.

    What is planned on a case of which a reply waits to be read stays planned meanwhile.
    Of a replayed book everything is due. What the mail server cannot take now stays booked, and
    goes before it the next time (``renewing.send_waiting``).
    """
    due = _due_actions(as_of)
    dealt_with = _settle_unreachable(due)
    for found in _in_chunks(due):
        actions = _taken_by_line(found)
        asked = _still_asked(actions, as_of)
        while asked:
            wanted = _usable(asked, as_of)
            attempts = book_wanted(wanted)
            send_booked([one for one in attempts if one.state == AttemptState.BOOKED])
            asked = _by_another_way(wanted, attempts)
        dealt_with += len(actions)
    return dealt_with


def _due_actions(as_of: date) -> QuerySet[PlannedAction]:
    due = PlannedAction.objects.filter(state=ActionState.PLANNED, channel__in=WRITTEN, as_of=as_of)
    today = _today(as_of)
    due = due.exclude(case__in=paused_cases(today))
    due = due.exclude(case__state=CaseState.WATCH, case__party__in=paused_people(today))
    if is_replay(as_of, today=local_day(now(), settings.TIME_ZONE)):
        return due
    return due.filter(planned_for__lte=now())


def _in_chunks(due: QuerySet[PlannedAction]) -> Iterator[list[PlannedAction]]:
    """The actions in the order of their plan, but for those settled or booked meanwhile."""
    on_its_way = Attempt.objects.filter(action=OuterRef("pk"), state=AttemptState.BOOKED)
    numbers = list(due.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(numbers), _CHUNK):
        chunk = PlannedAction.objects.filter(
            ~Exists(on_its_way),
            pk__in=numbers[start : start + _CHUNK],
            state=ActionState.PLANNED,
            case__party__isnull=False,
        )
        read = chunk.select_related("case__party", "part").defer(*_UNREAD)
        yield list(read.order_by("pk"))


def _taken_by_line(actions: list[PlannedAction]) -> list[PlannedAction]:
    """Without those before which others wait for the same line already: they stay planned."""
    behind = lines_behind({one.channel for one in actions}, at=now())
    return [one for one in actions if one.channel not in behind]


def still_wanted(actions: Sequence[PlannedAction]) -> list[Wanted]:
    """What to say of these planned actions, by now: of what nobody asks for any more nothing."""
    days = sorted({one.as_of for one in actions})
    return [
        wanted
        for day in days
        for wanted in _usable(_still_asked([one for one in actions if one.as_of == day], day), day)
    ]


def _by_another_way(wanted: Sequence[Wanted], attempts: Sequence[Attempt]) -> list[PlannedAction]:
    """The steps that the gate refused by one way, and that go by the next one at once."""
    return [
        one.action
        for one, attempt in zip(wanted, attempts, strict=True)
        if one.action is not None
        and attempt.state == AttemptState.BLOCKED
        and (one.action.state, one.action.reason) == (ActionState.PLANNED, NEXT_WAY)
        and one.action.channel in WRITTEN
    ]


def _still_asked(actions: list[PlannedAction], as_of: date) -> list[PlannedAction]:
    """Without the steps of cadences that were paid, promised or held since the night."""
    steps = [one.pk for one in actions if one.step_day is not None]
    if not steps or not cancel_overtaken_steps(today=_today(as_of), actions=steps):
        return actions
    numbers = [one.pk for one in actions]
    left = PlannedAction.objects.filter(pk__in=numbers, state=ActionState.PLANNED)
    return [one for one in actions if one.pk in set(left.values_list("pk", flat=True))]


def _today(as_of: date) -> date:
    today = local_day(now(), settings.TIME_ZONE)
    return as_of if is_replay(as_of, today=today) else today


def _usable(actions: Sequence[PlannedAction], as_of: date) -> list[Wanted]:
    """What to send; an action whose template cannot be used is settled, and stops no other."""
    kept = kept_cadences()
    wanted, words = [], words_of_actions(actions, kept, on=_today(as_of))
    for action in actions:
        try:
            wanted.append(_wanted(action, words[action.pk], kept))
        except OutreachError as error:
            PlannedAction.objects.filter(pk=action.pk, state=ActionState.PLANNED).update(
                state=ActionState.BLOCKED, reason=str(error)[:120]
            )
    return wanted


def _wanted(action: PlannedAction, words: Chosen, kept: KeptCadences) -> Wanted:
    template, trial, choice = words
    party = action.case.party
    assert party is not None  # noqa: S101  the caller looked
    replay = is_replay(action.as_of, today=local_day(now(), settings.TIME_ZONE))
    if isinstance(template, TemplateError):
        raise OutreachError(str(template)) from template
    if template.channel != action.channel:
        raise OutreachError(f"{template.key} is no template of {action.channel}")
    return Wanted(
        key=attempt_key(action),
        case=action.case,
        party=party,
        template=template,
        at=action.planned_for if replay else now(),
        locale=language_of_step(action, kept),
        action=action,
        trial=trial,
        choice=choice.to_json() if choice else None,
    )


def _settle_unreachable(due: QuerySet[PlannedAction]) -> int:
    """Who is not on record, or has no address, cannot be written to: no verdict's business.

    What an event has in its hands is left to it, and else to the next sender.
    """
    settled = _settle(due.filter(case__party=None), "nobody on record")
    for channel, reason in _NOWHERE.items():
        address = ContactPoint.objects.filter(
            party=OuterRef("case__party"), kind=KIND_OF_CHANNEL[channel], valid=True
        )
        nowhere = due.filter(channel=channel, case__party__isnull=False)
        settled += _settle(nowhere.exclude(Exists(address)), reason)
    return settled


@transaction.atomic
def _settle(actions: QuerySet[PlannedAction], reason: str) -> int:
    free = actions.select_for_update(of=("self",), skip_locked=True)
    return PlannedAction.objects.filter(pk__in=free.values("pk")).update(
        state=ActionState.BLOCKED, reason=reason
    )


def book_wanted(wanted: Sequence[Wanted], *, patience: float = 60.0) -> list[Attempt]:
    """Judge and keep these messages, and settle the planned actions that the gate stopped.

    Raises:
        BusyError: somebody else holds one of the people for longer than ``patience`` seconds.
    """
    with transaction.atomic():
        attempts = book(wanted, _drafts, patience=patience)
        begin_deliveries(attempts)
        enter_exposed(wanted)
        note_judged(wanted, attempts)
        _settle_actions(wanted, attempts)
    return attempts


def _drafts(wanted: Sequence[Wanted], people: Mapping[UUID, PersonData]) -> list[Draft]:
    return [
        Draft(spoken.verdict, spoken.facts_json(one), _kept(one, spoken))
        for one, spoken in zip(wanted, judge_messages(wanted, people), strict=True)
    ]


def _kept(wanted: Wanted, spoken: Spoken) -> dict[str, Any]:
    """What a message keeps of itself: its words only sealed."""
    allowed = may_leave(wanted, spoken.verdict)
    is_mail = wanted.channel == "email"
    kept: dict[str, Any] = {
        "action": wanted.action,
        "template": wanted.template.key,
        "template_version": wanted.template.version,
        "arm_id": wanted.trial.arm if wanted.trial else None,
        "choice": wanted.choice,
        "locale": spoken.said.locale,
        "message_id": (
            signed_message_id(keyring(), wanted.key, settings.SENDER) if allowed and is_mail else ""
        ),
    }
    if wanted.party.wrapped_key is None:
        return kept
    key = open_subject_key(keyring(), str(wanted.party.token), wanted.party.wrapped_key)
    message = spoken.message
    body = json.dumps([message.text, message.html, dict(message.values)], ensure_ascii=False)
    return kept | {
        "subject_sealed": key.seal("message subject", message.subject),
        "body_sealed": key.seal("message body", body),
    }


def _settle_actions(wanted: Sequence[Wanted], attempts: Sequence[Attempt]) -> None:
    blocked, kept = [], None
    for one, attempt in zip(wanted, attempts, strict=True):
        if one.action is not None and attempt.state == AttemptState.BLOCKED:
            verdict = attempt.verdict
            kept = kept or kept_cadences()
            told = one.action, verdict, kept
            if not (put_off(*told) or take_next_way(*told)):
                one.action.state = ActionState.BLOCKED
                one.action.reason = rules_against(verdict)
            blocked.append(one.action)
    PlannedAction.objects.bulk_update(
        blocked, ["state", "reason", "planned_for", "as_of", "channel", "template"]
    )


def rules_against(verdict: VerdictRecord) -> str:
    """The rules that stand in the way of a contact, as its action keeps them."""
    against = [f["rule_id"] for f in verdict.findings if f["gate_action"] != "allow"]
    return ", ".join(against)[:120] or verdict.expect
