"""What entries did that is no portion of money: due dates moved, and how much there was to use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from carrears.delinquency.ledger.entries import Account, Kind, replay_order
from carrears.delinquency.ledger.steps import Column, Step


@dataclass(frozen=True, slots=True)
class Moved:
    """The row (by its place) whose due date an entry moved, from which day to which."""

    row: int
    was: date
    now: date


def due_dates_moved(account: Account) -> dict[int, Moved]:
    """By place of the entry that moved it, each due date as it stood before and after."""
    due_on = [one.due_on for one in account.schedule]
    moved: dict[int, Moved] = {}
    for place in replay_order(account.entries):
        entry = account.entries[place]
        if entry.kind is Kind.MOVE_DUE and entry.until is not None:
            moved[place] = Moved(entry.row, due_on[entry.row], entry.until)
            due_on[entry.row] = entry.until
    return moved


def amounts_used(account: Account, steps: Iterable[Step]) -> dict[int, int]:
    """By place of each refund and waiver, the minor units that there were to give back or waive.

    Money in hand is what was paid and went to nothing, less what was given back of it before.
    """
    paid, waived = [0] * len(account.entries), [0] * len(account.entries)
    for step in steps:
        if step.column is not Column.OWED:
            (paid if step.column is Column.PAID else waived)[step.entry] += step.amount
    in_hand, used = 0, {}
    for place in replay_order(account.entries):
        entry = account.entries[place]
        if entry.kind is Kind.PAYMENT:
            in_hand += entry.amount
        in_hand -= paid[place]
        if entry.kind is Kind.WAIVER:
            used[place] = waived[place]
        elif entry.kind is Kind.REFUND:
            used[place] = min(entry.amount, in_hand)
            in_hand -= used[place]
    return used
