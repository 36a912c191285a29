"""Which payments meet which part of a promise to pay (承诺还款): one definition, no database.

The night and an event ask the same function of the same rows. Money counts for the day of its
value (``paid_on``), wherever it was told late; a payment's money goes to the part whose last day
comes first, and what is left of it to the next, so that no fen is counted twice. The cases are in
``tests/casework/promise_cases.yaml``, a row each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

# Money that the debtor pays; what the sale of the car brought (``recovery``) keeps no promise.
COUNTED_KINDS = ("payment", "reversal")


class Kept(StrEnum):
    """How a part, or the whole promise, stands."""

    OPEN = "open"
    KEPT = "kept"  # the amount, within the tolerance, by the last day
    PARTLY = "partly"  # less than that by the last day
    BROKEN = "broken"  # nothing by the last day


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A payment of the loan, or below zero one that is taken back; minor units.

    ``told_at`` is when a single payment was told; None of one that came with a tape.
    """

    no: str
    paid_on: date
    amount: int
    reverses_no: str = ""
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedPart:
    """So much by that day."""

    key: int
    amount: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A promise with its parts and its tolerance.

    ``book_day`` is the day that the book had reached when it was made: tapes had told of all
    payments until then. ``slack`` (minor units a part) and ``slack_days`` are the tolerance.
    """

    key: int
    made_on: date
    made_at: datetime
    book_day: date
    parts: tuple[PromisedPart, ...]
    slack: int = 0
    slack_days: int = 0

    def counts(self, paid: Paid) -> bool:
        """Whether a payment is one that came of the promise: not one that was there before."""
        if paid.paid_on != self.made_on:
            return paid.paid_on > self.made_on
        if paid.told_at is None:
            return self.book_day < self.made_on
        return paid.told_at >= self.made_at


@dataclass(frozen=True, slots=True)
class Share:
    """What one payment gave to a part."""

    no: str
    paid_on: date
    amount: int


@dataclass(frozen=True, slots=True)
class PartMatch:
    """How a part stands; ``met`` is the sum of its shares, all of them in time."""

    key: int
    state: Kept
    met: int
    kept_on: date | None
    missed_on: date | None
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """How a promise stands. ``settled_on`` is the day that decided it."""

    key: int
    state: Kept
    met: int
    settled_on: date | None
    parts: tuple[PartMatch, ...]


@dataclass(slots=True)
class _Open:
    """A part while money is shared out."""

    promise: Promised
    part: PromisedPart
    last_day: date
    met: int = 0
    kept_on: date | None = None
    shares: list[Share] = field(default_factory=list)

    @property
    def enough(self) -> int:
        """What keeps it; something has to come in."""
        return max(self.part.amount - self.promise.slack, 1)

    def take(self, paid: Paid, rest: int) -> int:
        """Take of a payment's rest what is lacking; returns how much."""
        share = min(rest, self.part.amount - self.met)
        if share:
            self.met += share
            self.shares.append(Share(paid.no, paid.paid_on, share))
            if self.kept_on is None and self.met >= self.enough:
                self.kept_on = paid.paid_on
        return share


def match(promises: Iterable[Promised], payments: Iterable[Paid], *, as_of: date) -> list[Match]:
    """How these promises of one loan stand at the end of ``as_of``, in their order.

    ``payments`` are all that is known of the loan's money, in any order. A part whose last day is
    over is decided; its promise with it, though later parts are still to come.
    """
    given = list(promises)
    open_parts = [
        _Open(promise, part, part.due_on + timedelta(days=promise.slack_days))
        for promise in given
        for part in promise.parts
    ]
    open_parts.sort(key=lambda one: (one.last_day, one.part.due_on, one.promise.key, one.part.key))
    for paid, left in standing_money(payments, as_of=as_of):
        rest = left
        for one in open_parts:
            if rest and paid.paid_on <= one.last_day and one.promise.counts(paid):
                rest -= one.take(paid, rest)
    found = {one.part.key: _settle(one, as_of) for one in open_parts}
    return [_whole(promise, [found[part.key] for part in promise.parts]) for promise in given]


def standing_money(payments: Iterable[Paid], *, as_of: date) -> list[tuple[Paid, int]]:
    """What is left of each payment until ``as_of`` after all that was taken back, oldest first.

    Money that is taken back was never there, for whichever day that is told. It comes off the
    payment that it names; without a name off the newest whole payment of that very amount, else
    off the newest money until then. What finds no money is left out of account.
    """
    known = sorted(
        (one for one in payments if one.paid_on <= as_of),
        key=lambda one: (one.paid_on, one.amount, one.no),
    )
    money = [one for one in known if one.amount > 0]
    left = {one.no: one.amount for one in money}
    unnamed: list[tuple[date, int]] = []
    for back in known:
        if back.amount < 0:
            taken = _take_named(left, back)
            unnamed += [(back.paid_on, -back.amount - taken)] if taken < -back.amount else []
    rest = [
        (day, lacking) for day, lacking in unnamed if not _take_whole(money, left, day, lacking)
    ]
    for day, lacking in rest:
        _take_newest(money, left, day, lacking)
    return [(one, left[one.no]) for one in money if left[one.no]]


def _take_named(left: dict[str, int], back: Paid) -> int:
    taken = min(left.get(back.reverses_no, 0), -back.amount)
    if taken:
        left[back.reverses_no] -= taken
    return taken


def _take_whole(money: Sequence[Paid], left: dict[str, int], day: date, lacking: int) -> bool:
    for one in reversed(money):
        if one.paid_on <= day and one.amount == left[one.no] == lacking:
            left[one.no] = 0
            return True
    return False


def _take_newest(money: Sequence[Paid], left: dict[str, int], day: date, lacking: int) -> None:
    for one in reversed(money):
        if lacking and one.paid_on <= day:
            taken = min(lacking, left[one.no])
            left[one.no] -= taken
            lacking -= taken


def _settle(one: _Open, as_of: date) -> PartMatch:
    missed_on = None
    if one.kept_on is not None:
        state = Kept.KEPT
    elif as_of <= one.last_day:
        state = Kept.OPEN
    else:
        state = Kept.PARTLY if one.met else Kept.BROKEN
        missed_on = one.last_day + timedelta(days=1)
    return PartMatch(one.part.key, state, one.met, one.kept_on, missed_on, tuple(one.shares))


def _whole(promise: Promised, parts: Sequence[PartMatch]) -> Match:
    """A promise is kept once all parts are; the first part that is missed decides it otherwise."""
    met = sum(part.met for part in parts)
    missed = [part.missed_on for part in parts if part.missed_on is not None]
    kept = [part.kept_on for part in parts if part.kept_on is not None]
    if missed:
        return Match(
            promise.key, Kept.PARTLY if met else Kept.BROKEN, met, min(missed), tuple(parts)
        )
    if len(kept) == len(parts):
        return Match(promise.key, Kept.KEPT, met, max(kept), tuple(parts))
    return Match(promise.key, Kept.OPEN, met, None, tuple(parts))
