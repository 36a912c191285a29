"""Where this room tells of people under others' keys: requests of those who share a loan."""

from __future__ import annotations

from carrears.conduct.striking import Told, told_in
from carrears.rights.models import RightsRequest, RightsStep


def connect() -> None:
    """Have these struck out when somebody is erased."""
    told_in(
        Told.of_loans(RightsRequest, sealed_as="rights request"),
        Told.of_loans(
            RightsStep,
            loan="request__loan_no",
            party="request__party",
            sealed_as="rights request",
        ),
    )
