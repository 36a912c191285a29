"""The tables of a chunk in Carrears' tape format; money columns are minor units."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from carrears.samplebook.behaviour import LOST, STILL_OPEN
from carrears.samplebook.cash import EVENT_KINDS, NEVER, PAYMENT_KINDS, Cash, Rows, first_day
from carrears.samplebook.contracts import Contracts
from carrears.samplebook.identity import constant, digits, strings
from carrears.samplebook.market import Market
from carrears.samplebook.measure import Flags, Ints
from carrears.samplebook.schedule import RATE_UNIT, Plan

_CONDITIONS = ("new", "used")
_RATE = pa.decimal128(9, 6)
_MOST_ROWS = 1_000
_NUMBERS = pa.array([f"{number:03}" for number in range(_MOST_ROWS)])


def loan_numbers(index: Ints) -> pa.Array:
    """The lender's numbers: CL and nine digits, in the order of the index."""
    return _prefixed("CL", index)


def obligor_numbers(index: Ints) -> pa.Array:
    """Numbers of the people who borrow: OB and nine digits."""
    return _prefixed("OB", index)


def _prefixed(prefix: str, index: Ints) -> pa.Array:
    return strings(np.hstack([constant(prefix, len(index)), digits(index + 1, 9)]))


def loans_table(contracts: Contracts, market: Market, cash: Cash) -> pa.Table:
    """One row a loan."""
    c = contracts
    closed = cash.ended != STILL_OPEN
    reason = np.where(cash.ended == LOST, 1, 0)
    return pa.table(
        {
            "loan_no": loan_numbers(c.index),
            "product": pick(market.products, c.segment),
            "currency": pick((market.currency,), np.zeros_like(c.index)),
            "obligor_no": obligor_numbers(c.obligor),
            "originated_on": dates(first_day(c.first_month - 1) + c.due_day - 1),
            "first_due_on": dates(first_day(c.first_month) + c.due_day - 1),
            "term_months": pa.array(c.term, pa.int32()),
            "annual_rate": rates(c.rate * (1_000_000 // RATE_UNIT)),
            "principal_minor": c.principal,
            "instalment_minor": c.instalment,
            "closed_on": dates(np.where(closed, cash.closed_on, NEVER)),
            "closed_reason": pick(("paid_off", "charged_off"), reason, where=closed),
            "region": pick(market.regions, market.region_of[c.place]),
            "dealer": pick(market.dealers, c.dealer),
            "channel": pick(market.channels, c.channel),
            "make": pick(market.makes, c.model),
            "model": pick(market.models, c.model),
            "model_year": pa.array(c.model_year, pa.int32()),
            "vehicle_condition": pick(_CONDITIONS, c.is_used.astype(np.int64)),
            "vehicle_value_minor": c.value,
            "bureau_score": pa.array(c.score, pa.int32()),
            "payment_to_income": rates(c.pti),
        }
    )


def schedule_table(contracts: Contracts, plan: Plan, cash: Cash) -> pa.Table:
    """One row an instalment, and one more for each time it was moved."""
    term, moved = contracts.term, cash.moved
    longest = plan.principal.shape[1]
    loan, place = np.nonzero(np.arange(longest) < term[:, None])
    later = term[moved.loan] - moved.first
    again = np.repeat(np.arange(len(moved.loan)), later)
    step = np.arange(len(again)) - np.repeat(np.cumsum(later) - later, later)
    n = len(loan)
    loan = np.concatenate([loan, moved.loan[again]])
    place = np.concatenate([place, moved.first[again] + step])
    shift = np.concatenate([np.zeros(n, np.int64), moved.shift[again]])
    effective = np.concatenate([np.full(n, NEVER, np.int64), moved.day[again]])
    # Earlier versions come first: the first of all, then by the deferrals' order.
    order = np.argsort((loan << 16 | place) << 16 | shift, kind="stable")
    loan, place, shift, effective = (column[order] for column in (loan, place, shift, effective))
    due = first_day(contracts.first_month[loan] + place + shift) + contracts.due_day[loan] - 1
    return pa.table(
        {
            "loan_no": pick(loan_numbers(contracts.index), loan),
            "seq": pa.array(place + 1, pa.int32()),
            "due_on": dates(due),
            "principal_minor": plan.principal[loan, place],
            "interest_minor": plan.interest[loan, place],
            "fee_minor": np.zeros(len(loan), np.int64),
            "effective_on": dates(effective),
        }
    )


def payments_table(contracts: Contracts, cash: Cash) -> pa.Table:
    """One row a payment, reversal or recovery."""
    rows = cash.payments
    return pa.table(
        {
            "loan_no": pick(loan_numbers(contracts.index), rows.loan),
            "payment_no": _number_within(rows),
            "paid_on": dates(rows.day),
            "amount_minor": rows.amount,
            "kind": pick(PAYMENT_KINDS, rows.kind),
        }
    )


def events_table(contracts: Contracts, cash: Cash) -> pa.Table:
    """One row an event; deferrals have months, the others but repossessions an amount."""
    rows = cash.events
    return pa.table(
        {
            "loan_no": pick(loan_numbers(contracts.index), rows.loan),
            "event_no": _number_within(rows),
            "happened_on": dates(rows.day),
            "kind": pick(EVENT_KINDS, rows.kind),
            "months": pa.array(rows.months, pa.int32(), mask=rows.months == 0),
            "amount_minor": pa.array(rows.amount, pa.int64(), mask=rows.amount == 0),
        }
    )


def _number_within(rows: Rows) -> pa.DictionaryArray:
    """001, 002 … within each loan."""
    starts = np.searchsorted(rows.loan, rows.loan, side="left")
    number = np.arange(1, len(rows.loan) + 1) - starts
    return pick(_NUMBERS, number)


def pick(
    values: tuple[str, ...] | pa.Array, place: Ints, *, where: Flags | None = None
) -> pa.Array:
    """Strings by place, as a dictionary column; null where ``where`` is false.

    An array given as ``values`` must hold each string once.
    """
    mask = None if where is None else ~where
    words = values
    if not isinstance(words, pa.Array):
        # Arrow writes undefined bytes into Parquet for a dictionary with repeated strings.
        numbered = {word: number for number, word in enumerate(dict.fromkeys(words))}
        place = np.array([numbered[word] for word in words], np.int64)[place]
        words = pa.array(numbered, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(place.astype(np.int32), mask=mask), words)


def dates(day: Ints) -> pa.Array:
    """Days since 1970 as dates; NEVER is null."""
    return pa.array(day.astype(np.int32), mask=day == NEVER).cast(pa.date32())


def rates(millionths: Ints) -> pa.Array:
    """Millionths as decimals with six places."""
    return scaled(pa.array(millionths, pa.int64()), 6).cast(_RATE)


def scaled(whole: pa.Array, places: int) -> pa.Array:
    """Integers as decimals with the point moved left by ``places``."""
    wide = whole.cast(pa.decimal128(19, 0))
    kind = pa.decimal128(19, places)
    return pa.Array.from_buffers(kind, len(wide), wide.buffers(), null_count=wide.null_count)
