from __future__ import annotations

from strategy.graphs import chain, table_node

from carrears.strategy.difference import Change, Difference, compare
from carrears.strategy.jdm import Document, parse_document


def graph(*rules: tuple[list[str], list[str]], ids: str = "") -> Document:
    node = table_node("t", ["dpd", "band"], ["treatment"], list(rules))
    for rule, name in zip(node["content"]["rules"], ids, strict=False):
        rule["_id"] = name
    return parse_document(chain(node))


A = (["> 30", ""], ["'call'"])
B = (["[1..30]", "'A'"], ["'mail'"])
C = (["", ""], ["'none'"])


def test_the_same_graph_has_no_difference() -> None:
    assert compare(graph(A, B, ids="ab"), graph(A, B, ids="ab")) == []


def test_a_cell_says_what_it_was_and_is() -> None:
    after = graph((["> 60", ""], ["'call'"]), B, ids="ab")
    assert compare(graph(A, B, ids="ab"), after) == [
        Difference(Change.CHANGED, "t", "a", "dpd", "> 30", "> 60")
    ]


def test_rules_come_and_go() -> None:
    assert compare(graph(A, B, ids="ab"), graph(A, C, ids="ac")) == [
        Difference(Change.ADDED, "t", "c"),
        Difference(Change.REMOVED, "t", "b"),
    ]


def test_of_a_rule_that_goes_to_the_end_only_it_moved() -> None:
    assert compare(graph(A, B, C, ids="abc"), graph(B, C, A, ids="bca")) == [
        Difference(Change.MOVED, "t", "a")
    ]


def test_a_column_that_goes_is_named() -> None:
    before = graph(A, ids="a")
    node = table_node("t", ["dpd"], ["treatment"], [(["> 30"], ["'call'"])])
    node["content"]["rules"][0]["_id"] = "a"
    node["content"]["outputs"][0]["id"] = "o0"
    assert compare(before, parse_document(chain(node))) == [
        Difference(Change.REMOVED, "t", column="band", before="band")
    ]


def test_a_new_table_is_new_with_its_rules() -> None:
    one = table_node("one", ["dpd"], ["stage"], [(["> 30"], ["'late'"])], passThrough=True)
    two = table_node("two", ["stage"], ["treatment"], [(["'late'"], ["'call'"])])
    found = compare(parse_document(chain(one)), parse_document(chain(one, two)))
    assert found[:2] == [
        Difference(Change.ADDED, "two"),
        Difference(Change.ADDED, "two", "two1"),
    ]
    assert {(d.change, d.node) for d in found[2:]} == {
        (Change.ADDED, "one → two"),
        (Change.ADDED, "two → output"),
        (Change.REMOVED, "one → output"),
    }
