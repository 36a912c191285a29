"""The mailbox of what was sent, and what was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.case_product import product_of
from carrears.casework.seeing import of_visible_cases
from carrears.outreach.mailbox import has_message
from carrears.outreach.messages import lender_name, read_message
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.services import WRITTEN
from carrears.parties.blind import Kind
from carrears.parties.queries import names_of
from carrears.parties.services import keyring
from carrears.parties.vault import SubjectErasedError, open_subject_key
from carrears.workbench.labels import label_of
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.portal_inbox import inbox_part
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.queries.template_choice import choice_part
from carrears.workbench.queries.verdicts import reasons_of, stored_verdict
from carrears.workbench.view_models.common import Option, Sensitive
from carrears.workbench.view_models.mail import MailMessage, MailPage, MailRow


def mail_page(user: User, params: QueryDict) -> MailPage:
    """The messages of the cases that ``user`` may see, newest first."""
    text = params.get("q", "").strip().replace("\0", "")
    state = params.get("state", "")
    attempts = _visible(user)
    if text:
        attempts = attempts.filter(case__loan_no__startswith=text)
    if state in AttemptState.values:
        attempts = attempts.filter(state=state)
    pager = make_pager(params, total=attempts.count())
    states = [("", gettext("All"))] + [
        (code, str(label_of(code, "action_state").text))
        for code in AttemptState.values
        if code != AttemptState.MADE  # of calls only
    ]
    return MailPage(
        rows=tuple(_row(user, one) for one in attempts[rows_of(pager)]),
        pager=pager,
        states=tuple(Option(code, name, code == state) for code, name in states),
        text=text,
    )


def mail_message(user: User, pk: int) -> MailMessage:
    """One message.

    Raises:
        Http404: there is none, or it belongs to a case that ``user`` may not see.
    """
    attempt = _visible(user).filter(pk=pk).first()
    if attempt is None:
        raise Http404
    subject, body = opened(user, attempt)
    return MailMessage(
        id=attempt.pk,
        loan_no=attempt.case.loan_no,
        state=attempt.state,
        at=attempt.at,
        sent_at=attempt.sent_at,
        sender=settings.SENDER if attempt.channel == "email" else lender_name(attempt.locale),
        channel=attempt.channel,
        to=address_of(user, attempt),
        subject=subject,
        body=body,
        language=attempt.locale,
        template=attempt.template,
        template_version=attempt.template_version[:12],
        made_by=str(attempt.made_by) if attempt.made_by else "",
        message_id=attempt.message_id,
        error=attempt.error,
        verdict=stored_verdict(attempt.verdict, zone=zone_of(attempt)),
        entry_no=next(iter(entry_numbers([evidence_key(attempt)]).values()), None),
        delivered=_delivered(attempt),
        choice=choice_part(attempt.choice),
        inbox=inbox_part(user, attempt),
    )


def opened(user: User, attempt: Attempt) -> tuple[str, str]:
    """Subject and text, the person's name in them as ``user`` may see it."""
    try:
        message = read_message(attempt)
    except SubjectErasedError:
        return gettext("Erased with the person"), ""
    name = names_of([attempt.party])[attempt.party_id]
    sight = sight_of(user, attempt.case)
    return sight.veiled(message.subject, name), sight.veiled(message.text, name)


def address_of(user: User, attempt: Attempt) -> Sensitive:
    """Where the message went, as ``user`` may see it."""
    point, party = attempt.contact_point, attempt.party
    if point is None or party.wrapped_key is None:
        return Sensitive("")
    key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
    sight = sight_of(user, attempt.case)
    return sight.hidden(Kind(point.kind), str(point.pk), key.open(point.kind, point.value_sealed))


def zone_of(attempt: Attempt) -> str:
    """The clock that the person lives by."""
    return attempt.party.time_zone or product_of(attempt.case).time_zone


def evidence_key(attempt: Attempt, state: str = "") -> str:
    """The key of the attempt's entry in the evidence log: of a state it was in, or is in now."""
    return f"attempt:{attempt.key}:{state or attempt.state}"


def _visible(user: User) -> QuerySet[Attempt, Any]:
    attempts = Attempt.objects.select_related(
        "case", "party", "contact_point", "verdict", "made_by", "portal_message"
    ).filter(channel__in=WRITTEN)
    return of_visible_cases(attempts, user)


def _row(user: User, attempt: Attempt) -> MailRow:
    return MailRow(
        id=attempt.pk,
        loan_no=attempt.case.loan_no,
        at=attempt.at,
        to=address_of(user, attempt),
        subject=opened(user, attempt)[0],
        state=attempt.state,
        template=attempt.template,
        channel=attempt.channel,
        reason=_why(attempt),
    )


def _why(attempt: Attempt) -> str:
    if attempt.state == AttemptState.BLOCKED:
        return "; ".join(reasons_of(attempt.verdict))
    return attempt.error


def _delivered(attempt: Attempt) -> bool | None:
    """Whether the built-in mailbox has it; None where messages go to another server."""
    if settings.SMTP_URL and not settings.DEMO:
        return None
    return bool(attempt.message_id) and has_message(Path(settings.MAIL_DIR), attempt.message_id)
