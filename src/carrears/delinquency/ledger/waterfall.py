"""The allocation waterfall: which part of which instalment a payment pays, as data.

A waterfall is a list of bands. A band takes the instalments of the timings it names (past due,
due on the day, in the future) and pays their components in its order, either one instalment
after the other (``by_row``) or one component of all of them after the other. What a band leaves
goes to the next; what the last leaves is overpaid.

Sources: Civil Code of the People's Republic of China, art. 561 (costs, interest, principal,
unless agreed otherwise; 罚息 before 利息 is the contracts' custom) and art. 560 (the debt that
fell due first). The named styles are those of Apache Fineract (``PaymentAllocationType``):

- ``installment_by_installment``: one band of all timings, by instalment
- ``due_then_advance``: what is due, by instalment; then the future
- ``horizontal``: past due, due, future; by instalment within each
- ``vertical``: the same bands, by component within each
- ``principal_first``: vertical with principal at the head of each band
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum


class Component(IntEnum):
    """What a debt is made of; the numbers are those of the arrays."""

    FEE = 0
    PENALTY = 1  # 罚息
    COMPOUND = 2  # 复利
    INTEREST = 3
    PRINCIPAL = 4


class Timing(IntEnum):
    """Where an instalment stands on the day of the payment; bits, so that a band can sum them."""

    PAST = 1
    DUE = 2
    FUTURE = 4


class Advance(StrEnum):
    """Which later instalment takes money paid before its day."""

    NEXT = "next"
    LAST = "last"
    REAMORTISE = "reamortize"


DEFAULT_ORDER = tuple(Component)
ALL_TIMINGS = Timing.PAST | Timing.DUE | Timing.FUTURE


@dataclass(frozen=True, kw_only=True)
class Band:
    """A step: the timings it takes (bits of ``Timing``) and the order of the components."""

    timings: int
    order: tuple[Component, ...]


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """How a payment is spread; the default pays the oldest instalment first, by component."""

    bands: tuple[Band, ...] = (Band(timings=ALL_TIMINGS, order=DEFAULT_ORDER),)
    by_row: bool = True
    advance: Advance = Advance.NEXT


@dataclass(slots=True, kw_only=True)
class Row:
    """One instalment as it stands: by component what is owed, paid and waived."""

    starts_on: date
    due_on: date
    owed: list[int] = field(default_factory=lambda: [0] * len(Component))
    paid: list[int] = field(default_factory=lambda: [0] * len(Component))
    waived: list[int] = field(default_factory=lambda: [0] * len(Component))

    def open_part(self, component: int) -> int:
        """What is still owed of one component."""
        return self.owed[component] - self.paid[component] - self.waived[component]

    @property
    def open_amount(self) -> int:
        """What is still owed of all."""
        return sum(self.owed) - sum(self.paid) - sum(self.waived)


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a payment: which row (by its place) and component took how much."""

    row: int
    component: Component
    amount: int


def make_waterfall(
    style: str, order: Sequence[Component] = DEFAULT_ORDER, *, advance: Advance = Advance.NEXT
) -> Waterfall:
    """The waterfall of a named style with one order of components throughout.

    Raises ``ValueError`` for a style nobody knows.
    """
    whole = tuple(order)
    if style == "principal_first":
        whole = (Component.PRINCIPAL, *(c for c in order if c is not Component.PRINCIPAL))
    bands = {
        "installment_by_installment": (ALL_TIMINGS,),
        "due_then_advance": (Timing.PAST | Timing.DUE, Timing.FUTURE),
        "horizontal": tuple(Timing),
        "vertical": tuple(Timing),
        "principal_first": tuple(Timing),
    }.get(style)
    if bands is None:
        raise ValueError(f"no style of allocation: {style}")
    return Waterfall(
        bands=tuple(Band(timings=timings, order=whole) for timings in bands),
        by_row=style not in {"vertical", "principal_first"},
        advance=advance,
    )


def timing_of(due_on: date, *, day: date) -> Timing:
    """Where an instalment stands on ``day``."""
    if due_on < day:
        return Timing.PAST
    return Timing.DUE if due_on == day else Timing.FUTURE


def allocate(
    rows: Sequence[Row], amount: int, *, day: date, waterfall: Waterfall
) -> tuple[list[Portion], int]:
    """Pay ``amount`` into ``rows`` (in order of due date); return the portions and what is left.

    Raises ``ValueError`` for a negative amount: a payment is taken back by replaying without it.
    """
    if amount < 0:
        raise ValueError("a payment is not negative; take it back by a reversal")
    portions: list[Portion] = []
    for band in waterfall.bands:
        if amount == 0:
            break
        amount = _pay_band(rows, amount, band, day=day, waterfall=waterfall, into=portions)
    return portions, amount


def _pay_band(
    rows: Sequence[Row],
    amount: int,
    band: Band,
    *,
    day: date,
    waterfall: Waterfall,
    into: list[Portion],
) -> int:
    """Pay one band; the money left."""
    places = [i for i, row in enumerate(rows) if timing_of(row.due_on, day=day) & band.timings]
    if band.timings == Timing.FUTURE and waterfall.advance is Advance.REAMORTISE:
        return _pay_evenly(rows, amount, band, places=places, into=into)
    if band.timings == Timing.FUTURE and waterfall.advance is Advance.LAST:
        places.reverse()
    for place, component in _steps(places, band.order, by_row=waterfall.by_row):
        amount -= _pay_part(rows, place, component, amount, into)
    return amount


def _steps(
    places: Sequence[int], order: Sequence[Component], *, by_row: bool
) -> Iterator[tuple[int, Component]]:
    if by_row:
        return ((place, component) for place in places for component in order)
    return ((place, component) for component in order for place in places)


def _pay_evenly(
    rows: Sequence[Row], amount: int, band: Band, *, places: Sequence[int], into: list[Portion]
) -> int:
    """The same share to every later instalment, the last one taking the odd units.

    What a row cannot take is shared again among those still open.
    """
    takers = [i for i in places if any(rows[i].open_part(c) > 0 for c in band.order)]
    while amount > 0 and takers:
        share = (2 * amount + len(takers)) // (2 * len(takers))
        left = amount
        for place in takers:
            part = left if place == takers[-1] else min(share, left)
            for component in band.order:
                paid = _pay_part(rows, place, component, part, into)
                part -= paid
                left -= paid
        if left == amount:
            break
        amount = left
        takers = [i for i in takers if any(rows[i].open_part(c) > 0 for c in band.order)]
    return amount


def _pay_part(
    rows: Sequence[Row], place: int, component: Component, amount: int, into: list[Portion]
) -> int:
    part = min(amount, max(0, rows[place].open_part(component)))
    if part > 0:
        rows[place].paid[component] += part
        into.append(Portion(place, component, part))
    return part
