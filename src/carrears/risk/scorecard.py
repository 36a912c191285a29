"""A scorecard as data: attributes, bins, points, reasons. More points are the better risk.

The bins are defined once. ``score_expression`` reads them for a whole table, ``explain`` for
one row; a test holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import ibis
import ibis.expr.types as ir
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrears.delinquency.pattern import Lateness
from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("scorecard.yaml")
_REASONS = 3
_MOST_POINTS = 999  # keeps the sort key of a reason at four digits

Text = dict[Literal["zh-CN", "en"], Annotated[str, Field(min_length=1)]]


class ScorecardError(ValueError):
    """A scorecard file that cannot be used; names the file and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Outcome(_Strict):
    """What a value earns, and how to say it to a person."""

    points: int = Field(ge=-_MOST_POINTS, le=_MOST_POINTS)
    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    reason: Text

    @model_validator(mode="after")
    def _must_speak_both(self) -> Self:
        if set(self.reason) != {"zh-CN", "en"}:
            raise ValueError(f"{self.code}: a reason is said in zh-CN and in en")
        return self


class Bin(Outcome):
    """Values below ``below`` that no earlier bin took; the last bin has no bound."""

    below: float | None = Field(default=None, allow_inf_nan=False)


class Attribute(_Strict):
    """One column of the features, cut into bins; a missing value is a bin of its own."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Text
    basis: Literal["fitted", "judgement"]
    bins: tuple[Bin, ...] = Field(min_length=2)
    missing: Outcome

    @model_validator(mode="after")
    def _must_cover_all(self) -> Self:
        bounds = [b.below for b in self.bins[:-1]]
        if self.bins[-1].below is not None or None in bounds:
            raise ValueError(f"{self.name}: every bin but the last has `below`")
        if bounds != sorted(set(bounds), key=lambda bound: bound or 0.0):
            raise ValueError(f"{self.name}: bounds must rise, not {bounds}")
        return self

    @property
    def most_points(self) -> int:
        """The best any value can earn."""
        return max(outcome.points for outcome in (*self.bins, self.missing))

    def outcome_of(self, value: float | Decimal | None) -> Outcome:
        """The bin a value falls into."""
        if value is None or math.isnan(value):
            return self.missing
        number = float(value)
        return next(b for b in self.bins if b.below is None or number < b.below)


class Band(_Strict):
    """Scores from ``from_score`` up to the next better band."""

    name: str = Field(min_length=1)
    from_score: int | None = None


class Pattern(_Strict):
    """Which instalments count as paid late for this card."""

    late_after_days: int = Field(ge=0)
    late_shortfall_share: Decimal = Field(ge=0, lt=1)

    @property
    def lateness(self) -> Lateness:
        """As the ledger is asked for it."""
        return Lateness(self.late_after_days, self.late_shortfall_share)


class Scorecard(_Strict):
    """All a score needs; ``version`` is stored next to every score."""

    name: str = Field(min_length=1)
    title: Text = {}
    version: str = Field(min_length=1)
    method: str = Field(min_length=1)
    base_points: int
    pattern: Pattern
    bands: tuple[Band, ...] = Field(min_length=2)
    attributes: tuple[Attribute, ...] = Field(min_length=1, max_length=99)

    @model_validator(mode="after")
    def _must_be_whole(self) -> Self:
        starts = [band.from_score for band in self.bands[:-1]]
        if None in starts or self.bands[-1].from_score is not None:
            raise ValueError("every band but the last (the worst) has `from_score`")
        if starts != sorted(set(starts), key=lambda start: -(start or 0)):
            raise ValueError(f"bands go from the best down, not {starts}")
        names = [attribute.name for attribute in self.attributes]
        if len(names) != len(set(names)):
            raise ValueError(f"an attribute stands twice: {names}")
        codes = [outcome.code for outcome in self.outcomes()]
        if len(codes) != len(set(codes)):
            raise ValueError(f"a reason code stands twice: {sorted(codes)}")
        return self

    def band_of(self, score: int) -> str:
        """The band of a score."""
        return next(b.name for b in self.bands if b.from_score is None or score >= b.from_score)

    def reason(self, code: str) -> Text:
        """The text of a reason code.

        Raises:
            KeyError: the card has no such code.
        """
        return {outcome.code: outcome.reason for outcome in self.outcomes()}[code]

    def outcomes(self) -> Iterator[Outcome]:
        """All bins of all attributes, in the card's order."""
        for attribute in self.attributes:
            yield from (*attribute.bins, attribute.missing)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why points were lost."""

    code: str
    attribute: str
    points_lost: int
    text: Text


@cache
def load_scorecard(path: Path = _SHIPPED) -> Scorecard:
    """The card in ``path``, by default the shipped one.

    Raises:
        ScorecardError: no such file, not YAML, or a card with gaps; says where.
    """
    try:
        return Scorecard.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ScorecardError(f"{path}: {error}") from error


def score_expression(table: ir.Table, card: Scorecard) -> ir.Table:
    """``table`` with ``score`` (int32), ``band`` and ``reasons`` (codes, worst first).

    ``table`` has a column for each attribute of the card. Reasons are the up to three
    attributes that lost most points against their best bin; ties in the card's order.
    """
    points = [_by_bin(table, a, lambda outcome: outcome.points) for a in card.attributes]
    keys = [_by_bin(table, a, partial(_key, n, a)) for n, a in enumerate(card.attributes)]
    score = ibis.literal(card.base_points, "int32")
    for part in points:
        score += part
    score = score.cast("int32")
    lost = ibis.array(keys).filter(lambda key: key != "").sort()[:_REASONS]
    return table.mutate(
        score=score,
        band=ibis.cases(
            *((score >= b.from_score, b.name) for b in card.bands[:-1]), else_=card.bands[-1].name
        ),
        reasons=lost.map(lambda key: key.substr(_KEY_LENGTH)),
    )


def score_row(card: Scorecard, row: Mapping[str, Any]) -> int:
    """The score of one row of features."""
    return card.base_points + sum(a.outcome_of(row[a.name]).points for a in card.attributes)


def explain(card: Scorecard, row: Mapping[str, Any]) -> list[Reason]:
    """The reasons of one row of features, worst first."""
    keyed: list[tuple[str, Reason]] = []
    for place, attribute in enumerate(card.attributes):
        outcome = attribute.outcome_of(row[attribute.name])
        lost = attribute.most_points - outcome.points
        if lost:
            reason = Reason(outcome.code, attribute.name, lost, outcome.reason)
            keyed.append((_key(place, attribute, outcome), reason))
    return [reason for _, reason in sorted(keyed, key=itemgetter(0))[:_REASONS]]


def _by_bin(
    table: ir.Table, attribute: Attribute, pick: Callable[[Outcome], int | str]
) -> ir.Value:
    """A column's bin, as what ``pick`` takes from it."""
    column = table[attribute.name]
    is_missing = column.isnull()
    if column.type().is_floating():
        is_missing |= column.isnan()
    branches = [(is_missing, pick(attribute.missing))]
    branches += [(column < b.below, pick(b)) for b in attribute.bins[:-1]]
    return ibis.cases(*branches, else_=pick(attribute.bins[-1]))


_KEY_LENGTH = 6


def _key(place: int, attribute: Attribute, outcome: Outcome) -> str:
    """Sorts by points lost, then by the card's order; empty when nothing was lost."""
    lost = attribute.most_points - outcome.points
    return f"{9999 - lost:04d}{place:02d}{outcome.code}" if lost else ""
