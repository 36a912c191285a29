"""Where this room tells of people under others' keys: requests of those who share a loan."""

from __future__ import annotations

from carrears.conduct.striking import Told, told_in
from carrears.rights.models import RightsRequest, RightsStep


def connect() -> None:
    """Have these struck out when somebody is erased."""
    told_in(
        Told(
            rows=lambda one: (
                RightsRequest.objects.filter(loan_no__in=one.loans)
                .exclude(party=one.party)
                .order_by("pk")
            ),
            under=lambda row: row.party_id,
            sealed_as=lambda _row: "rights request",
        ),
        Told(
            rows=lambda one: (
                RightsStep.objects.filter(request__loan_no__in=one.loans)
                .exclude(request__party=one.party)
                .select_related("request")
                .order_by("pk")
            ),
            under=lambda row: row.request.party_id,
            sealed_as=lambda _row: "rights request",
        ),
    )
