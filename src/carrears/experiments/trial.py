"""A running experiment as the day and an event need it, without its database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carrears.experiments.assignment import arm_sql, assign_arm


@dataclass(frozen=True, slots=True)
class Trial:
    """Who is decided by which strategy while an experiment runs.

    ``shares`` are basis points by arm. ``strategies`` gives the strategy (its database id) that
    decides each arm; a stopped arm's is the champion's.
    """

    id: int
    key: str
    currency: str
    shares: Mapping[str, int]
    strategies: Mapping[str, int]

    def arm_of(
        self,
        *,
        obligor_no: str | None,
        loan_no: str,
        currency: str,
        dpd: int | None,
        is_enrolled: bool,
    ) -> str | None:
        """The arm that decides a loan; None where the published strategy does.

        A debtor takes part from the first day behind on. Before it nothing depends on the arm,
        so that the arms are alike when they begin.
        """
        if currency != self.currency or not (is_enrolled or (dpd or 0) > 0):
            return None
        debtor = debtor_of(obligor_no=obligor_no, loan_no=loan_no)
        return assign_arm(debtor, experiment=self.key, shares=self.shares)

    def arm_sql(self, *, enrolled: str) -> str:
        """``arm_of`` over DuckDB columns ``obligor_no``, ``loan_no``, ``currency`` and ``dpd``.

        ``enrolled`` is a condition that tells whether the loan's debtor takes part already.
        """
        arm = arm_sql(DEBTOR_SQL, experiment=self.key, shares=self.shares)
        return f"case when currency = '{self.currency}' and (dpd > 0 or {enrolled}) then {arm} end"

    @property
    def fingerprint(self) -> str:
        """Changes whenever some loan may be decided otherwise."""
        arms = [(name, share, self.strategies[name]) for name, share in self.shares.items()]
        return f"{self.key} {self.currency} {arms}"


@dataclass(frozen=True, slots=True)
class WordsTrial:
    """Whose messages of a template say which words while an experiment with them runs.

    ``shares`` are basis points by arm, ``arms`` the arms' database ids, ``words`` the SHA-256 of
    what each says; a stopped arm's are the champion's.
    """

    id: int
    key: str
    currency: str
    shares: Mapping[str, int]
    arms: Mapping[str, int]
    words: Mapping[str, str]

    def arm_of(self, *, obligor_no: str | None, loan_no: str, currency: str) -> str | None:
        """The arm of a loan's debtor, in whatever state the loan is; None for another currency."""
        if currency != self.currency:
            return None
        debtor = debtor_of(obligor_no=obligor_no, loan_no=loan_no)
        return assign_arm(debtor, experiment=self.key, shares=self.shares)


@dataclass(frozen=True, slots=True)
class InTrial:
    """By which arm (its database id) a message says its words, and to whose debt it belongs."""

    experiment: int
    arm: int
    debtor: str


# Whom a loan belongs to: its obligor, and itself where the tape names none.
DEBTOR_SQL = "coalesce(nullif(obligor_no, ''), loan_no)"


def debtor_of(*, obligor_no: str | None, loan_no: str) -> str:
    """Whom a loan belongs to, as ``DEBTOR_SQL`` says."""
    return obligor_no or loan_no
