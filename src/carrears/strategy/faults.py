"""All that keeps a draft from deciding, not only the first thing: what an editor shows."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any

from carrears.strategy.cadence_faults import House, find_cadence_faults
from carrears.strategy.compile import compile_graph
from carrears.strategy.errors import PlacedError, StrategyError
from carrears.strategy.facts import Fact
from carrears.strategy.jdm import parse_document
from carrears.strategy.manner import find_unknown_manners

_MOST = 20  # beyond that many an author mends some first


def find_faults(
    document: Mapping[str, Any],
    facts: Mapping[str, Fact],
    *,
    offers: Collection[str],
    house: House | None = None,
) -> list[StrategyError]:
    """What the compiler refuses, cell by cell, up to twenty; empty for a strategy that can decide.

    With them tones that there are not, offers that are none of ``offers``, and what cadences name
    that there is not (``find_cadence_faults``). A faulty cell is
    emptied and the rest looked at again. What is no cell ends the search, since what follows from
    it could mislead.
    """
    tried = copy.deepcopy(dict(document))
    found: list[StrategyError] = []
    while len(found) < _MOST:
        try:
            compile_graph(parse_document(tried), facts)
        except PlacedError as fault:
            found.append(fault)
            if not _empty_cell(tried, fault):
                break
        except StrategyError as fault:
            found.append(fault)
            break
        else:
            found += find_unknown_manners(parse_document(tried), offers=offers)
            found += find_cadence_faults(tried, house=house)
            break
    return found[:_MOST]


def _empty_cell(document: dict[str, Any], fault: PlacedError) -> bool:
    """Empty the cell that a fault names; False where it names none."""
    place = fault.place
    if place.row is None or not place.column:
        return False
    for node in document.get("nodes", ()):
        content = node.get("content")
        if place.node not in {node.get("name"), node.get("id")} or not isinstance(content, dict):
            continue
        columns = [*content.get("inputs", ()), *content.get("outputs", ())]
        rules = content.get("rules", ())
        for column in columns:
            label = column.get("name") or column.get("field") or column.get("id")
            if label == place.column and place.row <= len(rules):
                rule = rules[place.row - 1]
                if rule.get(column["id"]):
                    rule[column["id"]] = ""
                    return True
    return False
