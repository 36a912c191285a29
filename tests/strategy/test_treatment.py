"""The shipped treatment strategy: whole, readable, and the same in the batch and for one loan."""

from __future__ import annotations

import itertools
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from strategy.graphs import decide_rows, plain

from carrears.casework.rulings import WAITING
from carrears.outreach.templates import load_template, template_keys
from carrears.strategy.files import load_steps, load_treatments, shipped_strategy
from carrears.strategy.jdm import TableNode
from carrears.strategy.single import decide_one

STRATEGY = shipped_strategy()
CHANNELS = {"email", "call", None}
DPD_TO_BUCKET = [(0, 0), (30, 1), (60, 2), (90, 3), (120, 4), (150, 5), (180, 6), (10**6, 7)]
AWKWARD: dict[str, list[Any]] = {
    "band": ["A", "C", "E", None, "?"],
    "arrears_instalments": [Decimal("0.05"), Decimal(2), None],
    "broken_promises": [0, 3, None],
    "last_promise_state": ["open", "kept", "partly", "broken", None],
    "hardship": [True, False, None],
    "on_hold": [True, False, None],
    "disputed": [True, None],
    "open_promise": [True, None],
    "has_plan": [True, None],
    "language": ["zh-CN", "fr", None],
    "loan_to_value": [*map(Decimal, ("0.3", "0.6", "1.2", "1.3")), None],
    "alarm_days": [0, 14, 15, None],
}


def loan(dpd: int | None, **known: Any) -> dict[str, Any]:
    bucket = None if dpd is None else next(b for top, b in DPD_TO_BUCKET if dpd <= top)
    return dict.fromkeys(STRATEGY.facts) | {"dpd": dpd, "bucket": bucket} | known


@cache
def awkward_loans() -> list[dict[str, Any]]:
    """Every pair of awkward facts at every threshold of DPD, bucket known or not."""
    loans = []
    for dpd in (1, 5, 6, 15, 16, 30, 31, 60, 61, 90, 91, 120, 121, 180, 181, 4000):
        for (f, fs), (g, gs) in itertools.combinations(AWKWARD.items(), 2):
            loans += [loan(dpd, **{f: a, g: b}) for a in fs for b in gs]
            loans += [loan(dpd, **{f: a, g: b}) | {"bucket": None} for a in fs for b in gs]
    return loans


def decide(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return decide_rows(STRATEGY.compiled, STRATEGY.facts, rows)


def test_every_loan_behind_gets_a_treatment_whatever_is_unknown() -> None:
    decided = decide(awkward_loans())

    without = [row for row in decided if row["treatment"] in {None, "none", "predue_reminder"}]
    assert without == []
    assert {row["stage"] for row in decided} == {"early", "mid", "late"}


def test_the_last_rule_of_each_stage_asks_for_nothing_but_the_stage() -> None:
    """What makes the strategy total for values no test can list."""
    table = STRATEGY.document.node("treatment")
    assert isinstance(table, TableNode)
    bare = [
        rule["in_stage"]
        for rule in table.content.rules
        if not any(
            cell for key, cell in rule.items() if key.startswith("in_") and key != "in_stage"
        )
    ]
    assert bare == ["'early'", "'mid'", "'late'", ""]


@pytest.mark.parametrize("dpd", [0, -30, None])
def test_a_loan_not_behind_is_left_alone_or_reminded(dpd: int | None) -> None:
    rows = [
        loan(dpd, days_to_due=days, band=band, on_hold=hold)
        for days in (None, 0, 3, 4, 20)
        for band in ("A", "E", None)
        for hold in (True, False, None)
    ]

    assert {row["treatment"] for row in decide(rows)} <= {"none", "predue_reminder"}


def test_batch_and_engine_agree_on_awkward_loans() -> None:
    rows = awkward_loans()[::29]

    for row, decided in zip(rows, decide(rows), strict=True):
        one = decide_one(STRATEGY.document, row)
        assert {path: plain(value) for path, value in one.outputs.items()} | {
            "rule_id": one.rule_id
        } == decided


@pytest.mark.parametrize(
    ("facts", "treatment", "stage", "channel"),
    [
        (loan(3, band="A"), "soft_reminder", "early", "email"),
        (loan(3), "reminder", "early", "email"),
        (loan(3, band="E"), "early_call", "early", "call"),
        (loan(30, band="D"), "early_call_firm", "early", "call"),
        (loan(31, band="D"), "intensive_call", "mid", "call"),
        (loan(20, alarm_days=14), "car_check", "early", "call"),
        (loan(20, alarm_days=15), "firm_reminder", "early", "email"),
        (loan(75, band="E"), "car_check", "mid", "call"),
        (loan(91, band="D"), "realisation_notice", "late", "email"),
        (loan(121, band="D"), "recovery", "late", "call"),
        (loan(120), "final_notice", "late", "email"),
        (loan(121), "agency_placement", "late", "email"),
        (loan(200), "agency_placement", "late", "email"),
        (loan(120, band="E", loan_to_value=Decimal("0.3")), "realisation_notice", "late", "email"),
        (loan(121, band="E", loan_to_value=Decimal("0.3")), "agency_placement", "late", "email"),
        (loan(121, band="E", loan_to_value=Decimal("0.300001")), "recovery", "late", "call"),
        (loan(200, loan_to_value=Decimal("0.3")), "agency_placement", "late", "email"),
        (loan(200, loan_to_value=Decimal("0.6")), "disposal", "late", "call"),
        (loan(200, loan_to_value=Decimal("0.600001")), "legal_review", "late", "call"),
        (loan(200, loan_to_value=Decimal("1.200001")), "agency_placement", "late", "email"),
        (loan(200, broken_promises=3), "legal_review", "late", "call"),
        (loan(200, hardship=True), "hardship_review", "late", "call"),
        (loan(3, band="A", last_promise_state="broken"), "early_call", "early", "call"),
        (loan(15, last_promise_state="partly"), "early_call", "early", "call"),
        (loan(15, last_promise_state="kept"), "second_reminder", "early", "email"),
        (loan(16, band="A", last_promise_state="broken"), "early_call_firm", "early", "call"),
        (loan(31, band="A", last_promise_state="broken"), "intensive_call", "mid", "call"),
        (loan(61, last_promise_state="broken"), "formal_notice", "mid", "email"),
        (loan(20, hardship=True), "hardship_support", "early", "email"),
        (loan(20, hardship=True, on_hold=True), "hardship_review", "early", None),
        (loan(20, hardship=True, disputed=True), "dispute_review", "early", None),
        (loan(20, on_hold=True), "hold", "early", None),
        (loan(20, open_promise=True), "await_promise", "early", None),
        (loan(0, band="E", days_to_due=2), "predue_reminder", "current", "email"),
        (loan(0, band="A", days_to_due=2), "none", "current", None),
    ],
)
def test_worked_examples(
    facts: dict[str, Any], treatment: str, stage: str, channel: str | None
) -> None:
    outputs = decide_one(STRATEGY.document, facts).outputs

    assert (outputs["treatment"], outputs["stage"], outputs["channel"]) == (
        treatment,
        stage,
        channel,
    )


def test_no_contact_is_planned_where_collection_is_stopped() -> None:
    rows = [row for row in awkward_loans() if row["disputed"] or row["on_hold"]]

    assert {row["channel"] for row in decide(rows)} == {None}


def test_hardship_comes_before_collection() -> None:
    helped = {"hardship_support", "hardship_review", "dispute_review"}
    rows = [row for row in awkward_loans() if row["hardship"]]

    assert {row["treatment"] for row in decide(rows)} <= helped


def test_a_promise_that_was_not_kept_is_never_followed_by_something_softer() -> None:
    """Up to day 60 something stronger follows, but where a stronger rule fires anyway."""
    force = {key: one.force for key, one in load_treatments().items()}
    kept = [row | {"last_promise_state": None} for row in awkward_loans()[::7]]
    broken = [row | {"last_promise_state": "broken"} for row in kept]

    pairs = [
        (force[before["treatment"]], force[after["treatment"]])
        for before, after in zip(decide(kept), decide(broken), strict=True)
    ]
    softer = [pair for pair in pairs if (pair[1] or 0) < (pair[0] or 0)]
    harder = [pair for pair in pairs if (pair[1] or 0) > (pair[0] or 0)]
    assert softer == []
    assert len(harder) > 100


def test_the_car_is_realised_only_after_its_notice_could_be_given() -> None:
    rows = [row for row in awkward_loans() if row["bucket"] is not None]
    took = {"recovery", "disposal", "legal_review", "agency_placement"}
    days = [
        r["dpd"] for r, done in zip(rows, decide(rows), strict=True) if done["treatment"] in took
    ]

    assert min(days) == 121


def test_treatments_steps_and_catalogue_name_the_same() -> None:
    table = STRATEGY.document.node("treatment")
    assert isinstance(table, TableNode)
    used = {rule["out_treatment"].strip("'") for rule in table.content.rules}
    steps = {rule["out_step"].strip("'") for rule in table.content.rules} - {""}

    # What a case waits with while a person decides is wanted by no table.
    assert used == set(load_treatments()) - {WAITING}
    assert steps == set(load_steps()) - {WAITING}
    assert all(one.force is not None for one in load_treatments().values())
    assert {rule["out_channel"].strip("'") or None for rule in table.content.rules} == CHANNELS


def test_an_output_is_written_only_where_somebody_reads_it() -> None:
    """A template goes with an e-mail, a cadence with a contact."""
    table = STRATEGY.document.node("treatment")
    assert isinstance(table, TableNode)
    for rule in table.content.rules:
        channel = rule["out_channel"].strip("'")
        assert bool(rule["out_template"]) == (channel == "email"), rule["_id"]
        assert bool(rule["out_cadence_days"]) == bool(channel), rule["_id"]


def test_what_else_would_do_is_another_channel_with_a_template_of_it() -> None:
    """Whoever has neither number nor address on the first channel is reached by the second."""
    table = STRATEGY.document.node("treatment")
    assert isinstance(table, TableNode)
    templates = {key: load_template(key) for key in template_keys()}
    given = {}
    for rule in table.content.rules:
        channel = rule["out_channel"].strip("'")
        other, template = rule["out_else_channel"].strip("'"), rule["out_else_template"].strip("'")
        if not other:
            assert not template, rule["_id"]
            continue
        assert channel, rule["_id"]
        assert other != channel, rule["_id"]
        assert (templates[template].channel if template else "call") == other, rule["_id"]
        given[rule["_id"]] = (channel, other)
    assert {rule["_id"] for rule in table.content.rules if rule["out_channel"]} - set(given) == {
        "language", "late-notice", "late-small-debt", "late-agency", "late-rest",
        "predue-risk", "predue-broken",
    }  # fmt: skip
    assert set(given.values()) == {("email", "sms"), ("call", "email"), ("email", "call")}


def test_every_rule_is_described_in_both_languages() -> None:
    for node in STRATEGY.document.nodes:
        for rule in node.content.rules if isinstance(node, TableNode) else []:
            chinese, _, english = rule["_description"].partition("｜")
            assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), rule["_id"]
            assert english.isascii(), rule["_id"]
            assert english, rule["_id"]


def test_every_rule_can_fire() -> None:
    """A rule that an earlier one always overtakes would be a slip of the author."""
    rows = [
        *awkward_loans(),
        loan(0),
        *(loan(0, days_to_due=1, band=band, broken_promises=1) for band in "ACE"),
        *(loan(dpd, band=band) for dpd in (10, 20, 45, 75, 120, 150, 40) for band in "ABCDE"),
        *(loan(300, loan_to_value=Decimal(part)) for part in ("0.2", "0.5", "1")),
        *(loan(45, band="E", loan_to_value=Decimal("1.2")) for _ in range(1)),
        *(loan(300, broken_promises=3) for _ in range(1)),
        *(loan(45, bucket=0) | {"bucket": b} for b in (1, 2, 4)),
        loan(200) | {"bucket": 3},
    ]
    fired = {part for row in decide(rows) for part in row["rule_id"].split("/")}
    every = {
        rule["_id"]
        for node in STRATEGY.document.nodes
        if isinstance(node, TableNode)
        for rule in node.content.rules
    }

    assert every - fired == set()
