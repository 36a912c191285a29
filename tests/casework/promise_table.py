"""The table of promises and payments, read for whoever judges by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from carrears.casework.matching import Paid, Promised, PromisedPart

FILE = Path(__file__).with_name("promise_cases.yaml")
_YEAR = 2026


@dataclass(frozen=True)
class PromiseCase:
    """One case: promises of a loan, its payments, and how they stand at the end of some days."""

    name: str
    promises: tuple[Promised, ...]
    payments: tuple[Paid, ...]
    told_on: dict[str, date]
    states: dict[date, list[str]]
    met: list[dict[str, int]]


def read_cases() -> list[PromiseCase]:
    """All cases of the table."""
    return [_case(row) for row in yaml.safe_load(FILE.read_text(encoding="utf-8"))["cases"]]


def day(text: str) -> date:
    """A day of the table's year."""
    month, number = text.split("-")
    return date(_YEAR, int(month), int(number))


def fen(yuan: float) -> int:
    """Minor units of an amount of the table."""
    return round(yuan * 100)


def _case(row: dict[str, Any]) -> PromiseCase:
    several = isinstance(row["promised"][0][0], list)
    promised = row["promised"] if several else [row["promised"]]
    made = [day(text) for text in row.get("made", ["06-01"] * len(promised))]
    payments = [_paid(one) for one in row["paid"]]
    states = {
        day(text): said if isinstance(said, list) else [said] for text, said in row["on"].items()
    }
    return PromiseCase(
        name=row["name"],
        promises=tuple(
            _promised(key, on, parts)
            for key, (on, parts) in enumerate(zip(made, promised, strict=True))
        ),
        payments=tuple(paid for paid, _ in payments),
        told_on={paid.no: told for paid, told in payments},
        states=states,
        met=[{no: fen(yuan) for no, yuan in part.items()} for part in row["met"]],
    )


def _promised(key: int, made_on: date, parts: list[Any]) -> Promised:
    return Promised(
        key=key,
        made_on=made_on,
        made_at=datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC),
        book_day=date(2026, 5, 31),
        parts=tuple(
            PromisedPart(key=key * 100 + n, amount=fen(yuan), due_on=day(text))
            for n, (yuan, text) in enumerate(parts)
        ),
        slack=100,
        slack_days=1,
    )


def _paid(one: Any) -> tuple[Paid, date]:
    row = one if isinstance(one, dict) else dict(zip(("day", "amount", "name"), one, strict=True))
    on = day(row["day"])
    paid = Paid(
        no=row["name"], paid_on=on, amount=fen(row["amount"]), reverses_no=row.get("of", "")
    )
    return paid, day(row["told"]) if "told" in row else on
