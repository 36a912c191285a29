"""What an action costs and takes, and how history is read: a data file, the lender's own first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("assumptions.yaml")
Minor = Annotated[int, Field(ge=0)]


class AssumptionError(ValueError):
    """A file of assumptions that cannot be used; names the file and what is wrong."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChannelCost(_Data):
    """One action of a channel: minutes of a person, and its other cost by currency."""

    minutes: Annotated[float, Field(ge=0)]
    cost: dict[str, Minor] = Field(default_factory=dict)


class Assumptions(_Data):
    """Units as in ``assumptions.yaml``, which explains each."""

    channels: dict[str, ChannelCost]
    minute_cost: dict[str, Minor] = Field(default_factory=dict)
    queues: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    window_days: Annotated[int, Field(ge=1, le=366)]
    least_loans: Annotated[int, Field(ge=2)]

    def minutes(self, channel: str) -> float | None:
        """A person's minutes for one action; None where nothing is assumed."""
        known = self.channels.get(channel)
        return known.minutes if known else None

    def cost(self, channel: str, currency: str) -> float | None:
        """One action in minor units of ``currency``; None where something is not assumed."""
        known = self.channels.get(channel)
        if known is None or currency not in known.cost:
            return None
        if known.minutes and currency not in self.minute_cost:
            return None
        return known.cost[currency] + known.minutes * self.minute_cost.get(currency, 0)


def load_assumptions(home: Path) -> Assumptions:
    """The shipped assumptions, with what ``home/simulation.yaml`` names in their place.

    Raises:
        AssumptionError: a file that cannot be read, a key that is not known, a value out of range.
    """
    shipped = _read(_SHIPPED)
    own = home / "simulation.yaml"
    named = _read(own) if own.is_file() else {}
    try:
        return Assumptions.model_validate(shipped | named)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"])
        raise AssumptionError(f"{own}: {field}: {first['msg']}") from error


def _read(path: Path) -> dict[str, object]:
    try:
        raw = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise AssumptionError(f"{path}: {error}") from error
    if not isinstance(raw, dict):
        raise AssumptionError(f"{path}: a mapping of names to values is expected")
    return raw
