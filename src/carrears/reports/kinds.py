"""What somebody must be allowed to see for each report."""

from __future__ import annotations

from collections.abc import Mapping

from carrears.access.models import User
from carrears.access.seeing import reach_of
from carrears.reports.models import ReportKind

# The permission of the screen that shows the same.
NEEDS: Mapping[ReportKind, str] = {
    ReportKind.TEAM: "casework.lead_desk",
    ReportKind.PROMISES: "casework.view_all_cases",
    ReportKind.AGENCIES: "conduct.view_verdictrecord",
    ReportKind.BOOK: "dayrun.view_dayrun",
}


def why_not(user: User, kind: ReportKind) -> str:
    """Why somebody is not to get a report: ``inactive``, ``no_right``, ``no_address`` or empty."""
    if not user.is_active:
        return "inactive"
    if not reach_of(user).inside or not user.has_perm(NEEDS[kind]):
        return "no_right"
    return "" if user.email else "no_address"
