"""Where this room tells of people under others' keys: visits, and texts of who is unknown."""

from __future__ import annotations

from carrears.conduct.striking import Told, told_in
from carrears.outreach.delivery_models import UnknownText
from carrears.outreach.visit_models import VisitStep


def connect() -> None:
    """Have these struck out when somebody is erased."""
    told_in(
        Told(
            rows=lambda one: (
                VisitStep.objects.filter(visit__case__loan_no__in=one.loans)
                .exclude(visit__case__party=one.party)
                .select_related("visit__case")
                .order_by("pk")
            ),
            under=lambda row: row.visit.case.party_id,
            sealed_as=lambda row: f"visit step {row.pk}",
            column="told_sealed",
            is_json=True,
        ),
        Told(
            rows=lambda _one: UnknownText.objects.order_by("pk"),
            under=lambda _row: None,
            sealed_as=lambda _row: "text",
        ),
    )
