"""What a chart shows; the twin of ``web/src/charts/spec.ts``. How it looks is the island's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from carrears.money import exponent

Unit = Literal["count", "money", "percent"]
Number = int | float | None


@dataclass(frozen=True, slots=True)
class Series:
    """Values by category. ``tone`` is ``bucket-0`` … ``bucket-7``, ``good``, ``bad``, ``warn``."""

    name: str
    values: tuple[Number, ...]
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """``id`` is the element's; money values are minor units, percent values fractions of one."""

    id: str
    title: str
    unit: Unit
    currency: str = ""

    def _common(self) -> dict[str, Any]:
        places = exponent(self.currency) if self.unit == "money" else 0
        return {"unit": self.unit, "currency": self.currency, "places": places}


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisChart(_Chart):
    """Bars, stacked bars or lines over categories; ``tones`` colours a single series' bars."""

    kind: Literal["bars", "stacked", "lines"]
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    tones: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The head of the table that stands in for the chart."""
        return tuple(series.name for series in self.series)

    @property
    def table(self) -> tuple[tuple[str, tuple[Number, ...]], ...]:
        """The rows of that table."""
        values = zip(*(series.values for series in self.series), strict=True)
        return tuple(zip(self.categories, values, strict=True))

    def as_json(self) -> dict[str, Any]:
        """What the island reads."""
        series = [
            {"name": one.name, "values": list(one.values), "tone": one.tone} for one in self.series
        ]
        head = {"kind": self.kind, "categories": list(self.categories), "tones": list(self.tones)}
        return self._common() | head | {"series": series}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapChart(_Chart):
    """A matrix; None where nothing can be said.

    ``scale="roll"`` is a matrix from bucket to bucket: left of the diagonal is better, right
    of it worse, and the colours say so.
    """

    kind: Literal["heatmap"] = "heatmap"
    scale: Literal["plain", "roll"] = "plain"
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Number, ...], ...]

    @property
    def table(self) -> tuple[tuple[str, tuple[Number, ...]], ...]:
        """The rows of the table that stands in for the chart."""
        return tuple(zip(self.rows, self.cells, strict=True))

    def as_json(self) -> dict[str, Any]:
        """What the island reads."""
        return self._common() | {
            "kind": self.kind,
            "scale": self.scale,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "cells": [list(row) for row in self.cells],
        }


@dataclass(frozen=True, slots=True)
class Node:
    """One end of a flow. ``key`` is unique in the chart, ``name`` is shown."""

    key: str
    name: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A flow from one node's key to another's."""

    source: str
    target: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SankeyChart(_Chart):
    """Where loans or balances went between two days."""

    kind: Literal["sankey"] = "sankey"
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The head of the table that stands in for the chart: one column without a name."""
        return ("",)

    @property
    def table(self) -> tuple[tuple[str, tuple[Number, ...]], ...]:
        """The rows of that table."""
        names = {node.key: node.name for node in self.nodes}
        return tuple(
            (f"{names[link.source]} → {names[link.target]}", (link.value,)) for link in self.links
        )

    def as_json(self) -> dict[str, Any]:
        """What the island reads."""
        return self._common() | {
            "kind": self.kind,
            "nodes": [{"key": n.key, "name": n.name, "tone": n.tone} for n in self.nodes],
            "links": [
                {"source": link.source, "target": link.target, "value": link.value}
                for link in self.links
            ],
        }


Chart = AxisChart | HeatmapChart | SankeyChart
