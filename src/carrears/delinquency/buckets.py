"""Buckets M0…M6+ of days past due, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Self

import ibis.expr.types as ir
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("buckets.yaml")


class BucketError(ValueError):
    """A bucket file that cannot be used; names the file and what is wrong in it."""


class Bucket(BaseModel):
    """Days past due from ``from_dpd`` until the next bucket begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    from_dpd: int = Field(ge=0)
    label: dict[str, str]


class Buckets(BaseModel):
    """A bucket scheme, from current to the worst; a bucket's number is its place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[str, ...] = Field(min_length=1)
    buckets: tuple[Bucket, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _must_rise(self) -> Self:
        starts = [bucket.from_dpd for bucket in self.buckets]
        if starts[:2] != [0, 1] or starts != sorted(set(starts)):
            raise ValueError(f"buckets must begin at 0, 1 and then rise, not {starts}")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names by bucket number."""
        return tuple(bucket.name for bucket in self.buckets)

    def number_of(self, dpd: int) -> int:
        """The bucket number of ``dpd`` days past due."""
        return sum(dpd >= bucket.from_dpd for bucket in self.buckets[1:])

    def number_expression(self, dpd: ir.IntegerValue) -> ir.IntegerValue:
        """The same as ``number_of``, for a column (int32)."""
        starts = [bucket.from_dpd for bucket in self.buckets[1:]]
        coded = dpd.bucket(starts, include_under=True, include_over=True, close_extreme=False)
        return coded.cast("int32")


@cache
def load_buckets(path: Path = _SHIPPED) -> Buckets:
    """The scheme in ``path``, by default the shipped one.

    Raises:
        BucketError: no such file, not YAML, or not a rising list of buckets.
    """
    try:
        return Buckets.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BucketError(f"{path}: {error}") from error
