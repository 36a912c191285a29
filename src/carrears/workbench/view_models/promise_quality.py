"""How good promises are and how contacts reach, for a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from carrears.money import Money
from carrears.workbench.view_models.common import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """Promises of one group by what became of them; rates of nothing are none."""

    key: str
    title: str
    made: int
    amount: Money
    kept: int
    kept_amount: Money
    partly: int
    partly_amount: Money
    broken: int
    broken_amount: Money
    open: int
    open_amount: Money
    cancelled: int
    met: Money
    kept_rate: float | None
    met_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """Calls and visits of one group."""

    key: str
    title: str
    made: int
    reached: int
    right_party: int
    promised: int
    contact_rate: float | None
    right_party_rate: float | None
    promise_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseQualityPage:
    """All promises due in the period, and by group; contacts by channel and by who made them."""

    first: date
    last: date
    spans: tuple[Option, ...]
    ways: tuple[Option, ...]
    currencies: tuple[Option, ...]
    by_title: str
    all: QualityRow | None
    rows: tuple[QualityRow, ...]
    channels: tuple[ContactRow, ...]
    collectors: tuple[ContactRow, ...]
    query: str
