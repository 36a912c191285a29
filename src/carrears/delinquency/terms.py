"""A product's terms as the ledger reads them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np

from carrears.delinquency.ledger.arrays import Int64
from carrears.delinquency.ledger.entries import (
    RATE_SCALE,
    GraceRule,
    LoanTerms,
    PayoffInterest,
)
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.waterfall import Advance, Component, make_waterfall
from carrears.portfolio.products import Counting, Part, Product

MILLION = 1_000_000
COMPONENT = {part: Component[part.name] for part in Part}
_GRACE = {Counting.FROM_DUE: GraceRule.FROM_DUE, Counting.FROM_GRACE: GraceRule.FROM_GRACE}
_PAYOFF = {"elapsed": PayoffInterest.ELAPSED, "whole": PayoffInterest.WHOLE}


def penalty_units(product: Product, *, contract_rate: Decimal) -> int:
    """The yearly penalty rate of a loan, in hundred-millionths, half up.

    A surcharge stands on the contract rate: 12 % and a half give 18 %.
    """
    rate = Fraction(product.penalty.yearly(contract_rate))
    return round_to(rate * RATE_SCALE, rounding=Rounding.HALF_UP)


def penalty_rates(product: Product, *, contract_rates: Int64) -> Int64:
    """``penalty_units`` of many loans of one product; rates in hundred-millionths a year."""
    if product.penalty.surcharge is None:
        own = penalty_units(product, contract_rate=Decimal(0))
        return np.full(len(contract_rates), own, np.int64)
    share = 1 + Fraction(product.penalty.surcharge)
    whole, over = share.numerator, share.denominator
    return (2 * contract_rates * whole + over) // (2 * over)


def ledger_terms(product: Product, *, contract_rate: Decimal) -> LoanTerms:
    """What the ledger must know of a loan of ``product`` at ``contract_rate`` a year."""
    penalty, allocation = product.penalty, product.allocation
    return LoanTerms(
        waterfall=make_waterfall(
            allocation.style,
            [COMPONENT[part] for part in allocation.order],
            advance=Advance(allocation.advance),
        ),
        penalty_rate=penalty_units(product, contract_rate=contract_rate),
        penalty_year_days=penalty.year_days,
        compound=penalty.compound,
        penalty_grace_days=penalty.grace_days,
        penalty_grace_rule=_GRACE[penalty.grace_counts],
        grace_days=product.grace_days,
        grace_rule=_GRACE[product.grace_counts],
        materiality_minor=product.materiality.amount_minor,
        materiality_millionths=int(product.materiality.share * MILLION),
        pause_stops_penalty=penalty.stops_in_pause,
        pause_stops_days=product.pause_stops_days,
        charge_off_stops_penalty=penalty.stops_at_charge_off,
        payoff_interest=_PAYOFF.get(product.payoff_interest, PayoffInterest.ALL),
        gives_back_unearned=product.payoff_unearned == "given_back",
        dpd_components=tuple(COMPONENT[part] for part in product.behind_by),
    )
