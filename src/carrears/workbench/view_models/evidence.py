"""The state of the evidence log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry: what happened to whom, and its leaf hash in hexadecimal."""

    number: int
    at: datetime
    kind: str
    subject: str
    actor: str
    leaf_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The last time the whole log was checked; ``first_bad`` is the first altered entry."""

    at: datetime
    size: int
    ok: bool
    first_bad: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessRow:
    """A witness: what it last cosigned, and how it stands (labels of the group ``witness``)."""

    name: str
    size: int
    cosigned_at: datetime | None
    state: str
    error: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRow:
    """The newest anchor in a chain; ``refusal`` says that the chain keeps another history."""

    size: int
    at: datetime
    chain_id: int
    contract: str
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePage:
    """The page."""

    origin: str
    size: int
    root_hash: str
    checkpoint_at: datetime | None
    verification: Verification | None
    rows: tuple[EntryRow, ...]
    pager: Pager
    witnesses: tuple[WitnessRow, ...] = ()
    vouched: int | None = None  # how many entries the quorum of witnesses vouches for
    policy_problem: str = ""
    stamped_at: datetime | None = None
    anchor: AnchorRow | None = None
