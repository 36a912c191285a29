"""The inbox over HTTP, for the lender's own app or portal, which signs people in.

The app names people by ``party_no``; it is its business that somebody sees his own inbox only. Of
whom no account was opened there is nothing to see.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from ninja.errors import HttpError

from carrears.casework.seeing import of_visible_cases
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.outreach.api import require
from carrears.outreach.portal_inbox import Shown as Opened
from carrears.outreach.portal_inbox import (
    mark_read,
    messages_of,
    open_messages,
    take_answer,
    withdraw,
)
from carrears.outreach.portal_models import PortalMessage
from carrears.parties.models import Party
from carrears.parties.portal_accounts import AccountError, close_account, open_account

router = Router(tags=["portal"])
Key = Annotated[str, Field(min_length=8, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
Via = Annotated[str, Field(min_length=1, max_length=24, pattern=r"^[a-z][a-z0-9_]*$")]
_SERVE = "outreach.serve_portal"


class AccountIn(Schema):
    """The account by which somebody signs in to the app."""

    account: Annotated[str, Field(min_length=1, max_length=120)]


class AccountOut(Schema):
    """``new`` is false where nothing changed."""

    party_no: str
    open: bool
    new: bool


class MessageOut(Schema):
    """A message as its person reads it; times with their zone."""

    id: UUID
    loan_no: str
    title: str
    body: str
    language: str
    sent_at: datetime
    expires_at: datetime
    read_at: datetime | None


class InboxOut(Schema):
    """A page of an inbox; ``unread`` counts all that was not opened."""

    unread: int
    total: int
    messages: list[MessageOut]


class InboxQuery(Schema):
    """Which messages, the newest first."""

    unread: bool = False
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class ReadIn(Schema):
    """Where it was opened, in the app's own word: ``ios``, ``web``, ``mini_program``."""

    via: Via


class ReadOut(Schema):
    """When and where it was opened first."""

    id: UUID
    read_at: datetime | None
    read_via: str


class AnswerIn(Schema):
    """What somebody answers; ``key`` makes a second one of the same harmless."""

    key: Key
    text: Annotated[str, Field(min_length=1, max_length=4000)]


class WithdrawalIn(Schema):
    """Why a message is taken back."""

    reason: Annotated[str, Field(min_length=1, max_length=120)]


@router.put("/accounts/{party_no}", response={200: AccountOut, 201: AccountOut})
def tell_account(request: HttpRequest, party_no: str, told: AccountIn) -> Status[AccountOut]:
    """Say by which account a person reads his inbox, in place of any before."""
    user = require(request, _SERVE)
    with as_house():  # the app serves whomever the lender has
        party = get_object_or_404(Party, party_no=party_no)
        try:
            is_new = open_account(party, told.account, by=user, at=now())
        except AccountError as error:
            raise HttpError(409, str(error)) from error
    sequence()
    return Status(201 if is_new else 200, AccountOut(party_no=party_no, open=True, new=is_new))


@router.delete("/accounts/{party_no}", response=AccountOut)
def end_account(request: HttpRequest, party_no: str) -> AccountOut:
    """Say that a person has no account any more: no message goes to his inbox."""
    user = require(request, _SERVE)
    with as_house():
        party = get_object_or_404(Party, party_no=party_no)
        closed = close_account(party, by=user, at=now())
    sequence()
    return AccountOut(party_no=party_no, open=False, new=closed)


@router.get("/inboxes/{party_no}", response=InboxOut)
def show_inbox(request: HttpRequest, party_no: str, asked: Query[InboxQuery]) -> InboxOut:
    """What stands in a person's inbox; reading the list opens no message."""
    require(request, _SERVE)
    with as_house():
        party = get_object_or_404(Party, party_no=party_no)
        found = messages_of(party, at=now())
        unread = found.filter(read_at=None)
        wanted = unread if asked.unread else found
        page = list(wanted[asked.offset : asked.offset + asked.limit])
        return InboxOut(
            unread=unread.count(),
            total=wanted.count(),
            messages=[_told(one) for one in open_messages(page, party)] if page else [],
        )


@router.get("/inboxes/{party_no}/{message}", response=MessageOut)
def show_message(request: HttpRequest, party_no: str, message: UUID) -> MessageOut:
    """One message; that it was opened is told by ``read``."""
    require(request, _SERVE)
    with as_house():
        found = _message(party_no, message)
        [opened] = open_messages([found], found.party)
        return _told(opened)


@router.post("/inboxes/{party_no}/{message}/read", response=ReadOut)
def tell_read(request: HttpRequest, party_no: str, message: UUID, told: ReadIn) -> ReadOut:
    """Say that its person opened a message: the receipt of its delivery."""
    user = require(request, _SERVE)
    with as_house():
        kept = mark_read(_message(party_no, message), via=told.via, by=user, at=now())
    sequence()
    return ReadOut(id=kept.token, read_at=kept.read_at, read_via=kept.read_via)


@router.post("/inboxes/{party_no}/{message}/answers", response={202: None})
def answer(request: HttpRequest, party_no: str, message: UUID, told: AnswerIn) -> Status[None]:
    """Bring what a person answers to a message; it is read like any reply."""
    require(request, _SERVE)
    with as_house():
        take_answer(_message(party_no, message), told.text, key=told.key, at=now())
    sequence()
    return Status(202, None)


@router.post("/messages/{message}/withdrawal", response=ReadOut)
def take_back(request: HttpRequest, message: UUID, told: WithdrawalIn) -> ReadOut:
    """Take a message of a case that one sees out of its inbox."""
    user = require(request, "outreach.send_message")
    mine = of_visible_cases(PortalMessage.objects.all(), user)
    kept = withdraw(get_object_or_404(mine, token=message), reason=told.reason, by=user, at=now())
    sequence()
    return ReadOut(id=kept.token, read_at=kept.read_at, read_via=kept.read_via)


def _message(party_no: str, token: UUID) -> PortalMessage:
    party = get_object_or_404(Party, party_no=party_no)
    found = messages_of(party, at=now()).select_related("case", "party", "attempt__delivery")
    message = found.filter(token=token).first()
    if message is None:
        raise Http404
    return message


def _told(opened: Opened) -> MessageOut:
    one = opened.message
    return MessageOut(
        id=one.token,
        loan_no=one.case.loan_no,
        title=opened.title,
        body=opened.body,
        language=one.locale,
        sent_at=one.sent_at,
        expires_at=one.expires_at,
        read_at=one.read_at,
    )
