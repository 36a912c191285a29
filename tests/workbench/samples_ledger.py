"""A loan's ledger with figures that look like a book's; of loan 0 the book knows nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext

from carrears.money import Money
from carrears.workbench.forms import LedgerForm
from carrears.workbench.view_models.ledger import (
    AskedRow,
    EntryRow,
    InstalmentRow,
    LedgerPage,
    MadeOf,
    MovedDue,
    PartRow,
    PortionRow,
    Rules,
    RunRow,
    SumRow,
    TakenBackRow,
)

ON = date(2019, 11, 30)
_KINDS = ("fee", "penalty", "interest", "principal")


def _yuan(*minor: int) -> tuple[Money, ...]:
    return tuple(Money(one, "CNY") for one in minor)


def _parts(*minor: int) -> tuple[tuple[str, Money], ...]:
    return tuple(zip(_KINDS, _yuan(*minor), strict=True))


def form() -> LedgerForm:
    return LedgerForm(initial={"on": ON})


def page(loan_no: str, *, zh: bool) -> LedgerPage:
    if loan_no == "0":
        with translation.override("zh-hans" if zh else "en"):
            problem = gettext("The book does not have this loan on that day.")
        return LedgerPage(loan_no=loan_no, on=ON, known=None, problem=problem)
    open_parts = ((20_00, 31_27, 412_50, 2_087_50), (0, 0, 380_12, 2_119_88))
    return LedgerPage(
        loan_no=loan_no,
        on=ON,
        known=date(2019, 12, 5),
        dpd=45,
        payoff=Money(61_388_19, "CNY"),
        arrears=Money(2_551_27, "CNY"),
        overpaid=Money(12_00, "CNY"),
        kinds=_KINDS,
        parts=tuple(
            PartRow(kind, *_yuan(arrears, arrears * 20))
            for kind, arrears in zip(_KINDS, open_parts[0], strict=True)
        ),
        instalments=_instalments(open_parts),
        entries=_entries(),
        hidden=3,
        taken_back=(TakenBackRow("p-7", date(2019, 9, 20), Money(-50_00, "CNY")),),
        asked=(
            AskedRow(9, date(2019, 10, 16), *_yuan(2_138_77, 412_50, 412_50), 0, 0),
            AskedRow(10, date(2019, 12, 16), *_yuan(2_119_88, 190_06, 380_12), 15, 30),
        ),
        rules=_rules(),
    )


def _instalments(open_parts: tuple[tuple[int, ...], ...]) -> tuple[InstalmentRow, ...]:
    return (
        InstalmentRow(
            seq=9, due_on=date(2019, 10, 16), agreed_on=ON, parts=_parts(*open_parts[0]),
            owed=Money(2_551_27, "CNY"), paid=Money(0, "CNY"),
            open_amount=Money(2_551_27, "CNY"), is_due=True, days=45,
            made_of=(
                MadeOf("penalty", *_yuan(0, 0, 31_27, 0, 0, 31_27)),
                MadeOf("principal", *_yuan(2_087_50, 0, 0, 0, 0, 2_087_50)),
            ),
            runs=(
                RunRow(
                    kind="penalty", start=date(2019, 10, 16), until=ON, days=42, paused=3,
                    base=Money(2_087_50, "CNY"), rate=Decimal("0.1278"), exact="31.12462500",
                ),
                RunRow(
                    kind="penalty", start=ON, until=date(2019, 12, 1), days=1, paused=0,
                    base=Money(2_087_50, "CNY"), rate=Decimal("0.1278"), exact="0.74106300",
                    counts=False,
                ),
            ),
            sums=(SumRow("penalty", "31.26562500", Money(31_27, "CNY")),),
            portions=(_portion("p-8", 9, "interest", "past", 27_50),),
        ),
        InstalmentRow(
            seq=10, due_on=date(2019, 12, 16), agreed_on=date(2019, 12, 16),
            parts=_parts(*open_parts[1]), owed=Money(2_500_00, "CNY"), paid=Money(0, "CNY"),
            open_amount=Money(2_500_00, "CNY"), is_due=False, days=0,
        ),
    )  # fmt: skip


def _entries() -> tuple[EntryRow, ...]:
    return (
        EntryRow(
            number="w-1", kind="waiver", day=date(2019, 11, 2), amount=Money(10_00, "CNY"),
            parts=_parts(10_00, 0, 0, 0),
            portions=(_portion("w-1", 9, "fee", "past", 10_00, column="waived"),),
        ),
        EntryRow(
            number="p-8", kind="payment", day=date(2019, 9, 16),
            amount=Money(2_500_00, "CNY"), parts=_parts(0, 0, 440_00, 2_060_00),
            portions=(
                _portion("p-8", 8, "interest", "due", 440_00),
                _portion("p-8", 8, "principal", "due", 2_060_00),
            ),
            taken=Money(50_00, "CNY"), left=Money(12_00, "CNY"),
        ),
        EntryRow(
            number="r-1", kind="penalty_rate", day=date(2019, 9, 1), amount=None,
            parts=_parts(0, 0, 0, 0), rate=Decimal("0.1278"),
        ),
        EntryRow(
            number="d-1", kind="move_due", day=date(2019, 8, 9), amount=None,
            parts=_parts(0, 0, 0, 0),
            moved=MovedDue(9, date(2019, 9, 16), date(2019, 10, 16)),
        ),
        EntryRow(
            number="s-1", kind="pause", day=date(2019, 8, 2), amount=None,
            parts=_parts(0, 0, 0, 0), until=date(2019, 8, 5),
        ),
        EntryRow(
            number="b-1", kind="refund", day=date(2019, 8, 1), amount=Money(20_00, "CNY"),
            parts=_parts(0, 0, 0, 0), used=Money(12_00, "CNY"),
        ),
    )  # fmt: skip


def _rules() -> Rules:
    return Rules(
        style="installment_by_installment", order=(*_KINDS[:2], "compound", *_KINDS[2:]),
        advance="next", contract_rate=Decimal("0.0852"), surcharge=Decimal("0.5"),
        penalty_rate=Decimal("0.1278"), year_days=360, compound=False, penalty_grace_days=3,
        penalty_grace_counts="from_due", grace_days=0, payoff_interest="elapsed",
        payoff_unearned="given_back",
        pause_stops_penalty=True, pause_stops_days=True, material_amount=Money(0, "CNY"),
        material_share=Decimal(0), behind_by=_KINDS,
    )  # fmt: skip


def _portion(
    number: str, seq: int, kind: str, timing: str, minor: int, *, column: str = "paid"
) -> PortionRow:
    return PortionRow(
        number=number, day=date(2019, 9, 16), seq=seq, due_on=date(2019, seq, 16), timing=timing,
        kind=kind, column=column, amount=Money(minor, "CNY"),
    )  # fmt: skip
