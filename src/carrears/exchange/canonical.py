"""What a tape is turned into: the tables of the book, keyed by the lender's own numbers.

They are those of ``carrears.layout`` with ``loan_no`` in place of ``loan_id`` and
without the columns that the book derives; and ``people``, which go to the vault.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa

from carrears import layout

_DERIVED = {"loan_id", "loan_no", "superseded_on", "superseded_known_on"}
_LOAN_NO = pa.field("loan_no", pa.string(), nullable=False)


def _keyed_by_number(schema: pa.Schema) -> pa.Schema:
    return pa.schema([_LOAN_NO, *[field for field in schema if field.name not in _DERIVED]])


PEOPLE = pa.schema(
    [
        pa.field("party_no", pa.string(), nullable=False),
        _LOAN_NO,
        pa.field("role", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        *[
            pa.field(name, pa.string())
            for name in (
                *("id_no", "phone", "email", "address", "region", "time_zone", "language"),
                *("plate", "vin"),
            )
        ],
        # Degrees, and by which system: maps of China show WGS 84 elsewhere than satellites do.
        pa.field("address_lat", layout.RATE),
        pa.field("address_lon", layout.RATE),
        pa.field("address_crs", pa.string()),
        *[
            pa.field(name, pa.bool_())
            for name in ("consent_email", "consent_sms", "consent_call", "synthetic")
        ],
    ]
)

TABLES: Mapping[str, pa.Schema] = {
    name: _keyed_by_number(schema) for name, schema in layout.TABLES.items()
} | {"people": PEOPLE}

# One row of a monthly report, before it is split into reports, payments and events.
PERIOD = pa.schema(
    [
        *[field for field in TABLES["reports"] if field.name != "loan_no"],
        pa.field("principal_paid", pa.int64()),
        pa.field("interest_paid", pa.int64()),
        pa.field("other_paid", pa.int64()),  # fees and other money that is no instalment
        pa.field("repossession_proceeds", pa.int64()),
        pa.field("ended", pa.string()),  # one of CLOSED_REASONS
        pa.field("ended_on", pa.date32()),
    ]
)

KEYS: Mapping[str, tuple[str, ...]] = {
    "loans": ("loan_no",),
    "instalments": ("loan_no", "seq", "effective_on"),
    "payments": ("loan_no", "payment_no"),
    "events": ("loan_no", "event_no"),
    "reports": ("loan_no", "period_end"),
    "people": ("party_no", "loan_no"),
}
"""What makes two rows the same row."""

CLOSED_REASONS = ("paid_off", "charged_off", "repossessed", "other")

ALLOWED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("loans", "closed_reason"): CLOSED_REASONS,
    ("loans", "vehicle_condition"): ("new", "used"),
    ("payments", "kind"): ("payment", "reversal", "recovery"),
    ("events", "kind"): layout.EVENT_KINDS,
    ("events", "part"): layout.PARTS,
    ("people", "role"): ("obligor", "co_obligor", "guarantor", "contact"),
    ("people", "address_crs"): ("WGS-84", "GCJ-02"),
    ("period", "ended"): CLOSED_REASONS,
}
"""The words that a column may hold."""

# Smallest and largest values that make sense; money in major units. A mapping may narrow them.
RANGES: Mapping[tuple[str, str], tuple[Decimal | None, Decimal | None]] = {
    ("loans", "term_months"): (Decimal(1), Decimal(1200)),
    ("loans", "model_year"): (Decimal(1886), Decimal(2100)),
    ("loans", "annual_rate"): (Decimal(0), None),
    ("loans", "instalment"): (Decimal(0), None),
    ("loans", "vehicle_value"): (Decimal(0), None),
    ("loans", "bureau_score"): (Decimal(0), None),
    ("loans", "payment_to_income"): (Decimal(0), None),
    ("instalments", "seq"): (Decimal(1), None),
    ("instalments", "principal"): (Decimal(0), None),
    ("instalments", "interest"): (Decimal(0), None),
    ("instalments", "fee"): (Decimal(0), None),
    ("people", "address_lat"): (Decimal(-90), Decimal(90)),
    ("people", "address_lon"): (Decimal(-180), Decimal(180)),
    ("events", "months"): (Decimal(0), Decimal(1200)),
    ("events", "seq"): (Decimal(1), None),
    ("events", "annual_rate"): (Decimal(0), None),
}

# The same, with the end itself shut out: (more than, less than).
LIMITS: Mapping[tuple[str, str], tuple[Decimal | None, Decimal | None]] = {
    ("loans", "principal"): (Decimal(0), None),
    ("loans", "annual_rate"): (None, Decimal(1)),
}

DEFAULTS: Mapping[tuple[str, str], str] = {
    ("instalments", "fee"): "0",
    ("payments", "kind"): "payment",
}
"""What an empty value means."""

FILLED = frozenset({("loans", "product"), ("loans", "currency"), ("loans", "obligor_no")})
"""What the reader fills where the tape is silent: by the mapping, and by the loan's number."""
