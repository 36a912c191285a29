"""A loan's ledger with figures that look like a book's; of loan 0 the book knows nothing."""

from __future__ import annotations

from datetime import date

from django.utils import translation
from django.utils.translation import gettext

from carrears.money import Money
from carrears.workbench.forms import LedgerForm
from carrears.workbench.view_models.ledger import EntryRow, InstalmentRow, LedgerPage, PartRow

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
        instalments=(
            InstalmentRow(
                9, date(2019, 10, 16), ON, _parts(*open_parts[0]), *_yuan(2_551_27), is_due=True
            ),
            InstalmentRow(
                10, date(2019, 12, 16), date(2019, 12, 16), _parts(*open_parts[1]),
                *_yuan(2_500_00), is_due=False,
            ),
        ),
        entries=(
            EntryRow("w-1", "waiver", date(2019, 11, 2), *_yuan(10_00), _parts(10_00, 0, 0, 0)),
            EntryRow(
                "p-8", "payment", date(2019, 9, 16), *_yuan(2_500_00),
                _parts(0, 0, 440_00, 2_060_00),
            ),
            EntryRow("r-1", "penalty_rate", date(2019, 9, 1), None, _parts(0, 0, 0, 0)),
        ),
    )  # fmt: skip
