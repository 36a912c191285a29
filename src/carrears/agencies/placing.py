"""Which agency gets which debtor: pure, the same answer for the same question.

A debtor is what is given, with all his loans. Nothing gets lost: whom nobody gets comes back with
why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from carrears.casework.placing_rules import PlacingRule, When

# Why a debtor whom a rule fits goes to nobody.
Lack = Literal["no_agency", "had_all", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """A person with all his open cases. ``arrears`` is the sum of ``currency``'s minor units.

    The rest is that of the loan deepest behind. ``not_to`` are agencies that must not get him.
    """

    number: str
    loans: int
    arrears: int
    dpd: int
    currency: str = ""
    stage: str = ""
    band: str = ""
    product: str = ""
    treatment: str = ""
    region: str = ""
    not_to: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Given:
    """To which agency, and by which rule."""

    agency: str
    rule: str


@dataclass(slots=True)
class Placed:
    """What became of the debtors, by their numbers."""

    given: dict[str, Given] = field(default_factory=dict)
    left: dict[str, Lack] = field(default_factory=dict)


def rule_for(debtor: Debtor, rules: Sequence[PlacingRule]) -> PlacingRule | None:
    """The first rule that is meant for a debtor."""
    return next((one for one in rules if _fits(debtor, one.when)), None)


def place_out(
    debtors: Iterable[Debtor],
    rules: Sequence[PlacingRule],
    *,
    there: Sequence[str],
    has: Mapping[str, int],
) -> Placed:
    """Give debtors to agencies, the largest arrears first, by the shares of each rule.

    ``there`` are the agencies that are open; ``has`` is how many people each has already. Whom
    no rule fits is in neither answer.
    """
    done = Placed()
    people = {key: has.get(key, 0) for key in there}
    got: dict[tuple[str, str], int] = {}
    for debtor in sorted(debtors, key=lambda one: (-one.arrears, one.number)):
        rule = rule_for(debtor, rules)
        if rule is None:
            continue
        able, lack = _able(debtor, rule, people=people)
        if not able:
            done.left[debtor.number] = lack
            continue
        agency = _furthest_behind(able, rule, got=got)
        done.given[debtor.number] = Given(agency, rule.name)
        people[agency] += 1
        key = (rule.name, agency)
        got[key] = got.get(key, 0) + (1 if rule.share_by == "people" else debtor.arrears)
    return done


def _able(
    debtor: Debtor, rule: PlacingRule, *, people: Mapping[str, int]
) -> tuple[list[str], Lack]:
    """The agencies that may get a debtor by a rule; of none, the last thing that stood in the way.

    ``people`` is how many each open agency has.
    """
    able = [key for key in sorted(_shares(rule, people)) if key in people]
    if not able:
        return [], "no_agency"
    able = [key for key in able if key not in debtor.not_to]
    if not able:
        return [], "had_all"
    return [
        key for key in able if key not in rule.at_most or people[key] < rule.at_most[key]
    ], "full"


def _shares(rule: PlacingRule, there: Iterable[str]) -> Mapping[str, int]:
    return rule.to or dict.fromkeys(there, 1)


def _furthest_behind(
    able: Sequence[str], rule: PlacingRule, *, got: Mapping[tuple[str, str], int]
) -> str:
    """Of these the agency that has least for its share; of equals the first."""
    shares, best = _shares(rule, able), able[0]
    for key in able[1:]:
        # Fractions are compared crosswise, so that no share is rounded: a/b < c/d as a*d < c*b.
        mine, its = got.get((rule.name, key), 0), got.get((rule.name, best), 0)
        if mine * shares[best] < its * shares[key]:
            best = key
    return best


def _fits(debtor: Debtor, when: When) -> bool:
    return (
        when.fits_age(dpd=debtor.dpd, stage=debtor.stage)
        and (not when.band or debtor.band in when.band)
        and (not when.product or debtor.product in when.product)
        and (not when.treatment or debtor.treatment in when.treatment)
        and (not when.region or debtor.region in when.region)
        and (not when.currency or debtor.currency in when.currency)
        and (when.arrears_from is None or debtor.arrears >= when.arrears_from)
        and (when.arrears_to is None or debtor.arrears <= when.arrears_to)
    )
