from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from conduct.samples import effective_calls, make_attempt, make_call, make_facts

from carrears.conduct.facts import Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import LawUnknownError, load_pack
from carrears.conduct.situation import FactsError

CN = load_pack("cn")
NOON = "2026-03-10T12:00"


@pytest.mark.parametrize("channel", ["call", "sms", "email", "visit"])
@pytest.mark.parametrize(
    ("clock", "lawful"),
    [("07:59:59", False), ("08:00:00", True), ("21:59:59", True), ("22:00:00", False)],
)
def test_night_is_closed_to_every_channel(channel: str, clock: str, *, lawful: bool) -> None:
    address = {"id": "D.home", "owner": "D", "kind": "home_address", "source": "contract"}
    base = make_facts()
    points = [*base.contact_points, address]
    facts = make_facts(contact_points=points)
    attempt = make_attempt(f"2026-03-10T{clock}", channel=channel, staff=2)
    verdict = judge(facts, attempt, CN)
    assert verdict.gate_action == ("allow" if lawful else "block")
    assert lawful or set(verdict.rules) == {"CN-01", "CN-09"}


def test_attempt_is_judged_by_the_debtors_clock_not_by_the_callers() -> None:
    facts = make_facts(zones=("Europe/London",))
    # 15:00 in Shanghai is 07:00 in London in winter.
    assert judge(facts, make_attempt("2026-03-10T15:00"), CN).gate_action == "block"
    assert judge(facts, make_attempt("2026-03-10T16:00"), CN).gate_action == "allow"


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [("2026-03-28", 8), ("2026-03-29", 7), ("2026-10-24", 7), ("2026-10-25", 8)],
)
def test_opening_moves_with_the_debtors_clock_change(day: str, utc_hour: int) -> None:
    facts = make_facts(zones=("Europe/London",))
    before = make_attempt(f"{day}T{utc_hour - 1:02}:59:59", zone="UTC")
    opening = make_attempt(f"{day}T{utc_hour:02}:00:00", zone="UTC")
    assert judge(facts, before, CN).gate_action == "block"
    assert judge(facts, before, CN).next_allowed_at == opening.moment.astimezone(UTC)
    assert judge(facts, opening, CN).gate_action == "allow"


def test_several_plausible_zones_must_all_be_lawful() -> None:
    facts = make_facts(zones=("America/New_York", "America/Los_Angeles"))
    eastern = {"zone": "America/New_York"}
    assert judge(facts, make_attempt("2026-03-10T10:59:59", **eastern), CN).gate_action == "block"
    assert judge(facts, make_attempt("2026-03-10T11:00:00", **eastern), CN).gate_action == "allow"
    assert judge(facts, make_attempt("2026-03-10T21:59:59", **eastern), CN).gate_action == "allow"
    assert judge(facts, make_attempt("2026-03-10T22:00:00", **eastern), CN).gate_action == "block"


def test_unknown_zone_takes_the_strict_side() -> None:
    facts = make_facts(zones=())
    assert judge(facts, make_attempt("2026-03-10T09:59:59"), CN).gate_action == "block"
    assert judge(facts, make_attempt("2026-03-10T10:00:00"), CN).gate_action == "allow"


def test_law_changes_with_its_effective_date() -> None:
    facts = make_facts()
    ids = [
        {each.rule_id for each in judge(facts, make_attempt(f"{day}T22:30"), CN).findings}
        for day in ("2025-02-27", "2025-02-28", "2026-01-29", "2026-01-30")
    ]
    assert [("CN-01b" in each, "CN-01" in each, "CN-09" in each) for each in ids] == [
        (True, False, False),
        (False, True, False),
        (False, True, False),
        (False, True, True),
    ]


def test_day_before_the_pack_begins_is_an_error() -> None:
    with pytest.raises(LawUnknownError, match="2021-10-31"):
        judge(make_facts(), make_attempt("2021-10-31T10:00"), CN)


def test_replay_of_an_old_day_may_ask_for_a_later_law() -> None:
    attempt = make_attempt("2019-11-30T22:30")
    verdict = judge(make_facts(), attempt, CN, law_on=date(2026, 3, 10))
    assert verdict.gate_action == "block"
    assert verdict.law_on == date(2026, 3, 10)


def test_absolute_bars_stand_before_counters() -> None:
    attempt = make_attempt("2026-03-10T16:00")
    facts = make_facts(
        do_not_contact=[{"party": "D"}],
        history=effective_calls(3, before=attempt.at),
    )
    verdict = judge(facts, attempt, CN)
    assert verdict.rules == ("CN-18", "CN-02")
    assert verdict.next_allowed_at is None


def test_next_allowed_is_the_next_opening_after_the_days_count_is_used_up() -> None:
    attempt = make_attempt("2026-03-10T16:00")
    facts = make_facts(history=effective_calls(3, before=attempt.at))
    verdict = judge(facts, attempt, CN)
    assert verdict.rules == ("CN-02",)
    assert verdict.next_allowed_at == datetime(2026, 3, 11, 0, 0, tzinfo=UTC)  # 08:00 there


def test_should_not_may_be_relaxed_to_a_person_and_prohibited_may_not() -> None:
    attempt = make_attempt("2026-03-10T16:00")
    dials = [
        make_call(number, datetime(2026, 3, 10, 9 + number), result="no_answer")  # noqa: DTZ001
        for number in range(6)
    ]
    facts = make_facts(history=dials)
    relaxed = {"CN-10", "CN-01", "CN-09"}
    assert judge(facts, attempt, CN).gate_action == "block"
    assert judge(facts, attempt, CN, relaxed=relaxed).gate_action == "review"
    night = make_attempt("2026-03-10T23:00")
    assert judge(make_facts(), night, CN, relaxed=relaxed).gate_action == "block"


def test_unknown_debtor_phone_source_blocks() -> None:
    facts = make_facts(contact_points=[{"id": "D.x", "owner": "D", "kind": "mobile"}])
    assert judge(facts, make_attempt("2026-03-10T10:00"), CN).rules == ("CN-15",)


def test_attempt_without_any_contact_point_blocks() -> None:
    facts = make_facts(contact_points=[])
    assert "CN-15" in judge(facts, make_attempt("2026-03-10T10:00"), CN).rules


@pytest.mark.parametrize(
    "change", [{"party": "X"}, {"debts": ["X"]}, {"collector": "X"}, {"contact_point": "X"}]
)
def test_attempt_that_names_what_the_facts_do_not_tell_is_an_error(
    change: dict[str, object],
) -> None:
    with pytest.raises(FactsError, match="'X'"):
        judge(make_facts(), make_attempt("2026-03-10T10:00", **change), CN)


def test_finding_tells_the_rule_its_citation_and_both_languages() -> None:
    verdict = judge(make_facts(), make_attempt("2026-03-10T22:30"), CN)
    finding = next(each for each in verdict.findings if each.rule_id == "CN-09")
    assert finding.citation.startswith("《金融机构个人消费类贷款催收工作指引（试行）》")
    assert "2026-03-10 22:30 Asia/Shanghai" in finding.explanation_zh
    assert "22:00 to 08:00" in finding.explanation_en
    assert finding.strength == "prohibited"
    assert finding.text_status == "reported"
    assert verdict.pack_version == CN.version


def test_verdict_can_be_given_again_from_what_is_stored() -> None:
    attempt = make_attempt("2026-03-10T16:00")
    facts = make_facts(
        history=effective_calls(3, before=attempt.at),
        consents=[
            {
                "kind": "consent",
                "scope": "contact_in_window",
                "by": "D",
                "given_at": "2026-03-01T10:00",
                "windows": [{"from": "22:00", "to": "23:00"}],
            }
        ],
    )
    first = judge(facts, attempt, CN)
    stored = json.loads(json.dumps({"facts": facts.to_json(), "attempt": attempt.to_json()}))
    again = judge(
        Facts.model_validate(stored["facts"]), type(attempt).model_validate(stored["attempt"]), CN
    )
    assert again == first
    assert json.loads(json.dumps(first.to_json()))["gate_action"] == "block"


def test_a_debt_whose_creditor_is_unknown_needs_a_mandate_that_nobody_can_show() -> None:
    told = make_facts().to_json()
    told["debts"][0]["creditor"] = None
    verdict = judge(Facts.model_validate(told), make_attempt(NOON), CN)
    assert (verdict.gate_action, "CN-19" in verdict.rules) == ("block", True)


def test_a_mandate_with_an_unknown_end_binds_nobody() -> None:
    agency = {"id": "AG", "kind": "agency", "codes": ["gbt_45251"]}
    told = make_facts().to_json()
    told["organisations"].append(agency)

    def is_mandated(principal: str | None, delegate: str | None) -> bool:
        told["delegations"] = [{"from": principal, "to": delegate}]
        verdict = judge(Facts.model_validate(told), make_attempt(NOON, collector="AG"), CN)
        return "CN-19" not in [
            each.rule_id for each in verdict.findings if each.gate_action != "allow"
        ]

    assert is_mandated("LENDER", "AG")
    assert not any(is_mandated(*ends) for ends in (("LENDER", None), (None, "AG"), (None, None)))
