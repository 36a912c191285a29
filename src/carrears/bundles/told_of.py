"""Where this room tells of people under the house's key: for what a bundle was asked."""

from __future__ import annotations

from carrears.bundles.models import NOTE, PreparedBundle
from carrears.conduct.striking import STRUCK, Told, told_in


def connect() -> None:
    """Have these struck out when somebody is erased; of his own cases they go whole."""
    told_in(
        Told(
            rows=lambda one: (
                PreparedBundle.objects.filter(case__loan_no__in=one.loans)
                .select_related("case")
                .order_by("pk")
            ),
            under=lambda _row: None,
            sealed_as=lambda row: NOTE.format(row.token),
            column="note_sealed",
            goes_whole=lambda row, one: row.case.loan_no in one.owed,
            leaves=STRUCK,
        )
    )
