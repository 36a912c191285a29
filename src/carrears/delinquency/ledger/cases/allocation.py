"""The allocation of a case's payments: its terms as a waterfall, and the money through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from carrears.delinquency.ledger.cases.reading import Case, CaseError
from carrears.delinquency.ledger.cases.state import COMPONENTS, Loan, note_payment
from carrears.delinquency.ledger.waterfall import (
    ALL_TIMINGS,
    Advance,
    Band,
    Component,
    Portion,
    Row,
    Timing,
    Waterfall,
    allocate,
)

TIMINGS = {
    "past_due": int(Timing.PAST),
    "due": int(Timing.DUE),
    "in_advance": int(Timing.FUTURE),
}
STYLES = {"installment_by_installment", "due_then_advance", "horizontal", "vertical"}


@dataclass(frozen=True)
class Rules:
    """How the case's payments are spread."""

    waterfall: Waterfall
    splits_charges: bool
    advances: dict[str, Advance]

    def waterfall_of(self, kind: str) -> Waterfall:
        """The waterfall for a kind of payment, which may have its own future rule."""
        advance = self.advances.get(kind, self.advances.get("default", Advance.NEXT))
        return replace(self.waterfall, advance=advance)


def read_rules(case: Case) -> Rules:
    """The rules of the case's terms. Raises ``CaseError`` for what is not known."""
    style = str(case.terms.get("allocation_style") or "installment_by_installment")
    if style not in STYLES:
        raise CaseError(f"terms: allocation_style: not known: {style}")
    names = list(case.terms.get("allocation_order") or COMPONENTS)
    bands = []
    for timing, group in groupby(names, key=lambda name: str(name).rpartition(".")[0]):
        order = tuple(_component(str(name).rpartition(".")[2]) for name in group)
        timings = TIMINGS.get(timing, int(ALL_TIMINGS))
        if style == "due_then_advance" and timing == "due":
            timings = Timing.PAST | Timing.DUE
        bands.append(Band(timings=timings, order=order))
    rule = case.terms.get("future_installment_rule") or {}
    named = rule if isinstance(rule, dict) else {"default": rule}
    try:
        advances = {str(kind): Advance(name) for kind, name in named.items()}
    except ValueError as error:
        raise CaseError(f"terms: future_installment_rule: {error}") from error
    return Rules(
        waterfall=Waterfall(bands=tuple(bands), by_row=style != "vertical"),
        splits_charges=style == "due_then_advance",
        advances=advances,
    )


def _component(name: str) -> Component:
    if name not in COMPONENTS:
        raise CaseError(f"terms: allocation_order: not known: {name}")
    return COMPONENTS[name]


def pay(loan: Loan, amount: int, *, day: date, rules: Rules, kind: str) -> tuple[list[int], int]:
    """Spread money; the parts by component and what is left over."""
    waterfall = rules.waterfall_of(kind)
    if rules.splits_charges:
        portions, left = _pay_split(loan, amount, day=day, waterfall=waterfall)
    else:
        portions, left = allocate(loan.rows, amount, day=day, waterfall=waterfall)
    note_payment(loan, portions, day)
    parts = [0] * len(Component)
    for portion in portions:
        parts[portion.component] += portion.amount
    return parts, left


def _pay_split(
    loan: Loan, amount: int, *, day: date, waterfall: Waterfall
) -> tuple[list[Portion], int]:
    """Spread money where a charge of a later instalment is due once its own day has come."""
    pieces = sorted(_pieces(loan, day), key=lambda piece: (piece[1], piece[0]))
    rows = [
        Row(starts_on=due, due_on=day if is_due and due > day else due, owed=owed)
        for _, due, is_due, owed in pieces
    ]
    found, left = allocate(rows, amount, day=day, waterfall=waterfall)
    portions = []
    for portion in found:
        place = pieces[portion.row][0]
        loan.rows[place].paid[portion.component] += portion.amount
        portions.append(Portion(place, portion.component, portion.amount))
    return portions, left


def _pieces(loan: Loan, day: date) -> Iterator[tuple[int, date, bool, list[int]]]:
    """Each row, and apart from it the charges of a later row whose own day has come."""
    for place, row in enumerate(loan.rows):
        owed = [max(0, row.open_part(component)) for component in Component]
        if row.due_on > day:
            due = [0] * len(Component)
            for charge in loan.charges:
                if charge.row == place and charge.due_on <= day:
                    part = min(charge.open_amount, owed[charge.component])
                    due[charge.component] += part
                    owed[charge.component] -= part
            if any(due):
                yield place, row.due_on, True, due
        yield place, row.due_on, False, owed
