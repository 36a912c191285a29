"""How the facts that the gate is given name people, numbers, loans and who acts."""

from __future__ import annotations

from uuid import UUID

from carrears.outreach.wanted import WantedContact

LENDER = "LENDER"


def party_id(token: UUID) -> str:
    """How the facts name a person: by the token."""
    return f"P.{token}"


def point_id(pk: int) -> str:
    """How the facts name a number or an address: by its row, never by its value."""
    return f"C.{pk}"


def debt_id(wanted: WantedContact) -> str:
    """How the facts name a loan."""
    return f"L.{wanted.case.loan_id}"


def collector_id(agency: str) -> str:
    """How the facts name who acts: the lender, or an agency for it."""
    return f"AGENCY.{agency}" if agency else LENDER
