"""A kept verdict comes out again from what is stored, or it is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from conduct.kept import MIDNIGHT, change_asked, from_nine, keep
from conduct.samples import effective_calls

from carrears.conduct.packs import Packs
from carrears.conduct.recompute import recompute

SHIPPED = Packs()


def test_verdicts_of_a_whole_day_come_out_again() -> None:
    found = recompute([keep(n, minute=n * 60) for n in range(24)], SHIPPED)
    assert (found.verdicts, found.same, found.different) == (24, 24, 0)


def test_what_was_altered_is_named_with_what_differs() -> None:
    night = keep(1, minute=23 * 60)
    calls = [call.to_json() for call in effective_calls(3, before=MIDNIGHT.replace(hour=12))]
    found = recompute(
        [
            replace(night, gate_action="allow"),
            change_asked(night, "attempt", at="2026-03-10T12:00"),
            change_asked(keep(3), "facts", history=calls),
            replace(keep(4), findings=[]),
            replace(keep(5), asked={}),
        ],
        SHIPPED,
    )
    differs = {each.verdict: each.differs for each in found.mismatches[2:]}
    assert found.mismatches[0].differs == ("gate_action",)
    assert found.mismatches[1].differs[:3] == ("gate_action", "expect", "next_allowed_at")
    assert differs[3][:3] == ("gate_action", "expect", "next_allowed_at")
    assert "CN-02" in differs[3]
    assert set(differs[4]) == {each["rule_id"] for each in keep(4).findings}
    assert differs[5] == ("attempt: was not stored", "facts: was not stored")
    assert (found.same, found.different) == (0, 5)


def test_a_verdict_under_a_pack_that_is_not_at_hand_is_counted_apart(tmp_path: Path) -> None:
    other = from_nine(tmp_path / "other")
    kept = [keep(1), keep(2, packs=other), replace(keep(3), pack="zz", pack_version="1")]
    found = recompute(kept, SHIPPED)
    assert (found.verdicts, found.same, found.different) == (3, 1, 0)
    version = other.of("CN").version
    assert found.other_packs == Counter({f"cn {version}": 1, "zz 1": 1})
    assert recompute(kept, other).same == 1
