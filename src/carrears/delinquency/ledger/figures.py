"""The columns that the ledger gives of a loan; importing them costs no compiler."""

from __future__ import annotations

import pyarrow as pa

PARTS = ("fee", "penalty", "compound", "interest", "principal")  # the order of ``Component``


def _by_part(name: str) -> list[pa.Field]:
    return [pa.field(f"{name}_{part}", pa.int64(), nullable=False) for part in PARTS]


# Money in minor units of the loan's currency, each sum followed by its parts. ``arrears`` is what
# fell due up to the day and is open, ``overdue`` what fell due before it, ``outstanding`` all that
# is open; ``due_total`` what fell due, charges and penalties included, less what was waived;
# ``paid_ahead`` money beyond it, ``overpaid`` the part of that which pays nothing yet. ``payoff``
# settles the loan on the day. ``dpd`` is after grace, materiality and pauses.
FIGURES = pa.schema(
    [
        pa.field("loan_id", pa.int64(), nullable=False),
        pa.field("due_total", pa.int64(), nullable=False),
        pa.field("arrears", pa.int64(), nullable=False),
        *_by_part("arrears"),
        pa.field("overdue", pa.int64(), nullable=False),
        *_by_part("overdue"),
        pa.field("outstanding", pa.int64(), nullable=False),
        *_by_part("outstanding"),
        pa.field("oldest_due_on", pa.date32()),
        pa.field("dpd", pa.int32(), nullable=False),
        pa.field("instalments_behind", pa.int32(), nullable=False),
        pa.field("next_due_on", pa.date32()),
        pa.field("next_due_amount", pa.int64()),
        pa.field("paid_ahead", pa.int64(), nullable=False),
        pa.field("overpaid", pa.int64(), nullable=False),
        pa.field("paused_days", pa.int32(), nullable=False),
        pa.field("payoff", pa.int64(), nullable=False),
    ]
)
