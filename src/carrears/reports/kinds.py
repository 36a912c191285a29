"""What somebody must be allowed to see for each report, and to what one can be narrowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from carrears.access.models import User
from carrears.access.seeing import reach_of
from carrears.casework.part_of_house import parts_seen
from carrears.delinquency.buckets import load_buckets
from carrears.reports.models import ReportKind

# The permission of the screen that shows the same.
NEEDS: Mapping[ReportKind, str] = {
    ReportKind.TEAM: "casework.lead_desk",
    ReportKind.PROMISES: "casework.view_all_cases",
    ReportKind.AGENCIES: "conduct.view_verdictrecord",
    ReportKind.BOOK: "dayrun.view_dayrun",
}


# As the address of the dashboard names them; ``organisation`` is the key of a team or a branch.
NARROWED_BY: Final = (
    "organisation", "bucket", "product", "region", "dealer", "model", "channel",
)  # fmt: skip
_LONGEST = 80


def is_part(told: Mapping[str, str]) -> bool:
    """Whether a report can be narrowed so."""
    buckets = {str(number) for number in range(len(load_buckets().names))}
    return (
        set(told) <= set(NARROWED_BY)
        and told.get("bucket", "0") in buckets
        and all(0 < len(one) <= _LONGEST and "\0" not in one for one in told.values())
    )


def why_not(user: User, kind: ReportKind, narrowed: Mapping[str, str] | None = None) -> str:
    """Why somebody is not to get a report: ``inactive``, ``no_right``, ``no_part``, ``no_address``.

    ``no_part``: it is narrowed to a team that he does not see. Empty where nothing is against it.
    """
    if not user.is_active:
        return "inactive"
    if not reach_of(user).inside or not user.has_perm(NEEDS[kind]):
        return "no_right"
    team = (narrowed or {}).get("organisation")
    if team and team not in {one.key for _, one in parts_seen(user)}:
        return "no_part"
    return "" if user.email else "no_address"
