"""The columns that the ledger gives of a loan; importing them costs no compiler."""

from __future__ import annotations

import pyarrow as pa

from carrears.delinquency.ledger.habits import HABITS
from carrears.delinquency.pattern import EVENTS

# Money in minor units. ``arrears`` is what fell due up to the day, by component below it;
# ``due_total`` what fell due, charges included, less what was waived; ``paid_total`` the money
# that came in to date less what was taken back; ``paid_ahead`` money beyond what fell due;
# ``payoff`` settles the loan. ``last_paid_on`` may be a payment that was taken back later.
# Days and counts of ``HABITS`` are told by ``ledger.habits.PaymentHabits``, what
# follows them by ``pattern.PATTERN``.
RECKONED = pa.schema(
    [
        pa.field("loan_id", pa.int64(), nullable=False),
        pa.field("due_total", pa.int64()),
        pa.field("paid_total", pa.int64()),
        pa.field("arrears", pa.int64()),
        pa.field("arrears_principal", pa.int64()),
        pa.field("arrears_interest", pa.int64()),
        pa.field("arrears_fee", pa.int64()),
        pa.field("arrears_penalty", pa.int64()),
        pa.field("arrears_compound", pa.int64()),
        pa.field("oldest_due_on", pa.date32()),
        pa.field("dpd", pa.int32()),
        pa.field("instalments_behind", pa.int32()),
        pa.field("next_due_on", pa.date32()),
        pa.field("next_due_amount", pa.int64()),
        pa.field("last_paid_on", pa.date32()),
        pa.field("paid_ahead", pa.int64()),
        pa.field("principal_outstanding", pa.int64()),
        pa.field("payoff", pa.int64()),
        *(pa.field(name, pa.int32()) for name in HABITS),
        pa.field("paid_share_3m", pa.float64()),
        pa.field("paid_share_6m", pa.float64()),
        *(pa.field(name, pa.int32()) for name in ("late_of_last_12", *EVENTS)),
    ]
)
