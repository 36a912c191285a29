"""Let one contact go that a rule sent to a person to decide: one asks, another approves.

Nothing else can be overridden: what is blocked stays blocked. The contact is judged anew when it
is made; it leaves only if nothing but the rules that were overridden asks for review.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.seeing import sees_loan
from carrears.clock import now
from carrears.conduct.models import VerdictRecord
from carrears.database.wall import as_house
from carrears.evidence.services import Record, record_many
from carrears.notices.models import NoticeKind
from carrears.notices.services import Told, holders, notify, settle
from carrears.outreach.calls import WantedCall, book_calls
from carrears.outreach.messages import OutreachError, Wanted, find_template
from carrears.outreach.models import Attempt, AttemptState, Override, OverrideState
from carrears.outreach.services import WRITTEN, contact_moment, send_wanted
from carrears.outreach.unsent import note_decided
from carrears.parties.words import commit_words, words_of

# How long after its approval an override may be used; the database allows three days at most.
VALID_FOR = timedelta(hours=24)


@transaction.atomic
def ask_override(attempt: Attempt, *, reason: str, by: User) -> Override:
    """Ask that a contact which needs review may be made after all.

    Raises:
        OutreachError: no reason, it was asked before, or the contact was not sent to review.
    """
    if not reason.strip():
        raise OutreachError("a reason is needed")
    if attempt.state != AttemptState.BLOCKED or attempt.gate_action != "review":
        raise OutreachError("only a contact that a person has to decide can be overridden")
    with as_house():  # the lender may have asked for what its agency was refused
        was_asked = Override.objects.filter(stopped=attempt).exists()
    if was_asked:
        raise OutreachError("this was asked before")
    asked = Override.objects.create(
        stopped=attempt,
        case=attempt.case,
        party=attempt.party,
        channel=attempt.channel,
        purpose=attempt.purpose,
        agency=attempt.agency,
        template=attempt.template,
        rules=rules_against(attempt.verdict),
        asked_by=by,
        asked_at=now(),
    )
    record_many([_record(asked, by, reason)])
    note_decided(asked)
    _ask_second(asked, by)
    return asked


@as_house()
def _ask_second(asked: Override, by: User) -> None:
    """Tell those who may decide it and see the case: that door is closed to agencies."""
    told = [
        Told(
            user=one.pk,
            kind=NoticeKind.APPROVAL,
            key=f"override:{asked.pk}",
            loan_no=asked.case.loan_no,
            data={"what": "override", "pk": asked.pk},
        )
        for one in holders("outreach.approve_override")
        if not acts_for(one) and sees_loan(one, asked.case.loan_no)
    ]
    notify(told, at=asked.asked_at, by=by)


@transaction.atomic
def decide_override(override: Override, *, approve: bool, reason: str, by: User) -> Override:
    """Approve or refuse, as somebody else than who asked.

    Raises:
        OutreachError: no reason, one's own request, or decided before.
    """
    if not reason.strip():
        raise OutreachError("a reason is needed")
    asked = Override.objects.select_for_update(of=("self",)).select_related("case")
    found = asked.get(pk=override.pk)
    if found.state != OverrideState.ASKED:
        raise OutreachError("this override was decided before")
    if found.asked_by_id == by.pk:
        raise OutreachError("a second person has to decide")
    found.decided_at = now()
    found.decided_by = by
    found.state = OverrideState.APPROVED if approve else OverrideState.REFUSED
    found.valid_until = found.decided_at + VALID_FOR if approve else None
    found.save()
    settle(f"override:{found.pk}", at=found.decided_at)
    record_many([_record(found, by, reason)])
    note_decided(found)
    return found


def contact_overridden(override: Override, *, by: User) -> Attempt:
    """Make the contact under an approved override: an e-mail is sent, a call booked.

    Made once; asked again, it is the same contact. BLOCKED where by now a rule objects that the
    override does not speak of; then the override is not used up, and stays approved until it ends.

    Raises:
        OutreachError: it is not approved, or no longer; or its template was changed since.
    """
    made = Attempt.objects.filter(override=override).first()
    if made is not None:
        return made
    override.refresh_from_db()
    if override.state != OverrideState.APPROVED:
        raise OutreachError("this override is not approved")
    if override.valid_until is None or override.valid_until < now():
        raise OutreachError("this override has ended")
    stopped = override.stopped
    tries = Attempt.objects.filter(key__startswith=f"override:{override.pk}:").count()
    key = f"override:{override.pk}:{tries}"
    shared: dict[str, Any] = {
        "key": key,
        "case": stopped.case,
        "party": stopped.party,
        "at": contact_moment(stopped.case),
        "by": by,
        "override": override,
    }
    if stopped.channel in WRITTEN:
        template = find_template(stopped.template)
        # The same rule may object to other words: what leaves is what the two people read.
        if template.version != stopped.template_version:
            raise OutreachError("the message is not the one that was asked for")
        return send_wanted(
            Wanted(template=template, locale=stopped.locale, choice=stopped.choice, **shared)
        )
    call = WantedCall(
        point=stopped.contact_point_id,
        purpose=stopped.purpose,
        agency=stopped.agency,
        **shared,
    )
    [attempt] = book_calls([call])
    return attempt


def rules_against(verdict: VerdictRecord) -> list[str]:
    """The rules that stand in the way, as the verdict gave them."""
    return [each["rule_id"] for each in verdict.findings if each["gate_action"] != "allow"]


def put_said(overrides: Iterable[Override]) -> list[Override]:
    """The same overrides with the words of who asked and who decided in ``reason``, ``decision``.

    They lie sealed beside the evidence, and are never saved with the rows.
    """
    found = list(overrides)
    keys = {(one.pk, state): _key(one, state) for one in found for state in OverrideState.values}
    said = words_of(keys.values())
    for one in found:
        one.reason = said.get(keys[one.pk, OverrideState.ASKED], one.reason)
        if one.state != OverrideState.ASKED:
            one.decision = said.get(keys[one.pk, one.state], one.decision)
    return found


def _key(override: Override, state: str) -> str:
    """The key of the evidence of a step of it."""
    return f"override:{override.pk}:{state}"


def _record(override: Override, by: User, reason: str) -> Record:
    state = override.state
    key = _key(override, state)
    return Record(
        kind=f"override.{state}",
        subject=override.case.loan_no,
        key=key,
        actor=by.get_username(),
        occurred_at=override.decided_at or override.asked_at,
        payload={
            "override": override.pk,
            "attempt": override.stopped_id,
            "party": str(override.party_id),
            "channel": override.channel,
            "rules": override.rules,
            "valid_until": override.valid_until.isoformat() if override.valid_until else None,
            **commit_words(key, {"reason": reason.strip()}, party=override.party_id),
        },
    )
