"""The mailbox of what was sent, and what was stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Option, Pager, Sensitive
from carrears.workbench.view_models.contact import Verdict
from carrears.workbench.view_models.templates import ChoicePart


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """One message; one without a subject is called by its channel."""

    id: int
    loan_no: str
    at: datetime
    to: Sensitive
    subject: str
    state: str
    template: str
    channel: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPage:
    """The list."""

    rows: tuple[MailRow, ...]
    pager: Pager
    states: tuple[Option, ...]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPart:
    """A message in the inbox of the lender's app; ``state`` as the labels of ``inbox_state``."""

    state: str
    told: str
    expires_at: datetime
    may_withdraw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMessage:
    """One message as it went out, with the verdict that let it, or did not."""

    id: int
    loan_no: str
    state: str
    at: datetime
    sent_at: datetime | None
    channel: str
    sender: str
    to: Sensitive
    subject: str
    body: str
    language: str
    template: str
    template_version: str
    made_by: str
    message_id: str
    error: str
    verdict: Verdict
    entry_no: int | None = None
    delivered: bool | None = None
    choice: ChoicePart | None = None
    inbox: InboxPart | None = None
