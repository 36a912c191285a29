"""Whom an act on debt collectors binds, and the coverage rule that says so.

15 USC 1692a(6): who collects what is owed to another, a creditor under another name, and who
got the debt in default; not the creditor in his own name, nor who got it before default.
"""

from __future__ import annotations

from carrears.conduct.facts import Organisation
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.situation import Situation

_AGENCIES = frozenset({"agency", "sub_agency"})
_ACTS = frozenset({"contact", "repossess"})


def is_debt_collector(situation: Situation) -> bool | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Whether who acts collects as a debt collector; None where the facts do not tell.

    Who binds himself to the act by the code ``reg_f`` is one by his own word.
    """
    collector = situation.collector
    if {debt.funds_use for debt in situation.debts} == {"business"}:
        return False
    if collector is None:
        return None
    if "reg_f" in collector.codes:
        return True
    if collector.kind == "lender":
        return _is_foreign_or_disguised(collector, situation)
    if collector.obtained_debt is None:
        if situation.debts and all(debt.in_default is False for debt in situation.debts):
            return False
        return True if collector.kind in _AGENCIES else None
    return collector.obtained_debt == "after_default"


def _is_foreign_or_disguised(lender: Organisation, situation: Situation) -> bool | None:
    if situation.creditors and situation.creditors != {lender.id}:
        return True
    return None if lender.own_name is None else not lender.own_name


@logic("covered", "not_covered", "unknown")
def coverage(situation: Situation, law: Law) -> Ruling | None:
    """Whether the act binds who acts here; where it does not, house policy decides."""
    del law
    attempt = situation.attempt
    if attempt.act not in _ACTS:
        return None
    used = (f"organisations:{attempt.collector}",) if attempt.collector else ()
    bound = is_debt_collector(situation)
    if bound is None:
        return Ruling("review", "unknown", used=used)
    if bound:
        return Ruling("allow", "covered", used=used)
    return Ruling("not_applicable", "not_covered", used=used)
