"""What a proof bundle would hold, and what somebody had prepared."""

from __future__ import annotations

from django.conf import settings

from carrears.access.models import User
from carrears.bundles.models import PreparedBundle, PreparedState
from carrears.bundles.preparing import measure, most_bytes
from carrears.clock import now
from carrears.workbench.view_models.bundle import BundlePage, PreparedRow

_SHOWN = 10
_UNDER_WAY = frozenset({PreparedState.WAITING, PreparedState.RUNNING})


def bundle_page(loan_no: str, user: User, *, with_files: bool) -> BundlePage:
    """The page of a case's bundles; each sees those that he asked for."""
    measured = measure(loan_no)
    asked = PreparedBundle.objects.filter(case__loan_no=loan_no, by=user).order_by("-asked_at")
    rows = tuple(_row(one) for one in asked[:_SHOWN])
    return BundlePage(
        loan_no=loan_no,
        with_files=with_files,
        files=measured.files,
        size=measured.size,
        recordings=measured.recordings,
        most=most_bytes(),
        too_large=measured.is_too_large,
        hours=settings.BUNDLE_HOURS,
        rows=rows,
        waits=any(row.state in _UNDER_WAY for row in rows),
    )


def _row(one: PreparedBundle) -> PreparedRow:
    is_open = one.state == PreparedState.READY and one.until is not None and now() < one.until
    is_over = one.state == PreparedState.READY and not is_open
    return PreparedRow(
        token=one.token,
        state=str(PreparedState.GONE) if is_over else one.state,
        problem=one.problem,
        why=one.why,
        asked_at=one.asked_at,
        open_until=one.until if is_open else None,
        percent=round(100 * one.done / one.total) if one.total else 0,
        size=one.size,
        files=one.files,
        unreadable=one.unreadable,
        sha256=one.sha256,
    )
