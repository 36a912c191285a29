"""Laws that hold for every case of the packs for other countries than China, at any hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.conduct.cases import PackCase, read_pack_cases
from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack, load_pack
from carrears.conduct.verdict import Verdict

GRAVITY = {"allow": 0, "review": 1, "block": 2}
PACKS = (load_pack("in"), load_pack("uk"), load_pack("us"))


@cache
def _cases() -> tuple[tuple[Pack, PackCase], ...]:
    return tuple((pack, case) for pack in PACKS for case in read_pack_cases(pack))


cases = st.sampled_from(_cases())
spans = st.integers(0, 3 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def _judge(pack: Pack, facts: Facts, attempt: Attempt, moment: datetime) -> Verdict:
    at = moment.astimezone(UTC).replace(tzinfo=None)
    told = {**attempt.model_dump(), "at": at, "zone": "UTC"}
    return judge(facts, Attempt.model_validate(told), pack)


def _with(facts: Facts, **more: object) -> Facts:
    return Facts.model_validate({**facts.model_dump(by_alias=True), **more})


@settings(max_examples=300, deadline=None)
@given(chosen=cases, span=spans)
def test_next_allowed_moment_is_allowed_and_the_second_before_is_not(
    chosen: tuple[Pack, PackCase], span: timedelta
) -> None:
    pack, case = chosen
    moment = case.attempt.moment + span
    verdict = _judge(pack, case.facts, case.attempt, moment)
    later = verdict.next_allowed_at
    if later is None:
        return
    assert verdict.gate_action != "allow"
    assert _judge(pack, case.facts, case.attempt, later).gate_action == "allow"
    before = max(later - timedelta(seconds=1), moment)
    assert _judge(pack, case.facts, case.attempt, before).gate_action != "allow"


@settings(max_examples=200, deadline=None)
@given(
    chosen=cases,
    span=spans,
    extra=st.sampled_from(["Europe/London", "Asia/Kolkata", "America/New_York"]),
)
def test_one_more_plausible_zone_never_makes_a_contact_more_lawful(
    chosen: tuple[Pack, PackCase], span: timedelta, extra: str
) -> None:
    pack, case = chosen
    moment = case.attempt.moment + span
    before = _judge(pack, case.facts, case.attempt, moment)
    parties = [
        {**each.model_dump(by_alias=True), "time_zones": (*each.time_zones, extra)}
        for each in case.facts.parties
    ]
    if not all(each.time_zones for each in case.facts.parties):
        return  # an unknown place already means every zone
    after = _judge(pack, _with(case.facts, parties=parties), case.attempt, moment)
    assert GRAVITY[after.gate_action] >= GRAVITY[before.gate_action]


@settings(max_examples=200, deadline=None)
@given(
    chosen=cases,
    kind=st.sampled_from(
        ["breathing_space_standard", "dispute", "debt_counselling", "bankruptcy", "hardship",
         "complaint", "bereavement", "refuse_contact"]
    ),
    ago=st.integers(-2, 90),
)  # fmt: skip
def test_one_more_notice_never_makes_a_contact_more_lawful(
    chosen: tuple[Pack, PackCase], kind: str, ago: int
) -> None:
    pack, case = chosen
    before = _judge(pack, case.facts, case.attempt, case.attempt.moment)
    start = case.attempt.at.date() - timedelta(days=ago)
    notice = {"kind": kind, "by": case.attempt.party, "received_at": start, "starts_on": start}
    known = [each.model_dump(by_alias=True) for each in case.facts.notices]
    facts = _with(case.facts, notices=[*known, notice])
    after = _judge(pack, facts, case.attempt, case.attempt.moment)
    assert GRAVITY[after.gate_action] >= GRAVITY[before.gate_action]


@settings(max_examples=100, deadline=None)
@given(chosen=cases, span=spans)
def test_do_not_contact_entry_blocks_at_any_time(
    chosen: tuple[Pack, PackCase], span: timedelta
) -> None:
    pack, case = chosen
    if case.attempt.act != "contact" or case.attempt.party is None:
        return
    facts = _with(case.facts, do_not_contact=[{"party": case.attempt.party}])
    verdict = _judge(pack, facts, case.attempt, case.attempt.moment + span)
    assert verdict.gate_action == "block"
    assert "HOUSE-03" in verdict.rules
