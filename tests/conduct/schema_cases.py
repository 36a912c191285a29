"""Cases drawn from a JSON Schema of cases, so that whatever it allows to be said is said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

_ZONES = ("UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/London", "America/Los_Angeles")
_FIRST = datetime(2026, 2, 1)  # noqa: DTZ001  local time, as cases tell it
_DAY = r"^\d{4}-\d{2}-\d{2}"
_IDS = ("a", "b", "c")
_LIMIT = 3


def draw_cases(schema: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Cases that ``schema`` allows, in which the attempt names only what the facts tell."""
    return _draw(schema, schema, "").map(_join)


def _draw(node: Mapping[str, Any], root: Mapping[str, Any], name: str) -> st.SearchStrategy[Any]:
    if "$ref" in node:
        target: Any = root
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return _draw(target, root, name)
    if "enum" in node:
        return st.sampled_from(node["enum"])
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return st.one_of(*(_draw_kind(kind, node, root, name) for kind in kinds))


def _draw_kind(
    kind: str, node: Mapping[str, Any], root: Mapping[str, Any], name: str
) -> st.SearchStrategy[Any]:
    if kind == "object":
        inner = {key: _draw(each, root, key) for key, each in node["properties"].items()}
        needed = {key: inner.pop(key) for key in node.get("required", ())}
        return st.fixed_dictionaries(needed, optional=inner)
    if kind == "array":
        return st.lists(
            _draw(node["items"], root, name),
            min_size=node.get("minItems", 0),
            max_size=_LIMIT,
            unique_by=str if node.get("uniqueItems") else None,
        )
    simple: dict[str, st.SearchStrategy[Any]] = {
        "string": _draw_text(node.get("pattern", ""), name),
        "integer": st.integers(node.get("minimum", 0), node.get("maximum", 40)),
        "number": st.sampled_from([0, 12.5, 1000]),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return simple[kind]


def _draw_text(pattern: str, name: str) -> st.SearchStrategy[str]:
    moments = st.integers(0, 60 * 24 * 120).map(lambda minutes: _FIRST + timedelta(minutes=minutes))
    if name in {"zone", "time_zone", "time_zones"}:
        return st.sampled_from(_ZONES)
    if "[0-5]" in pattern:
        return st.sampled_from(["00:00", "08:00", "21:00", "23:30"])
    if pattern.startswith(_DAY):
        days, clocks = (
            moments.map(lambda at: at.date().isoformat()),
            moments.map(datetime.isoformat),
        )
        rest = pattern.removeprefix(_DAY)
        if rest.startswith("("):
            return st.one_of(days, clocks)
        return clocks if rest.startswith("T") else days
    return st.sampled_from(_IDS)


def _join(case: dict[str, Any]) -> dict[str, Any]:
    facts, attempt = case["facts"], case["attempt"]
    ids: dict[str, list[str]] = {}
    for kind in ("parties", "organisations", "debts", "contact_points"):
        told = facts.get(kind, [])
        for name, each in zip(_IDS, told, strict=False):
            each["id"] = name
        ids[kind] = [each["id"] for each in told]
    for numbered, event in enumerate(case["history"]):
        event["id"] = f"h{numbered}"
    attempt["debts"] = [name for name in attempt["debts"] if name in ids["debts"]]
    for field, kind in (
        ("party", "parties"),
        ("collector", "organisations"),
        ("contact_point", "contact_points"),
    ):
        if attempt.get(field) not in ids[kind]:
            attempt[field] = ids[kind][0] if ids[kind] else None
    return case
