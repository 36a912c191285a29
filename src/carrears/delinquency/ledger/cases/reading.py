"""Read a case; what is missing or unreadable is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from carrears.delinquency.ledger.rounding import Rounding, round_to

Json = Mapping[str, Any]
MAX_DECIMALS = 6  # of a currency; ISO 4217 has none with more than four
FORMS = {dict: "an object", list: "a list"}


class CaseError(ValueError):
    """A case that cannot be read or replayed; the message names the field or event."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event as entered: ``on`` the day of entry, ``day`` the day it counts for."""

    id: str
    type: str
    on: date
    day: date
    amount: int
    fields: Json

    def day_of(self, name: str) -> date:
        """A date of the event; raises ``CaseError`` where it has none."""
        return parse_day(self.fields.get(name), f"event {self.id}: {name}")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case: terms, events in order of entry, what is asked for."""

    id: str
    as_of: date
    terms: Json
    events: tuple[Event, ...]
    expect: Json
    notes: str
    is_given: bool
    is_verified: bool
    scale: int
    unit: int

    def money(self, value: Any, name: str) -> int:
        """An amount in minor units; raises ``CaseError`` where it is none."""
        return parse_money(value, scale=self.scale, name=name)

    def text(self, amount: int) -> str:
        """An amount as the cases write it."""
        exact = Decimal(amount).scaleb(-self.scale)
        return f"{exact:.{self.scale}f}"


def read_case(line: str) -> Case:
    """The case of one line of a JSON-lines file. Raises ``CaseError``."""
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise CaseError(f"no JSON: {error}") from error
    if not isinstance(raw, dict):
        raise CaseError("a case is a JSON object")
    terms = raw.get("terms") or {}
    for name, kind in (("terms", dict), ("events", list), ("expect", dict)):
        if not isinstance(raw.get(name) or kind(), kind):
            raise CaseError(f"{name}: {FORMS[kind]} is expected, not {raw[name]!r}")
    try:
        return _case(raw, terms)
    except (AttributeError, TypeError) as error:
        raise CaseError(f"not in the format: {error}") from error


def _case(raw: Json, terms: Json) -> Case:
    scale = parse_whole(terms.get("decimals", 2), "terms: decimals")
    if not 0 <= scale <= MAX_DECIMALS:
        raise CaseError(f"terms: decimals: 0 to {MAX_DECIMALS}, not {scale}")
    events = tuple(_event(event, scale) for event in raw.get("events") or [])
    as_of = raw.get("as_of") or max((str(event.on) for event in events), default=None)
    unit = parse_money(terms.get("installment_multiple_of") or 0, scale=scale, name="multiple")
    return Case(
        id=str(raw.get("id", "")),
        as_of=parse_day(as_of, "as_of") if as_of else date.max,
        terms=terms,
        events=events,
        expect=raw.get("expect") or {},
        notes=str(raw.get("notes") or ""),
        is_given=raw.get("schedule_source") == "given",
        is_verified=raw.get("verified") is not False,
        scale=scale,
        unit=unit or 1,
    )


def _event(raw: Json, scale: int) -> Event:
    name = f"event {raw.get('id', '?')}"
    on = parse_day(raw.get("on"), f"{name}: on")
    value = raw.get("value_date")
    return Event(
        id=str(raw.get("id", "")),
        type=str(raw.get("type", "")),
        on=on,
        day=parse_day(value, f"{name}: value_date") if value else on,
        amount=parse_money(raw.get("amount") or 0, scale=scale, name=f"{name}: amount"),
        fields=raw,
    )


def parse_day(value: Any, name: str) -> date:
    """An ISO date. Raises ``CaseError``."""
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise CaseError(f"{name}: no date: {value!r}") from error


def parse_money(value: Any, *, scale: int, name: str) -> int:
    """A decimal amount in minor units, half up where it has more decimals. Raises ``CaseError``."""
    return round_to(parse_number(value, name) * 10**scale, rounding=Rounding.HALF_UP)


def parse_number(value: Any, name: str) -> Fraction:
    """A decimal number, exactly. Raises ``CaseError``."""
    try:
        return Fraction(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise CaseError(f"{name}: no number: {value!r}") from error


def parse_whole(value: Any, name: str) -> int:
    """A whole number, 0 where there is none. Raises ``CaseError``."""
    number = parse_number(value or 0, name)
    if number.denominator != 1:
        raise CaseError(f"{name}: no whole number: {value!r}")
    return int(number)
