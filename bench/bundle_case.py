"""What ``bench.bundle`` makes a bundle of, once Django is up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from carrears.bundles.services import Bundle, make_bundle
from carrears.casework.models import Case
from carrears.casework.services import Line, tell_many
from carrears.database.migrations import migrate_when_behind
from carrears.evidence.services import Record, record_many, sequence

BEGIN = datetime(2025, 12, 1, 2, tzinfo=UTC)
LOAN = "BENCH-1"


def live_a_year(entries: int, others: int) -> None:
    """A case with ``entries`` lines, notes with words among them, between those of other cases."""
    migrate_when_behind()
    case = Case.objects.create(
        loan_no=LOAN, loan_id=1, product="auto", currency="CNY", jurisdiction="cn",
        opened_on=date(2025, 12, 1), as_of=date(2026, 11, 30), dpd=40, bucket=2, arrears=1_100_00,
        arrears_principal=1_000_00, arrears_interest=100_00, arrears_fee=0, instalments_behind=2,
        principal_outstanding=7_000_00,
    )  # fmt: skip
    share = others // entries
    for number in range(entries):
        at = BEGIN + timedelta(hours=20 * number)
        data = (
            {"text": f"第{number}次联系：客户称月底前还款。"}
            if number % 3 == 0
            else {"dpd": number}
        )
        kind = "note" if number % 3 == 0 else "bucket"
        tell_many([Line(case=case, kind=kind, at=at, data=data, key=f"{LOAN}:{number}")])
        record_many(
            Record(kind="case.bucket", subject=f"O-{n}", key=f"o:{number}:{n}", actor="",
                   occurred_at=at, payload={"n": n})
            for n in range(share)
        )  # fmt: skip
    sequence()


def make_once() -> Bundle:
    return make_bundle(LOAN, by="bench", at=datetime.now(UTC))
