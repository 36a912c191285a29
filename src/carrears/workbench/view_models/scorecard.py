"""Agencies and the lender's own, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from carrears.workbench.view_models.compliance import PeriodShown


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Who acted, with counts of the period.

    ``query`` lists his attempts, ``complained`` the complaints about him; it is empty where
    complaints are not told apart so. ``response_days`` is the sum over ``answered`` complaints,
    ``found`` those of the ``settled`` that were upheld at least in part.
    """

    title: str
    query: str
    complained: str = ""
    part: bool = False
    attempts: int = 0
    allowed: int = 0
    blocked: int = 0
    review: int = 0
    near: int = 0
    breaches: int = 0
    contacts: int = 0
    calls: int = 0
    effective: int = 0
    asked: int = 0
    refused: int = 0
    complaints: int = 0
    settled: int = 0
    found: int = 0
    answered: int = 0
    response_days: float = 0.0

    @property
    def per_thousand(self) -> float | None:
        """Complaints for a thousand contacts; None of no contacts or where not told apart."""
        if not self.complained or not self.contacts:
            return None
        return 1000 * self.complaints / self.contacts

    @property
    def found_share(self) -> float | None:
        """Of the settled complaints, the share upheld at least in part; None of none."""
        return self.found / self.settled if self.settled else None

    @property
    def effective_rate(self) -> float | None:
        """Effective calls of the calls made; None of none."""
        return self.effective / self.calls if self.calls else None

    @property
    def response(self) -> float | None:
        """Days from receipt to answer, on average; None of none."""
        return self.response_days / self.answered if self.answered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardPage:
    """The scorecard of a period."""

    period: PeriodShown
    rows: tuple[Score, ...]
