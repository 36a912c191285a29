from __future__ import annotations

import pytest
from strategy.graphs import chain, table_node

from carrears.strategy.errors import PlacedError
from carrears.strategy.facts import Fact, Kind
from carrears.strategy.faults import find_faults

FACTS = {"dpd": Fact(kind=Kind.NUMBER), "band": Fact(kind=Kind.STRING)}


def test_every_faulty_cell_is_found() -> None:
    rules = [(["-", "'A'"], ["'x'"]), (["> 3", "A"], ["'y'"]), (["1", ""], ["'z'"])]
    document = chain(table_node("t", ["dpd", "band"], ["treatment"], rules))
    found = find_faults(document, FACTS, offers=())
    places = [(f.place.row, f.place.column) for f in found if isinstance(f, PlacedError)]
    assert sorted(places, key=str) == [(1, "dpd"), (2, "band")]


def test_a_strategy_that_can_decide_has_none() -> None:
    rules = [(["> 3", ""], ["'x'"])]
    document = chain(table_node("t", ["dpd", "band"], ["treatment"], rules))
    assert find_faults(document, FACTS, offers=()) == []


def test_a_tone_or_an_offer_that_there_is_not_is_a_fault_with_its_place() -> None:
    rules = [
        (["1", ""], ["'sharp'", "'plan'"]),
        (["2", ""], ["'firm'", "'a car'"]),
        (["3", ""], ["'none'", ""]),
        (["4", ""], ["dpd > 30 ? 'firm' : 'kind'", "null"]),
    ]
    document = chain(table_node("t", ["dpd", "band"], ["tone", "offer"], rules))

    found = find_faults(document, FACTS, offers=["plan"])

    assert [(f.place.row, f.place.column) for f in found if isinstance(f, PlacedError)] == [
        (1, "tone"),
        (2, "offer"),
    ]
    assert "'sharp' is none of friendly, neutral, supportive, firm, none" in str(found[0])


@pytest.mark.parametrize("document", [{}, {"nodes": []}, {"nodes": [{"id": 1}]}])
def test_what_is_no_graph_is_one_fault(document: dict[str, object]) -> None:
    assert len(find_faults(document, FACTS, offers=())) == 1
