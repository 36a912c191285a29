"""What was told of a loan and has not aged yet: returned debits, phone, car, bureau."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import ibis
import ibis.expr.types as ir
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from carrears.delinquency.screen import AsOf, date_expression
from carrears.layout import EVENT_KINDS
from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("signals.yaml")
SIGNALS = ("returned_debits", "phone_changes", "car_silent", "car_moved")
Days = Annotated[int, Field(ge=1, le=3660)]


class SignalsError(ValueError):
    """A file of signals that cannot be used; names the file and what is wrong in it."""


class Signal(BaseModel):
    """Which kinds of event count, and for how many days, the day of the event included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: tuple[str, ...] = Field(min_length=1)
    days: Days

    @field_validator("kinds")
    @classmethod
    def _must_be_known(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [kind for kind in kinds if kind not in EVENT_KINDS]:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(EVENT_KINDS)}")
        return kinds


class Signals(BaseModel):
    """All signals, and how long a bureau's change counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signals: dict[str, Signal]
    bureau_days: Days

    @field_validator("signals")
    @classmethod
    def _must_be_all(cls, signals: dict[str, Signal]) -> dict[str, Signal]:
        if set(signals) != set(SIGNALS):
            raise ValueError(f"signals are {', '.join(SIGNALS)}, not {', '.join(signals)}")
        return signals


@cache
def load_signals(path: Path = _SHIPPED) -> Signals:
    """The signals in ``path``, by default the shipped ones.

    Raises:
        SignalsError: no such file, not YAML, or a signal too few, too many or unknown.
    """
    try:
        return Signals.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SignalsError(f"{path}: {error}") from error


def live_signals(events: ir.Table, *, as_of: AsOf, signals: Signals) -> ir.Table:
    """The signals that still count at the end of ``as_of``: a row a loan that has any.

    Columns: ``loan_id``; a count (int32) of each of ``SIGNALS``; ``score_told`` and
    ``score_before``, the newest bureau score told within ``bureau_days``, and the newest told
    before that one, both null where there is none.
    """
    day = date_expression(as_of)
    told = events.filter(events.happened_on <= day)
    age = day.delta(told.happened_on, unit="day")
    counted = {
        name: (told.kind.isin(one.kinds) & (age < one.days)).sum().fill_null(0).cast("int32")
        for name, one in signals.signals.items()
    }
    counts = told.group_by("loan_id").agg(**counted)
    scores = _scores(told, day, signals.bureau_days)
    joined = counts.left_join(scores, "loan_id", rname="score_{name}")
    return joined.select("loan_id", *SIGNALS, "score_told", score_before=joined.earlier)


def _scores(told: ir.Table, day: ir.DateValue, days: int) -> ir.Table:
    changes = told.filter(told.kind == "bureau_change", told.amount.notnull())
    newest_first = ibis.window(
        group_by="loan_id", order_by=[changes.happened_on.desc(), changes.event_no.desc()]
    )
    changes = changes.mutate(
        place=ibis.row_number().over(newest_first),
        earlier=changes.amount.lead(1).over(newest_first).cast("int32"),
    )
    is_live = day.delta(changes.happened_on, unit="day") < days
    newest = changes.filter(changes.place == 0, is_live)
    return newest.select("loan_id", "earlier", score_told=newest.amount.cast("int32"))
