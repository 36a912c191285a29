from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from carrears.experiments.harm import harm_evidence
from carrears.experiments.planning import sample_size, smallest_effect
from carrears.experiments.recommendation import Advice, recommend
from carrears.experiments.sequences import confidence_sequence


def test_one_look_agrees_with_the_textbook() -> None:
    # (1.95996 + 0.84162)² (0.25·0.75 + 0.35·0.65) / 0.1² = 325.7 an arm without a correction.
    assert sample_size(effect=0.1, baseline=0.25).one_look == 652
    # σ = 10, a difference of 5, power 90 %: 2 (1.95996 + 1.28155)² 100 / 25 = 84.06 an arm.
    assert sample_size(effect=5, deviation=10, cap=100, power=0.9).one_look == 169


def test_loans_of_one_debtor_count_less_than_as_many_debtors() -> None:
    one = sample_size(effect=0.05, baseline=0.3).one_look
    alike = sample_size(effect=0.05, baseline=0.3, loans_per_debtor=2, correlation=1)
    free = sample_size(effect=0.05, baseline=0.3, loans_per_debtor=2, correlation=0)
    assert alike.one_look == one
    assert free.one_look == pytest.approx(one / 2, abs=1)


def test_days_are_until_the_last_outcome_is_known() -> None:
    size = sample_size(effect=0.05, baseline=0.3, entries_a_day=100, window_days=30)
    assert size.days == -(-size.daily_looks // 100) + 30


def test_the_planned_size_has_the_power_it_states() -> None:
    size = sample_size(effect=0.06, baseline=0.3, power=0.8).daily_looks
    random = np.random.default_rng(11)
    seen = 0
    for _ in range(200):
        arm = random.random(size) < 0.5
        cured = random.random(size) < np.where(arm, 0.36, 0.3)
        interval = confidence_sequence(
            cured, arm, share=0.5, planned=size, deviation=0.47, looks=[size]
        )
        seen += bool(interval.lower[0] > 0)
    assert binom.ppf(0.001, 200, 0.8) <= seen <= binom.ppf(0.999, 200, 0.9)


def test_the_smallest_effect_needs_just_these_debtors() -> None:
    effect = smallest_effect(debtors=10_000, baseline=0.3)
    assert sample_size(effect=effect, baseline=0.3).daily_looks == pytest.approx(10_000, rel=1e-3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"effect": 0.0, "baseline": 0.3}, "no number of debtors shows an effect of nothing"),
        ({"effect": 0.1}, "give the champion's rate, or a standard deviation"),
        ({"effect": 0.8, "baseline": 0.3}, "rates must lie between 0 and 1, not 0.3 and 1.1"),
        ({"effect": 0.1, "baseline": 0.3, "share": 1.0}, "share must lie between 0 and 1, not 1.0"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sample_size(**wrong)  # type: ignore[arg-type]


def alarmed(*, usual: float, challenger: float, repetitions: int, share: float = 0.5) -> int:
    """In how many of these experiments of 200 days a guard rail at 5 % would ever trip."""
    random = np.random.default_rng(12)
    number = 0
    for _ in range(repetitions):
        days, size = 200, 1_000
        ours, theirs = int(size * share), size - int(size * share)
        hits, spares, exposed, others = [], [], [], []
        for _ in range(days):
            exposed.append(ours)
            others.append(theirs)
            hits.append(random.binomial(ours, challenger))
            spares.append(random.binomial(theirs, usual))
            ours, theirs = ours - hits[-1], theirs - spares[-1]
        evidence = harm_evidence(
            challenger_events=hits,
            champion_events=spares,
            challenger_at_risk=exposed,
            champion_at_risk=others,
        )
        number += bool((evidence >= 20).any())
    return number


def test_a_guard_rail_trips_on_harm_and_seldom_without() -> None:
    false = alarmed(usual=0.001, challenger=0.001, repetitions=300)
    uneven = alarmed(usual=0.001, challenger=0.001, repetitions=300, share=0.1)
    limit = binom.ppf(0.9999, 300, 0.05)
    assert false <= limit
    assert uneven <= limit
    assert alarmed(usual=0.0005, challenger=0.002, repetitions=100) >= 95


def test_days_without_events_or_with_one_arm_say_nothing() -> None:
    evidence = harm_evidence(
        challenger_events=[0, 3, 0],
        champion_events=[0, 0, 0],
        challenger_at_risk=[10, 10, 7],
        champion_at_risk=[10, 0, 0],
    )
    np.testing.assert_allclose(evidence, 1.0)


def test_evidence_of_one_event_is_the_mean_of_its_ratios() -> None:
    # One complaint, equal arms: the ratio of θ is 2 θ / (θ + 1), over θ = 1.25 … 10.
    evidence = harm_evidence(
        challenger_events=[1],
        champion_events=[0],
        challenger_at_risk=[50],
        champion_at_risk=[50],
    )
    ratios = [2 * theta / (theta + 1) for theta in (1.25, 1.5, 2, 3, 5, 10)]
    assert evidence[0] == pytest.approx(sum(ratios) / 6)


@pytest.mark.parametrize(
    ("lower", "upper", "harmed", "advice"),
    [
        (0.01, 0.09, False, Advice.ADOPT),
        (0.01, 0.09, True, Advice.STOP_FOR_HARM),
        (-0.09, -0.01, False, Advice.KEEP),
        (-0.04, 0.01, False, Advice.KEEP),
        (-0.01, 0.01, False, Advice.NO_DIFFERENCE),
        (0.001, 0.015, False, Advice.NO_DIFFERENCE),
        (-0.01, 0.05, False, Advice.CONTINUE),
    ],
)
def test_the_advice_follows_from_the_interval(
    *, lower: float, upper: float, harmed: bool, advice: Advice
) -> None:
    assert recommend(lower=lower, upper=upper, matters=0.02, harmed=harmed) == advice
