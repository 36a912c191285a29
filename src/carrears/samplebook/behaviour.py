"""Months of payment behaviour: a Markov chain over buckets, for many loans at once.

The chain moves between month-ends. ``place`` counts months since the first due date. Which
whole instalments are paid follows the chain; ``credit`` is money towards the next one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carrears.samplebook.calibration import Calibration, read_data
from carrears.samplebook.contracts import SUBPRIME, Contracts
from carrears.samplebook.measure import DEEPEST, OUTCOMES, STATES, Flags, Floats, Ints
from carrears.samplebook.schedule import Plan

STILL_OPEN, MATURED, SETTLED, LOST = range(4)
PAYS_OFF = len(STATES)
LOSES, DEFERS = PAYS_OFF + 1, PAYS_OFF + 2
_AHEAD, _CURRENT, _LIGHT = 0, 1, 2
# A part payment stays below this share, so that what is missing counts as missing.
_MOST_CREDIT = 0.75


@dataclass
class Standing:
    """Where the loans of a chunk stand at a month-end; changed in place month by month.

    ``due`` and ``covered`` count instalments fallen due and wholly paid, ``credit`` is money
    towards the next (minor units), ``shift`` months of deferral so far.
    """

    due: Ints
    covered: Ints
    credit: Ints
    shift: Ints
    deferrals: Ints
    ended: Ints


@dataclass(frozen=True)
class Month:
    """What the loans ``rows`` did in the month ``place``; amounts in minor units.

    ``paid`` is what they paid, of it ``arrears`` for instalments of earlier months; ``missed``
    those who ended worse; ``ended`` how the loan ended; ``deferred_from`` the first deferred
    instalment (0-based, -1 for none) and ``shift`` the months it has been moved in all;
    ``left`` the principal still owed.
    """

    place: int
    rows: Ints
    paid: Ints
    arrears: Ints
    missed: Flags
    ended: Ints
    deferred_from: Ints
    moved: Ints
    shift: Ints
    left: Ints


def live_months(
    rng: np.random.Generator,
    contracts: Contracts,
    plan: Plan,
    *,
    calibration: Calibration,
    months: Ints,
) -> list[Month]:
    """What each loan does in each of its first ``months`` months after the first due date."""
    rates = loan_rates(contracts, calibration)
    standing = Standing(*(np.zeros(len(months), np.int64) for _ in range(6)))
    lived = []
    for place in range(int(months.max(initial=0))):
        rows = np.flatnonzero((months > place) & (standing.ended == STILL_OPEN))
        if len(rows):
            lived.append(_live_one(rng, contracts, plan, standing, rates, calibration, rows, place))
    return lived


def loan_rates(contracts: Contracts, calibration: Calibration) -> Floats:
    """Cumulative rates by loan, state and outcome; a lower score misses a first one oftener."""
    rates = calibration.rates[contracts.segment]
    band = np.digitize(contracts.score, calibration.score_edges)
    multiple = np.where(contracts.segment == SUBPRIME, 1.0, calibration.score_multiples[band])
    first_miss = rates[:, _CURRENT, _LIGHT] * multiple
    rates[:, _CURRENT, _CURRENT] += rates[:, _CURRENT, _LIGHT] - first_miss
    rates[:, _CURRENT, _LIGHT] = first_miss
    cumulative: Floats = np.cumsum(rates, axis=2)
    return cumulative


def _live_one(  # noqa: PLR0917  one step of a loop
    rng: np.random.Generator, contracts: Contracts, plan: Plan, standing: Standing,
    rates: Floats, calibration: Calibration, rows: Ints, place: int,
) -> Month:  # fmt: skip
    segment, term = contracts.segment[rows], contracts.term[rows]
    covered, credit = standing.covered[rows], standing.credit[rows]
    before = standing.due[rows] - covered
    state = np.clip(before, -1, DEEPEST) + 1
    outcome = _draw_outcomes(rng, rates, rows, state)
    at_most = read_data("assumptions.yaml")["deferrals_at_most"]
    defers = (outcome == DEFERS) & (before >= 0) & (standing.deferrals[rows] < at_most)
    # What is unpaid becomes due this month; who is current may skip the month.
    shift = np.where(defers, place - covered + (before == 0), standing.shift[rows])
    due = np.minimum(np.maximum(place + 1 - shift, 0), term)
    deeper = rng.random(len(rows)) < calibration.deeper[segment]
    behind = _next_behind(outcome, before, due - covered, term - due, deeper)
    settles, loses = outcome == PAYS_OFF, outcome == LOSES
    reached = np.where(settles, term, np.where(loses, covered, due - behind))
    kept = _draw_credit(rng, contracts, calibration, rows, state, reached - covered, credit)
    kept = np.where(settles | (behind <= 0) | (reached >= term), 0, kept)
    kept = np.where(loses, credit, kept)
    paid = _money(plan, rows, due, covered, credit, reached, kept, settles)
    ended = np.where(settles, SETTLED, np.where(reached >= term, MATURED, STILL_OPEN))
    ended = np.where(loses, LOST, ended)
    moved = shift - standing.shift[rows]
    standing.due[rows], standing.covered[rows], standing.credit[rows] = due, reached, kept
    standing.shift[rows], standing.ended[rows] = shift, ended
    standing.deferrals[rows] += defers
    overdue = (
        plan.paid_up[rows, np.maximum(covered, covered + before)] - plan.paid_up[rows, covered]
    )
    return Month(
        place=place,
        rows=rows,
        paid=paid,
        arrears=np.where(defers, 0, np.clip(overdue - credit, 0, paid)),
        missed=(reached - covered == 0) & ~loses & (due > covered),
        ended=ended,
        deferred_from=np.where(defers, covered, -1),
        moved=moved,
        shift=shift,
        left=plan.balance[rows, covered],
    )


def _draw_outcomes(rng: np.random.Generator, rates: Floats, rows: Ints, state: Ints) -> Ints:
    drawn = rng.random(len(rows))
    outcome = (drawn[:, None] >= rates[rows, state]).sum(axis=1)
    # Rates are rounded and may sum to a hair less than one.
    outcome = np.where(outcome >= len(OUTCOMES), state, outcome)
    # A loan that is ahead is written off only as a total loss, which the insurer pays.
    return np.where((outcome == LOSES) & (state == _AHEAD), PAYS_OFF, outcome)


def _next_behind(outcome: Ints, before: Ints, owed: Ints, to_come: Ints, deeper: Flags) -> Ints:
    """Instalments unpaid at the month's end: what the chain drew, where the schedule allows it.

    ``owed`` is what is unpaid when nothing is paid this month.
    """
    wanted = np.where(outcome >= PAYS_OFF, 0, outcome - 1)
    # Over 90 days is one state of the chain: fall back by one more, or pay one.
    stays_deep = outcome - 1 == DEEPEST
    wanted = np.where(stays_deep, np.where(deeper | (before < DEEPEST), owed, before), wanted)
    wanted = np.where(stays_deep, np.maximum(wanted, DEEPEST), wanted)
    wanted = np.where((wanted < 0) & (to_come <= 0), 0, wanted)
    return np.minimum(wanted, owed)


def _draw_credit(  # noqa: PLR0917  one step of a loop
    rng: np.random.Generator, contracts: Contracts, calibration: Calibration, rows: Ints,
    state: Ints, steps: Ints, credit: Ints,
) -> Ints:  # fmt: skip
    """Money towards the next instalment at the month's end, in whole units of currency."""
    segment, instalment = contracts.segment[rows], contracts.instalment[rows]
    chance, size = rng.random(len(rows)), rng.uniform(0.2, _MOST_CREDIT, len(rows))
    pays_part = (steps == 0) & (chance < calibration.partial[segment, state])
    target = np.floor(instalment * size / 100).astype(np.int64) * 100
    grown = np.where(pays_part, np.maximum(target, credit), credit)
    # Who pays just one instalment keeps his credit; who catches up pays to the fen.
    return np.where(steps <= 1, grown, 0)


def _money(  # noqa: PLR0917  one row of sums
    plan: Plan, rows: Ints, due: Ints, covered: Ints, credit: Ints, reached: Ints, kept: Ints,
    settles: Flags,
) -> Ints:  # fmt: skip
    """What brings a loan from one standing to the next; a settlement pays no later interest."""
    paid_before = plan.paid_up[rows, covered] + credit
    level = np.maximum(due, covered)
    settlement = plan.paid_up[rows, level] + plan.balance[rows, level]
    target: Ints = np.where(settles, settlement, plan.paid_up[rows, reached] + kept)
    return target - paid_before
