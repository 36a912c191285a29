"""A result in few numbers, and its tables as files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from carrears.simulation.sankey import Sankey, draw_sankey

Row = dict[str, Any]
# The columns of each table in their order, which JSON does not keep.
COLUMNS: dict[str, tuple[str, ...]] = {
    "days": ("as_of", "source", "loans", "behind"),
    "moves": ("as_of", "currency", "behind", "before", "after", "loans", "arrears"),
    "load": (
        "as_of", "contender", "currency", "queue", "channel", "loans", "actions", "minutes",
        "cost", "capacity",
    ),
    "blocked": (
        "as_of", "contender", "channel", "allow", "review", "block", "nobody", "unjudged", "rules",
    ),
    "messages": (
        "as_of", "contender", "cadence", "step_day", "channel", "month", "today", "stopped",
        "allow", "review", "block", "nobody", "unjudged", "rules",
    ),
    "recovery": (
        "as_of", "contender", "currency", "arrears", "expected", "low", "high", "rests_on",
    ),
    "history": (
        "currency", "bucket", "band", "treatment", "loans", "months", "paid_share", "paid_low",
        "paid_high", "whole_share", "whole_low", "whole_high",
    ),
}  # fmt: skip
_PER_DAY = ("actions", "minutes", "cost")


def flows(result: Mapping[str, Sequence[Row]], *, day: str = "", behind: bool = True) -> Sankey:
    """The picture of the moves of ``day``, or of all days together."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in result["moves"]:
        if (not day or row["as_of"] == day) and (row["behind"] or not behind):
            sums[row["before"], row["after"]] += row["loans"]
    return draw_sankey((before, after, loans) for (before, after), loans in sums.items())


def moved(result: Mapping[str, Sequence[Row]], *, day: str = "") -> list[Row]:
    """The changes of treatment of loans behind, the largest first: loans, arrears by currency."""
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in result["moves"]:
        if row["behind"] and row["before"] != row["after"] and (not day or row["as_of"] == day):
            pair = sums[row["before"], row["after"], row["currency"]]
            pair[0] += row["loans"]
            pair[1] += row["arrears"]
    rows = [
        {"before": b, "after": a, "currency": c, "loans": n, "arrears": money}
        for (b, a, c), (n, money) in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row["loans"], row["before"], row["after"]))


def load(result: Mapping[str, Sequence[Row]], *, day: str = "") -> list[Row]:
    """Actions, minutes and cost a day by queue, channel and currency, contenders side by side.

    Of several days the mean of one. ``actions``, ``minutes`` and ``cost`` are pairs; None where
    nothing is assumed of the channel.
    """
    days = len({row["as_of"] for row in result["days"]}) if not day else 1
    sums: dict[tuple[str, str, str], Row] = {}
    for row in result["load"]:
        if day and row["as_of"] != day:
            continue
        key = row["queue"], row["channel"], row["currency"]
        into = sums.setdefault(
            key,
            {"queue": key[0], "channel": key[1], "currency": key[2], "capacity": row["capacity"]}
            | {name: [0.0, 0.0] for name in _PER_DAY},
        )
        for name in _PER_DAY:
            value = row[name]
            if value is None or into[name] is None:
                into[name] = None
            else:
                into[name][row["contender"]] += value / days
    return [sums[key] for key in sorted(sums)]


def blocked(result: Mapping[str, Sequence[Row]], *, day: str = "") -> list[Row]:
    """Contacts a day by channel and what the gate says, contenders side by side."""
    days = len({row["as_of"] for row in result["days"]}) if not day else 1
    names = ("allow", "review", "block", "nobody", "unjudged")
    sums: dict[str, Row] = {}
    for row in result["blocked"]:
        if day and row["as_of"] != day:
            continue
        into = sums.setdefault(
            row["channel"],
            {"channel": row["channel"], "rules": {}} | {name: [0.0, 0.0] for name in names},
        )
        for name in names:
            into[name][row["contender"]] += row[name] / days
        for rule, number in row["rules"].items():
            pair = into["rules"].setdefault(rule, [0.0, 0.0])
            pair[row["contender"]] += number / days
    return [sums[channel] for channel in sorted(sums)]


def messages(result: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The cadences' messages by step and channel, contenders side by side; the mean of the days.

    A result that was made before they were counted has none.
    """
    days = len({row["as_of"] for row in result["days"]}) or 1
    names = ("month", "today", "stopped", "allow", "review", "block", "nobody", "unjudged")
    sums: dict[tuple[str, int, str], Row] = {}
    for row in result.get("messages", ()):
        key = row["cadence"], row["step_day"], row["channel"]
        label = f"T{row['step_day']:+d}" if row["step_day"] else "T0"
        blank = {"cadence": key[0], "step": label, "channel": key[2]}
        into = sums.setdefault(key, blank | {name: [0.0, 0.0] for name in names})
        for name in names:
            into[name][row["contender"]] += row[name] / days
    return [sums[key] for key in sorted(sums)]


def recovery(result: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Each day's expectation by currency, contenders side by side."""
    found: dict[tuple[str, str], Row] = {}
    for row in result["recovery"]:
        into = found.setdefault(
            (row["as_of"], row["currency"]),
            {"as_of": row["as_of"], "currency": row["currency"], "arrears": row["arrears"]}
            | {"sides": [None, None]},
        )
        into["sides"][row["contender"]] = row
    return [found[key] for key in sorted(found)]


def table(result: Mapping[str, Sequence[Row]], name: str) -> pa.Table:
    """One table of a result, nested columns as JSON texts.

    Raises:
        KeyError: no such table.
    """
    rows = result.get(name, ())  # none in a result from before there was the table
    columns = {column: [_flat(row.get(column)) for row in rows] for column in COLUMNS[name]}
    return pa.table(columns)


def _flat(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value
