"""The columnar book: which tables it has, their columns and units.

One book is one lender's. Every table is Parquet, sorted by its key. Money is int64 minor
units of the loan's currency, rates are decimal fractions a year, dates are the debtor's
local dates. ``loan_id`` is a dense integer given when a loan is first seen and never
changed; ``loan_no`` is the lender's own number.

Whatever happens to a loan has two days: the one it counts for (``paid_on``, ``happened_on``,
``effective_on``) and the one it became known (``known_on``; null: the same day). A back-dated
payment has an older ``paid_on`` than ``known_on``, so that both questions have an answer: how
the loan stood on a day, and what was known of it then.
"""

from __future__ import annotations

import pyarrow as pa

VERSION = 2  # rises when columns are added: what was merged by an older layout is merged anew
RATE = pa.decimal128(9, 6)

LOANS = pa.schema(
    [
        pa.field("loan_id", pa.int64(), nullable=False),
        pa.field("loan_no", pa.string(), nullable=False),
        pa.field("product", pa.string(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("obligor_no", pa.string(), nullable=False),
        pa.field("originated_on", pa.date32(), nullable=False),
        pa.field("first_due_on", pa.date32()),
        pa.field("term_months", pa.int32()),
        pa.field("annual_rate", RATE),
        pa.field("principal", pa.int64(), nullable=False),
        pa.field("instalment", pa.int64()),
        pa.field("closed_on", pa.date32()),
        pa.field("closed_reason", pa.string()),  # paid_off | charged_off | repossessed | other
        pa.field("region", pa.string()),
        pa.field("dealer", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("make", pa.string()),
        pa.field("model", pa.string()),
        pa.field("model_year", pa.int32()),
        pa.field("vehicle_condition", pa.string()),  # new | used
        pa.field("vehicle_value", pa.int64()),
        pa.field("bureau_score", pa.int32()),
        pa.field("payment_to_income", RATE),
    ]
)

# A schedule row counts from ``effective_on`` until the day before ``superseded_on``: a
# deferral re-issues the rows it moves, so that a past day is judged by the schedule of
# that day. Both are null for a row that never changed.
INSTALMENTS = pa.schema(
    [
        pa.field("loan_id", pa.int64(), nullable=False),
        pa.field("seq", pa.int32(), nullable=False),
        pa.field("due_on", pa.date32(), nullable=False),
        pa.field("principal", pa.int64(), nullable=False),
        pa.field("interest", pa.int64(), nullable=False),
        pa.field("fee", pa.int64(), nullable=False),
        pa.field("effective_on", pa.date32()),
        pa.field("superseded_on", pa.date32()),
        pa.field("known_on", pa.date32()),
        pa.field("superseded_known_on", pa.date32()),  # when the row that ended it became known
    ]
)

# Negative amounts take an earlier payment back (冲正, returned debit). One that names the
# payment (``reverses_no``) takes it back as if it had never been: it counts for that payment's
# day, and was known on its own. One that names none counts from its own day.
PAYMENTS = pa.schema(
    [
        pa.field("loan_id", pa.int64(), nullable=False),
        pa.field("payment_no", pa.string(), nullable=False),
        pa.field("paid_on", pa.date32(), nullable=False),
        pa.field("amount", pa.int64(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # payment | reversal | recovery
        pa.field("known_on", pa.date32()),
        pa.field("reverses_no", pa.string()),
    ]
)

EVENTS = pa.schema(
    [
        pa.field("loan_id", pa.int64(), nullable=False),
        pa.field("event_no", pa.string(), nullable=False),
        pa.field("happened_on", pa.date32(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # one of EVENT_KINDS
        pa.field("months", pa.int32()),
        pa.field("amount", pa.int64()),
        pa.field("known_on", pa.date32()),
        pa.field("part", pa.string()),  # waiver: of which part; one of PARTS
        pa.field("seq", pa.int32()),  # deferral, extension, reage: the instalment it moves
        pa.field("until_on", pa.date32()),  # its new due date; pause: the first day after it
        pa.field("annual_rate", RATE),  # penalty_rate: the new rate
    ]
)

# What the lender's own system reports for a period, kept next to what we compute.
REPORTS = pa.schema(
    [
        pa.field("loan_id", pa.int64(), nullable=False),
        pa.field("period_start", pa.date32()),
        pa.field("period_end", pa.date32(), nullable=False),
        pa.field("opening_balance", pa.int64()),
        pa.field("balance", pa.int64()),
        pa.field("scheduled", pa.int64()),
        pa.field("paid", pa.int64()),
        pa.field("next_due", pa.int64()),
        pa.field("reported_dpd", pa.int32()),
        pa.field("interest_paid_through", pa.date32()),
        pa.field("extended_months", pa.int32()),
        pa.field("modified", pa.bool_()),
        pa.field("charged_off", pa.int64()),
        pa.field("recovered", pa.int64()),
        pa.field("repossessed", pa.bool_()),
    ]
)

# What is only told (``amount`` of a bureau change is the new score), and what the ledger
# reckons with: money owed beside the schedule (费用、罚息), given up (减免) or given back, days
# that do not count, moved due dates, a new rate. A deferral, extension or re-age that re-issues
# rows of the schedule needs no ``seq``.
TOLD_KINDS = (
    *("returned_debit", "modification", "repossession", "bureau_change", "phone_changed"),
    *("device_offline", "device_tampered", "device_left_region", "device_near_pawnshop"),
)
LEDGER_KINDS = (
    *("fee", "penalty", "waiver", "refund", "pause", "resume"),
    *("deferral", "extension", "reage", "penalty_rate", "charge_off"),
)
EVENT_KINDS = (*TOLD_KINDS, *LEDGER_KINDS)
PARTS = ("fee", "penalty", "compound", "interest", "principal")

TABLES = {
    "loans": LOANS,
    "instalments": INSTALMENTS,
    "payments": PAYMENTS,
    "events": EVENTS,
    "reports": REPORTS,
}

SORT_KEYS = {
    "loans": ("loan_id",),
    "instalments": ("loan_id", "seq", "effective_on"),
    "payments": ("loan_id", "paid_on", "payment_no"),
    "events": ("loan_id", "happened_on", "event_no"),
    "reports": ("loan_id", "period_end"),
}


def as_laid_out(name: str, table: pa.Table) -> pa.Table:
    """The table with the columns that a file of an older layout lacks, null."""
    given = set(table.column_names)
    for field in TABLES[name]:
        if field.name not in given:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table
