"""The shipped early-warning table: total, readable, and the same in the batch and for one loan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations, product
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from strategy.graphs import decide_rows, plain

from carrears.strategy.facts import Kind
from carrears.strategy.files import shipped_strategy
from carrears.strategy.jdm import TableContent, TableNode
from carrears.strategy.single import decide_one
from carrears.warning.catalogue import load_catalogue

STRATEGY = shipped_strategy("early_warning")
INPUT = re.compile(r"in_(?P<fact>\w+)")
NUMBER, TEXT = re.compile(r"-?\d+"), re.compile(r"'([^']*)'")


def content() -> TableContent:
    table = STRATEGY.document.node("warning")
    assert isinstance(table, TableNode)
    return table.content


@cache
def boundaries() -> dict[str, list[Any]]:
    """Of each fact that the table asks for: unknown, and what its cells name, and next to it."""
    found: dict[str, set[Any]] = {name: set() for name in STRATEGY.facts}
    for rule in content().rules:
        for key, cell in rule.items():
            if (asked := INPUT.fullmatch(key)) is None or not cell:
                continue
            values = found[asked["fact"]]
            if STRATEGY.facts[asked["fact"]].kind is Kind.STRING:
                values.update(TEXT.findall(cell))
            else:
                values.update(int(n) + step for n in NUMBER.findall(cell) for step in (-1, 0, 1))
    found["band"] |= {"A", "B", "", "d", "?"}
    return {name: [None, *sorted(values)] for name, values in found.items()}


def facts(**known: Any) -> dict[str, Any]:
    return dict.fromkeys(STRATEGY.facts) | known


def every_pair() -> Iterator[dict[str, Any]]:
    """Every pair of facts at every pair of their boundaries, all else calm or unknown."""
    calm = {name: 0 for name, fact in STRATEGY.facts.items() if fact.kind is Kind.NUMBER}
    for (f, fs), (g, gs) in combinations(boundaries().items(), 2):
        for a, b in product(fs, gs):
            yield facts(**{f: a, g: b})
            yield facts(**(calm | {"band": "A", f: a, g: b}))


def decide(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return decide_rows(STRATEGY.compiled, STRATEGY.facts, rows)


def assert_alike(rows: list[dict[str, Any]]) -> None:
    for row, decided in zip(rows, decide(rows), strict=True):
        one = decide_one(STRATEGY.document, row)
        by_engine = {path: plain(one.outputs.get(path)) for path in STRATEGY.compiled.outputs}
        assert decided == by_engine | {"rule_id": one.rule_id or None}


def test_the_table_has_boundaries_to_draw_from() -> None:
    asked = {name for name, values in boundaries().items() if len(values) > 1}
    assert asked == {column.field for column in content().inputs}
    assert boundaries()["bureau_drop"] == [None, 19, 20, 21, 39, 40, 41]


def test_batch_and_engine_agree_on_every_pair_of_boundaries() -> None:
    assert_alike(list({tuple(row.values()): row for row in every_pair()}.values()))


def drawn(random: Random) -> dict[str, Any]:
    """Facts at or between the boundaries, or far off."""

    def anything(kind: Kind) -> Any:
        if kind is Kind.STRING:
            return "".join(random.choices("ABCD'甲\U0001f697 ", k=random.randint(0, 3)))
        return random.choice([random.randint(-50, 150), -(2**31), 2**31 - 1])

    return {
        name: random.choice([*values, anything(STRATEGY.facts[name].kind)])
        for name, values in boundaries().items()
    }


@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(random=st.randoms(use_true_random=True))
def test_batch_and_engine_agree_on_drawn_facts(random: Random) -> None:
    assert_alike([drawn(random) for _ in range(1_000)])


def test_every_rule_can_fire() -> None:
    rows = [*every_pair(), facts(band="D", later_in_a_row=3, last_delay=1)]
    fired = {str(row["rule_id"]).partition(":")[2] or row["rule_id"] for row in decide(rows)}
    assert fired == {rule["_id"] for rule in content().rules}


def test_a_loan_of_which_nothing_is_known_is_calm() -> None:
    [decided] = decide([facts()])
    assert (decided["level"], decided["reminders"], decided["channel"]) == ("none", None, None)


@pytest.mark.parametrize(
    ("known", "level", "reason"),
    [
        ({"returned_debits": 1, "band": "B"}, "warn", "debit_returned"),
        ({"returned_debits": 1, "band": "C"}, "high", "debit_returned"),
        ({"returned_debits": 2, "band": "A"}, "high", "debit_returned"),
        ({"first_delay": 10}, "warn", "first_payment_late"),
        ({"first_delay": 11}, "high", "first_payment_late"),
        ({"later_in_a_row": 3, "last_delay": 0}, "none", None),
        ({"later_in_a_row": 3, "last_delay": 1}, "watch", "pays_later"),
        ({"later_in_a_row": 2, "last_delay": 9}, "none", None),
        ({"bureau_drop": 19}, "none", None),
        ({"bureau_drop": 20}, "watch", "bureau_worse"),
        ({"bureau_drop": 40}, "warn", "bureau_worse"),
        ({"debtor_behind": 1}, "warn", "other_loan_behind"),
        ({"debtor_behind": 1, "band": "D"}, "high", "other_loan_behind"),
        ({"car_moved": 1, "phone_changes": 1}, "high", "car_moved"),
        ({"car_silent": 1, "phone_changes": 1}, "high", "car_silent"),
    ],
)
def test_worked_examples(known: dict[str, Any], level: str, reason: str | None) -> None:
    outputs = decide_one(STRATEGY.document, facts(**known)).outputs
    assert (outputs["level"], outputs.get("reason")) == (level, reason)


def test_more_cause_is_never_less_of_a_warning() -> None:
    """A signal more, or the weakest band, does not lower the level."""
    order = ["none", "watch", "warn", "high"]
    signals = ["returned_debits", "bureau_drop", "phone_changes", "car_silent", "car_moved"]
    signals += ["debtor_behind", "first_delay"]
    rows = [row for row in every_pair() if None not in {row[name] for name in signals}]
    worse = [row | {name: row[name] + 1} for row in rows for name in signals]
    worse += [row | {"band": "D"} for row in rows]
    known = {tuple(row.values()): row for row in [*rows, *worse]}
    levels = {
        key: order.index(one["level"])
        for key, one in zip(known, decide([*known.values()]), strict=True)
    }

    at = [levels[tuple(row.values())] for row in rows]
    before = [level for level in at for _ in signals] + at
    assert all(b <= levels[tuple(a.values())] for b, a in zip(before, worse, strict=True))


def test_every_answer_has_its_words_and_every_rule_both_languages() -> None:
    catalogue = load_catalogue()
    levels, reasons = (
        {rule[key].strip("'") for rule in content().rules} - {""}
        for key in ("out_level", "out_reason")
    )
    assert (levels, reasons) == (set(catalogue.levels), set(catalogue.reasons))
    for rule in content().rules:
        chinese, _, english = rule["_description"].partition("｜")
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), rule["_id"]
        assert english, rule["_id"]
        assert english.isascii(), rule["_id"]
