"""Figures of the house's work over thirty days, as the night counts and keeps them.

Kept are the numerator and the denominator of each, never the rate: whoever shows one divides. What
each is in words stands in ``analytics/key_definitions.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from carrears.casework.hours import collector_minutes
from carrears.casework.models import Promise
from carrears.casework.part_of_house import of_loans
from carrears.casework.promise_quality import quality_of
from carrears.clock import at_local
from carrears.conduct.complaint_queries import count_received
from carrears.dayrun.collected import (
    DAYS,
    collected_in_collections,
    entered,
    liquidated,
    main_currency,
    recovered,
)
from carrears.dayrun.columnar import book_engine
from carrears.dayrun.commission import commission
from carrears.dayrun.models import DayRun
from carrears.outreach.contact_rates import rate_of_house
from carrears.outreach.house_work import count_own_contacts, count_worked_cases


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure: ``above`` ÷ ``below``, over days from ``first`` to ``last``, both included.

    With a ``currency`` both are its minor units, else they are counted.
    """

    first: str
    last: str
    above: int
    below: int
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """What the house and its agencies did for what was ``collected`` (minor units of ``currency``).

    ``contacts`` of its own by channel, ``minutes`` of the collectors' shifts, whose prices are not
    known here; ``commission`` is what agencies are owed for the days, by our own ledger.
    """

    first: str
    last: str
    collected: int
    currency: str
    contacts: dict[str, int]
    minutes: int
    commission: int


MONTHS_SINCE_ENTRY = (1, 2, 3)


def count_figures(run: DayRun) -> dict[str, Any]:
    """The figures of a run's day, by key, as its step keeps them: ``Ratio``, and ``spent``."""
    last = run.as_of
    first = last - timedelta(days=DAYS - 1)
    assert run.snapshot is not None  # noqa: S101  set when the run begins
    with book_engine(Path(run.snapshot.folder)) as engine:
        currency = main_currency(engine, run)
        told = count_of_work(run, currency) | count_of_book(engine, run, currency)
        collected = collected_in_collections(engine, last, currency=currency)
    begins, ends = _span(first, last)
    spent = Spent(
        first.isoformat(),
        last.isoformat(),
        collected,
        currency,
        count_own_contacts(first=begins, until=ends),
        collector_minutes(first=first, last=last),
        commission(first, last, currency),
    )
    return {key: asdict(one) for key, one in told.items()} | {"spent": asdict(spent)}


def count_of_work(
    run: DayRun, currency: str, loans: Sequence[int] | None = None
) -> dict[str, Ratio]:
    """The figures of contacts, promises and complaints; with ``loans`` of their cases only."""
    first, last = run.as_of - timedelta(days=DAYS - 1), run.as_of
    return _of_contacts(first, last, loans) | _of_promises(first, last, currency, loans)


def count_of_book(
    engine: duckdb.DuckDBPyConnection, run: DayRun, currency: str, *, bucket: int | None = None
) -> dict[str, Ratio]:
    """The figures that the book alone tells, of all its loans or of those that ``engine`` keeps.

    What a lacking run of earlier would have to tell is left out. With ``bucket`` of who was in it
    at the beginning, and then without entry and liquidation, which begin with who was not behind.
    """
    last, told = run.as_of.isoformat(), {}
    if found := recovered(engine, run, currency=currency, bucket=bucket):
        first = _day_after(found.opening)
        told["recovery"] = Ratio(first, last, found.collected, found.debt, currency)
    if bucket is not None:
        return told
    if new := entered(engine, run, currency=currency):
        first = _day_after(new.opening)
        told["entered"] = Ratio(first, last, new.entered, new.current)
        told["entered_balance"] = Ratio(first, last, new.entered_balance, new.balance, currency)
    for months in MONTHS_SINCE_ENTRY:
        if found := liquidated(engine, run, months=months, currency=currency):
            first = _day_after(found.opening)
            told[f"liquidation_{months}"] = Ratio(
                first, last, found.collected, found.debt, currency
            )
    return told


def _day_after(day: date) -> str:
    return (day + timedelta(days=1)).isoformat()


def _of_contacts(first: date, last: date, loans: Sequence[int] | None) -> dict[str, Ratio]:
    begins, ends = _span(first, last)
    rate = rate_of_house(first=begins, until=ends, loans=loans)
    complaints = count_received(first=begins, until=ends, loans=loans)
    worked = count_worked_cases(first=begins, until=ends, loans=loans)
    days = first.isoformat(), last.isoformat()
    return {
        "contact": Ratio(*days, rate.reached, rate.made),
        "right_party": Ratio(*days, rate.right_party, rate.made),
        "promise": Ratio(*days, rate.promised, rate.right_party),
        "complaint": Ratio(*days, complaints, worked),
    }


def _of_promises(
    first: date, last: date, currency: str, loans: Sequence[int] | None
) -> dict[str, Ratio]:
    due = Promise.objects.filter(due_on__gte=first, due_on__lte=last, currency=currency).order_by()
    due = due if loans is None else due.filter(of_loans(loans))
    days = first.isoformat(), last.isoformat()
    one = next(iter(quality_of(due)), None)
    if one is None:
        return {"kept": Ratio(*days, 0, 0), "kept_amount": Ratio(*days, 0, 0, currency)}
    return {
        "kept": Ratio(*days, one.kept, one.settled),
        "kept_amount": Ratio(*days, one.met, one.settled_amount, currency),
    }


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    """From when until when (outside) these days last by the lender's clock."""
    zone, after = settings.TIME_ZONE, last + timedelta(days=1)
    return at_local(first, time.min, zone), at_local(after, time.min, zone)
