"""What the columns of figures hold."""

from __future__ import annotations

from typing import Literal, TypeAlias

from carrears.analytics.segments import SEGMENTS

Unit: TypeAlias = Literal["date", "text", "number", "loans", "money", "rate"]

_UNITS: dict[str, Unit] = {
    "month": "date",
    "cohort": "text",
    "curve": "text",
    "segment": "text",
    "from_bucket": "number",
    "to_bucket": "number",
    "bucket": "number",
    "mob": "number",
    "k": "number",
    "ordinal": "number",
    "rank": "number",
    "loans": "loans",
    "flowed": "loans",
    "worse": "loans",
    "better": "loans",
    "lost": "loans",
    "left": "loans",
    "behind": "loans",
    "cured": "loans",
    "redefaulted": "loans",
    "bad": "loans",
    "judged": "loans",
    "defaulted": "loans",
    "lent": "money",
    "arrears": "money",
    "balance": "money",
    "balance_before": "money",
    "balance_after": "money",
    "balance_flowed": "money",
    "behind_balance": "money",
    "cured_balance": "money",
    "redefaulted_balance": "money",
    "bad_balance": "money",
    "late_balance": "money",
    "judged_lent": "money",
    "defaulted_lent": "money",
    "loan_rate": "rate",
    "balance_rate": "rate",
    "flow_rate": "rate",
    "flow_rate_balance": "rate",
    "cure_rate": "rate",
    "cure_rate_balance": "rate",
    "redefault_rate": "rate",
    "redefault_rate_balance": "rate",
    "late_rate": "rate",
    "loan_share": "rate",
    "balance_share": "rate",
    "cumulative_share": "rate",
    "hhi_loans": "rate",
    "hhi_balance": "rate",
}


def unit_of(column: str) -> Unit:
    """What the column counts; a segment is text.

    Raises:
        KeyError: no figure has such a column.
    """
    return "text" if column in SEGMENTS else _UNITS[column]
