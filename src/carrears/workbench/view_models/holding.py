"""Stops of collection of many at once: what one would come to, and how far orders are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One of the cases that an order would stop."""

    loan_no: str
    region: str
    bucket: str
    arrears: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingPreview:
    """What an order would come to; ``many`` people come back to order it, under ``key`` once."""

    many: int
    at_most: int
    unknown: int
    cases: int
    planned: int
    stopped: int
    before: int
    placed: int
    regions: tuple[tuple[str, int], ...]
    sample: tuple[SampleRow, ...]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingRow:
    """An order and how far it is; ``share`` of 100 had their turn, of being held or lifted."""

    pk: int
    asked_at: datetime
    asked_by: str
    whose: str
    reason: str
    why: str
    from_on: date
    until_on: date | None
    takes_new: bool
    state: str
    share: int
    total: int
    fared: tuple[tuple[str, int], ...]
    lift_by: str
    may_lift: bool


@dataclass(frozen=True, slots=True)
class HoldingOrders:
    """The newest orders; ``waits``: one is not done."""

    rows: tuple[HoldingRow, ...]
    waits: bool
