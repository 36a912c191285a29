"""May this person be contacted? A real case asked about, and a case told freely."""

from __future__ import annotations

from dataclasses import dataclass

from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.contact import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAsked:
    """A question about a loan; ``at`` is as its field writes it, on the clock of ``zone``."""

    loan_no: str = ""
    people: tuple[Option, ...] = ()
    contacts: tuple[Option, ...] = ()
    at: str = ""
    zone: str = ""
    verdict: Verdict | None = None
    expect: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FaultShown:
    """What is wrong in a case, and where; no field where it is the whole text."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeAsked:
    """A case as JSON with its verdict, or what is wrong in it; ``agrees`` where it expects one."""

    text: str
    examples: tuple[Option, ...]
    verdict: Verdict | None = None
    expect: str = ""
    agrees: bool | None = None
    faults: tuple[FaultShown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    """Both benches."""

    case: CaseAsked
    free: FreeAsked
