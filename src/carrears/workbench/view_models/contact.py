"""A message before it is sent, with the gate's verdict next to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Option, Outcome, Sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule said, by which facts (``used``); ``url`` leads to a public source.

    ``room`` says how much it left, where that is known; ``near_miss``: that was next to nothing.
    """

    rule_id: str
    outcome: Outcome
    title: str
    explanation: str = ""
    citation: str = ""
    url: str = ""
    used: tuple[str, ...] = ()
    room: str = ""
    near_miss: bool = False

    @property
    def has_page(self) -> bool:
        """Whether the rule reader has a page of it; the lists of words have none."""
        return "/" not in self.rule_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The gate's answer for a moment, in the debtor's time."""

    outcome: Outcome
    pack: str
    pack_version: str
    judged_for: datetime
    debtor_time: datetime
    time_zone: str
    findings: tuple[Finding, ...]
    next_allowed_at: datetime | None = None

    @property
    def against(self) -> tuple[Finding, ...]:
        """What stands in the way, the gravest first."""
        return tuple(one for one in self.findings if one.outcome != "allow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of an attempt: its state, and its place in the evidence log.

    ``asked`` says that leave for it was asked for, since a person has to decide.
    """

    state: str
    at: datetime
    mail_id: int | None = None
    entry_no: int | None = None
    error: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPreview:
    """The dialog. ``sent`` is None before sending; ``key`` makes a second click harmless."""

    loan_no: str
    key: str
    recipients: tuple[Option, ...]
    templates: tuple[Option, ...]
    languages: tuple[Option, ...]
    to: Sensitive
    channel: str
    subject: str
    body: str
    template_version: str
    verdict: Verdict
    sent: Sent | None = None
    problem: str = ""
    may_ask: bool = False
