"""Segments: by what a book can be cut, each as one expression over its loans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Self

import ibis
import ibis.expr.types as ir
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("bands.yaml")
UNKNOWN = ""  # the segment of loans whose tape does not say


class BandError(ValueError):
    """A file of bands that cannot be used; names the file and what is wrong in it."""


class Band(BaseModel):
    """Figures from ``start`` until the next band begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: int = Field(alias="from", ge=0)
    name: str = Field(min_length=1)


class Bands(BaseModel):
    """Bands by the segment they make."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[str, ...] = Field(min_length=1)
    bands: Mapping[str, tuple[Band, ...]]

    @model_validator(mode="after")
    def _must_rise(self) -> Self:
        for name, bands in self.bands.items():
            starts = [band.start for band in bands]
            if not starts or starts[0] != 0 or starts != sorted(set(starts)):
                raise ValueError(f"{name}: bands must begin at 0 and then rise, not {starts}")
        return self

    def name_expression(self, segment: str, figure: ir.NumericValue) -> ir.StringValue:
        """The name of the band that ``figure`` falls into; null stays null."""
        bands = self.bands[segment]
        steps = [(figure < after.start, band.name) for band, after in pairwise(bands)]
        return ibis.cases((figure.isnull(), ibis.null("string")), *steps, else_=bands[-1].name)


@cache
def load_bands(path: Path = _SHIPPED) -> Bands:
    """The bands in ``path``, by default the shipped ones.

    Raises:
        BandError: no such file, not YAML, or no rising bands.
    """
    try:
        return Bands.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BandError(f"{path}: {error}") from error


def _month(loans: ir.Table) -> ir.StringValue:
    return loans.originated_on.strftime("%Y-%m")


def _quarter(loans: ir.Table) -> ir.StringValue:
    year = loans.originated_on.year().cast("string")
    return year + "-Q" + loans.originated_on.quarter().cast("string")


def _model(loans: ir.Table) -> ir.StringValue:
    """With its make: two makes may call a car alike."""
    return (loans.make.fill_null("") + " " + loans.model).strip()


def _ltv(loans: ir.Table) -> ir.StringValue:
    share = loans.principal * 100 / loans.vehicle_value.nullif(0)
    return load_bands().name_expression("ltv_band", share)


SEGMENTS: Mapping[str, Callable[[ir.Table], ir.StringValue]] = {
    "currency": lambda loans: loans.currency,
    "product": lambda loans: loans["product"],
    "region": lambda loans: loans.region,
    "dealer": lambda loans: loans.dealer,
    "channel": lambda loans: loans.channel,
    "make": lambda loans: loans.make,
    "model": _model,
    "model_year": lambda loans: loans.model_year.cast("string"),
    "condition": lambda loans: loans.vehicle_condition,
    "cohort_month": _month,
    "cohort_quarter": _quarter,
    "cohort_year": lambda loans: loans.originated_on.year().cast("string"),
    "bureau_band": lambda loans: load_bands().name_expression("bureau_band", loans.bureau_score),
    "ltv_band": _ltv,
}


def segmented(loans: ir.Table) -> ir.Table:
    """Each loan with every segment it belongs to.

    Columns: ``loan_id``; the names of ``SEGMENTS`` (string, ``UNKNOWN`` where the tape does
    not say); ``originated_on, closed_on, closed_reason``; ``principal`` (minor units).
    """
    cut = {name: segment(loans).fill_null(UNKNOWN) for name, segment in SEGMENTS.items()}
    return loans.select(
        "loan_id", "principal", "originated_on", "closed_on", "closed_reason", **cut
    )
