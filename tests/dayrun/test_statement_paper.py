"""The statement on paper: the same figures, worked out again by other arithmetic."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Literal

import pypdfium2
import pytest
from delinquency import books
from delinquency.books import START, Book
from standing_book import register

from carrears import layout
from carrears.dayrun.statement_paper import hand_out_statement
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
AT = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)
PRODUCTS = """
auto:
  penalty: {surcharge: "0.5", compound: true}
"""


@pytest.fixture(autouse=True)
def book(tmp_path: Path, settings: Any) -> None:
    """A loan at 12 %; 40.00 were paid ten days after its first instalment of 111.00."""
    settings.BOOK_DIR = settings.CARREARS_HOME = tmp_path
    (tmp_path / "products.yaml").write_text(PRODUCTS)
    loan = books.loan(1, product="auto", annual_rate=Decimal("0.12"), originated_on=START)
    due = [books.instalment(1, date(2025, 1, 30)), books.instalment(2, date(2025, 4, 30))]
    paid = [books.payment("P1", date(2025, 2, 9), 40_00)]
    register(Book([loan], due, paid, []), tmp_path, date(2025, 3, 1))


@pytest.fixture
def changed(tmp_path: Path) -> None:
    """A loan whose instalment is moved, which is paused, refunded and waived beyond what is there.

    From 9 February 100.00 bear 18 %, but for five of the twenty days.
    """
    loan = books.loan(1, product="auto", annual_rate=Decimal("0.12"), originated_on=START)
    due = [books.instalment(1, date(2025, 1, 30)), books.instalment(2, date(2025, 4, 30))]
    event = dict.fromkeys(layout.EVENTS.names) | {"loan_id": 1}
    told: list[dict[str, Any]] = [
        {"event_no": "M", "happened_on": date(2025, 1, 20), "kind": "deferral", "seq": 1,
         "until_on": date(2025, 2, 9)},
        {"event_no": "S", "happened_on": date(2025, 2, 14), "kind": "pause",
         "until_on": date(2025, 2, 19)},
        {"event_no": "R", "happened_on": date(2025, 2, 1), "kind": "refund", "amount": 7_00},
        {"event_no": "W", "happened_on": date(2025, 2, 3), "kind": "waiver", "amount": 9_00,
         "part": "fee"},
    ]  # fmt: skip
    events = [event | one for one in told]
    register(Book([loan], due, [], [], events), tmp_path, date(2025, 3, 1), revision=2)


def paper(language: Literal["zh", "en"], *, key: str = "k") -> bytes:
    return hand_out_statement(
        "L1", as_of=date(2025, 3, 1), known_on=None, language=language, borrower="张*",
        by="lead", key=key, at=AT,
    )  # fmt: skip


def text_of(pdf: bytes) -> str:
    """Without its spaces: how a PDF sets them says nothing."""
    pages = pypdfium2.PdfDocument(pdf)
    return "".join("".join(page.get_textpage().get_text_bounded() for page in pages).split())


def test_it_says_when_it_was_made_by_the_clock_of_the_house(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    assert "2025-03-0117:30+08:00" in text_of(paper("zh"))


def test_the_figures_of_a_statement_can_be_worked_out_by_hand() -> None:
    text = text_of(paper("en"))
    rate = Decimal("0.12") * Decimal("1.5") / 360

    # Ten days on 100.00 and on 10.00 of interest, then 40.00 pay 1.00 of fees, the 0.50 of penalty
    # and 0.05 of compound interest so far, the 10.00 of interest and 28.45 of principal.
    first, compound = 100 * rate * 10, 10 * rate * 10
    left = 100 - (40 - 1 - first - compound - 10)
    second = left * rate * 20
    owed = (first + second).quantize(Decimal("0.01"), ROUND_HALF_UP)

    assert (first, compound, left) == (Decimal("0.5"), Decimal("0.05"), Decimal("71.55"))
    for days, base, exact in ((10, "100.00", first), (20, "71.55", second)):
        assert f"Penaltyinterest{base}18%{days}360{exact:.8f}" in text
    assert f"Penaltyinterest:{first + second:.8f}→{owed}" in text
    assert f"Compoundinterest10.0018%10360{compound:.8f}" in text
    # Principal, what of the penalty is not paid, the second instalment with 30 of its 90 days.
    running = (Decimal(10) * 30 / 90).quantize(Decimal("0.01"), ROUND_HALF_UP)
    payoff = left + (owed - first) + 100 + 1 + running
    assert f"Thepayoff:{payoff:.2f}" in text


def test_a_statement_in_chinese_names_rates_bases_and_rounding() -> None:
    text = text_of(paper("zh"))

    for said in ("贷款对账单", "张*", "计息基数", "四舍五入", "71.55", "银发〔2003〕251号"):
        assert said in text


def test_handing_out_a_statement_is_evidence() -> None:
    pdf = paper("zh")

    entry = Entry.objects.get(kind="loan.statement")
    told = json.loads(entry.payload)
    assert (entry.subject, entry.actor, told["as_of"]) == ("L1", "lead", "2025-03-01")
    assert told["sha256"] == hashlib.sha256(pdf).hexdigest()
    assert paper("zh", key="again") == pdf


@pytest.mark.usefixtures("changed")
def test_what_an_entry_changed_beside_money_is_on_the_paper() -> None:
    text = text_of(paper("en"))

    assert "Instalment1,due2025-01-30→2025-02-09" in text
    assert "pausedfromtheendof2025-02-14totheendof2025-02-19" in text
    assert "ofitused0.00" in text  # nothing was overpaid to give back
    assert "ofitused2.00" in text  # both fees
    assert "nopenaltyinterest,nodayspastduearecounted" in text
    assert "exceed0.00and0%ofwhatitasks" in text
    exact = Decimal(100) * Decimal("0.18") / 360 * 15
    assert f"Penaltyinterest100.0018%515360{exact:.8f}" in text
    assert "DayspastduePaused" not in text
    assert "YearlyratePausedDays" in text


@pytest.mark.usefixtures("changed")
def test_the_same_in_chinese() -> None:
    text = text_of(paper("zh"))

    for said in (
        "自2025-02-14日终至2025-02-19日终暂停",
        "其中实际用去2.00",
        "停计罚息、停计逾期天数",
    ):
        assert said in text


@pytest.mark.parametrize(("rule", "payoff"), [("given_back", "93.33"), ("kept", "100.00")])
def test_interest_paid_ahead_is_told_with_its_rule(tmp_path: Path, rule: str, payoff: str) -> None:
    (tmp_path / "products.yaml").write_text(f"{PRODUCTS}  payoff_unearned: {rule}\n")
    loan = books.loan(1, product="auto", annual_rate=Decimal("0.12"), originated_on=START)
    due = [books.instalment(1, date(2025, 1, 30)), books.instalment(2, date(2025, 4, 30))]
    # The first instalment, and of the second its fee and all of its interest.
    paid = [books.payment("P1", date(2025, 1, 30), 111_00 + 11_00)]
    register(Book([loan], due, paid, []), tmp_path, date(2025, 3, 1), revision=2)
    text = text_of(paper("en"))

    # Earned are 30 of 90 days of 10.00: 3.33; 6.67 of what was paid are not.
    assert f"Thepayoff:{payoff}" in text
    assert ("-6.67" in text) == (rule == "given_back")
    said = {"given_back": "CivilCodeofChina,art.677", "kept": "iskept,asthecontractsays"}
    assert said[rule] in text
