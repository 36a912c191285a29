"""Whom one may reach about a case now, and the calls of it that nobody told the result of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from carrears.workbench.view_models.common import Pager, Sensitive
from carrears.workbench.view_models.contact import Verdict
from carrears.workbench.view_models.overrides import OverrideRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of a person, and what the gate says to a call to it now."""

    point: int
    value: Sensitive
    source: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """An e-mail address, and what the gate says to the message that is next.

    Without a verdict ``problem`` says why none could be asked for.
    """

    value: Sensitive
    template: str
    verdict: Verdict | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """A person of the loan; ``purpose`` is what a call to him is for.

    ``asked`` are the channels for which leave was asked for already, or given.
    """

    token: str
    name: str
    role: str
    purpose: str
    local_time: datetime
    time_zone: str
    numbers: tuple[Number, ...]
    mail: Letterbox | None
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A booked call whose result nobody told yet. ``dial`` is there just after the booking.

    ``records`` says that the reader may record it, ``recorded`` how many parts of it were;
    ``left`` that it went to the team lead, as nobody told of it in time.
    """

    pk: int
    loan_no: str
    name: str
    role: str
    number: Sensitive
    booked_at: datetime
    by: str
    dial: str = ""
    form: Any = None
    records: bool = False
    recorded: int = 0
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A call that the gate did not let go when it was to be booked."""

    attempt: int
    name: str
    number: Sensitive
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDesk:
    """The part of the case page. ``key`` makes a second click on a button harmless."""

    loan_no: str
    key: str
    judged_at: datetime
    may_call: bool
    may_write: bool
    may_ask: bool
    people: tuple[Reachable, ...]
    open_calls: tuple[OpenCall, ...]
    overrides: tuple[OverrideRow, ...] = ()
    refused: Refused | None = None
    problem: str = ""
    records: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCallsPage:
    """All calls that wait for their result, the oldest first."""

    rows: tuple[OpenCall, ...]
    pager: Pager
    everybody: bool
    minutes: int
