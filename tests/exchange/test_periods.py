"""What monthly reports are split into, on small tapes of our own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from carrears.exchange.mapping import load_mapping

NS = "http://www.sec.gov/edgar/document/absee/autoloan/assetdata"
BASE = {
    "assetNumber": "0001 - 7",
    "reportingPeriodBeginningDate": "05-01-2017",
    "reportingPeriodEndingDate": "05-31-2017",
    "originationDate": "10/2016",
    "originalLoanAmount": "13632.58",
    "originalFirstPaymentDate": "11/2016",
    "originalInterestRatePercentage": "0.2175",
    "reportingPeriodBeginningLoanBalanceAmount": "1000",
    "reportingPeriodActualEndBalanceAmount": "900",
    "reportingPeriodScheduledPaymentAmount": "340.31",
    "nextReportingPeriodPaymentAmountDue": "340.30719",
    "totalActualAmountPaid": "130",
    "actualPrincipalCollectedAmount": "100",
    "actualInterestCollectedAmount": "20",
    "actualOtherCollectedAmount": "10",
    "interestPaidThroughDate": "05-09-2017",
    "currentDelinquencyStatus": "0",
    "paymentExtendedNumber": "0",
    "reportingPeriodModificationIndicator": "false",
    "repossessedIndicator": "false",
}


@pytest.fixture
def month(tmp_path: Path, read_all: Any) -> Any:
    """The tables of one record, changed by keywords (None takes a field out)."""

    def read(**changed: str | None) -> Any:
        fields = {name: value for name, value in (BASE | changed).items() if value is not None}
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
        path = tmp_path / "2017-05.xml"
        path.write_text(f'<assetData xmlns="{NS}"><assets>{inner}</assets></assetData>')
        tables, rejects = read_all(path, load_mapping("abs-ee"))
        assert rejects == []
        return {name: table.to_pylist() for name, table in tables.items()}

    return read


def test_payment_is_what_goes_to_instalments(month: Any) -> None:
    tables = month()
    assert tables["payments"] == [
        {
            "loan_no": "0001 - 7",
            "payment_no": "2017-05",
            "paid_on": date(2017, 5, 9),
            "amount": 12_000,
            "kind": "payment",
            "known_on": None,
            "reverses_no": None,
        }
    ]
    report = tables["reports"][0]
    assert (report["paid"], report["next_due"]) == (12_000, 34_031)
    assert tables["loans"][0]["originated_on"] == date(2016, 10, 1)
    assert "events" not in tables


def test_payment_without_a_split_leaves_fees_out(month: Any) -> None:
    tables = month(actualPrincipalCollectedAmount=None, actualInterestCollectedAmount=None)
    assert tables["payments"][0]["amount"] == 12_000


def test_day_outside_the_period_is_its_end(month: Any) -> None:
    assert month(interestPaidThroughDate="04-28-2017")["payments"][0]["paid_on"] == date(
        2017, 5, 31
    )


def test_nothing_paid_is_no_payment(month: Any) -> None:
    zero = {"actualPrincipalCollectedAmount": "0", "actualInterestCollectedAmount": "0"}
    assert "payments" not in month(**zero)


def test_money_taken_back(month: Any) -> None:
    tables = month(actualPrincipalCollectedAmount="-480.26")
    assert (tables["payments"][0]["kind"], tables["payments"][0]["amount"]) == ("reversal", -46_026)


def test_extension_is_a_deferral(month: Any) -> None:
    tables = month(paymentExtendedNumber="2", reportingPeriodModificationIndicator="true")
    assert [(e["kind"], e["months"], e["happened_on"]) for e in tables["events"]] == [
        ("deferral", 2, date(2017, 5, 31))
    ]


@pytest.mark.parametrize(
    ("changed", "reason", "closed_on", "events"),
    [
        ({"actualPrincipalCollectedAmount": "1000"}, "paid_off", date(2017, 5, 31), []),
        (
            {"zeroBalanceCode": "1", "zeroBalanceEffectiveDate": "04/2017"},
            "paid_off",
            date(2017, 4, 30),
            ["charge_off"],
        ),
        (
            {"zeroBalanceCode": "3", "chargedoffPrincipalAmount": "0"},
            "other",
            date(2017, 5, 31),
            [],
        ),
        (
            {"zeroBalanceCode": "4", "chargedoffPrincipalAmount": "1000"},
            "charged_off",
            date(2017, 5, 31),
            ["charge_off"],
        ),
        (
            {"chargedoffPrincipalAmount": "1000", "repossessedProceedsAmount": "600"},
            "repossessed",
            date(2017, 5, 31),
            ["charge_off", "repossession"],
        ),
        (
            {"actualPrincipalCollectedAmount": "10"},
            "charged_off",
            date(2017, 5, 31),
            ["charge_off"],
        ),
    ],
)
def test_end_of_a_loan(
    month: Any, changed: dict[str, str], reason: str, closed_on: date, events: list[str]
) -> None:
    tables = month(reportingPeriodActualEndBalanceAmount="0", **changed)
    loan = tables["loans"][0]
    assert (loan["closed_reason"], loan["closed_on"]) == (reason, closed_on)
    assert sorted(e["kind"] for e in tables.get("events", [])) == events


def test_money_after_the_end_is_recovered(month: Any) -> None:
    tables = month(
        reportingPeriodBeginningLoanBalanceAmount="0",
        reportingPeriodActualEndBalanceAmount="0",
        recoveredAmount="75",
        zeroBalanceCode="4",
    )
    assert sorted((p["payment_no"], p["amount"], p["kind"]) for p in tables["payments"]) == [
        ("2017-05", 12_000, "recovery"),
        ("2017-05-recovered", 7_500, "recovery"),
    ]
    assert "events" not in tables


HEAD = (
    "assetNumber,originationDate,originalLoanAmount,reportingPeriodEndingDate,"
    "reportingPeriodActualEndBalanceAmount,reportingPeriodScheduledPaymentAmount,"
    "totalActualAmountPaid,BAL1,PRC1,PMT1,REC1,REP1,BAL2,PRC2,PMT2,REC2,REP2"
)


def _wide(folder: Path, row: str) -> Path:
    path = folder / "wide.csv"
    path.write_text(f"{HEAD}\n{row}\n")
    return path


def test_months_of_a_wide_row(tmp_path: Path, read_all: Any) -> None:
    path = _wide(tmp_path, "9,01/2016,5000,01-31-2017,300,110,110,200,100,110,NA,0,0,0,5,NA,-300")
    tables, _ = read_all(path, load_mapping("sec-auto-wide"))
    reports = tables["reports"].to_pylist()
    assert [(r["period_end"], r["opening_balance"], r["balance"]) for r in reports] == [
        (date(2017, 1, 31), None, 30_000),
        (date(2017, 2, 28), 30_000, 20_000),
        (date(2017, 3, 31), 20_000, 0),
    ]
    assert reports[2]["charged_off"] == 20_000
    loan = tables["loans"].to_pylist()[0]
    assert (loan["closed_on"], loan["closed_reason"]) == (date(2017, 3, 31), "repossessed")
    assert [(p["payment_no"], p["amount"]) for p in tables["payments"].to_pylist()] == [
        ("2017-01", 11_000),
        ("2017-02", 11_000),
        ("2017-03", 500),
        ("2017-03-proceeds", -30_000),
    ]


def test_row_that_falls_silent_ends(tmp_path: Path, read_all: Any) -> None:
    path = _wide(tmp_path, "9,01/2016,5000,01-31-2017,300,110,110,200,100,110,NA,0,NA,NA,NA,NA,NA")
    loan = read_all(path, load_mapping("sec-auto-wide"))[0]["loans"].to_pylist()[0]
    assert (loan["closed_on"], loan["closed_reason"]) == (date(2017, 2, 28), "other")


def test_fault_in_a_month_puts_the_loan_aside(tmp_path: Path, read_all: Any) -> None:
    path = _wide(tmp_path, "9,01/2016,5000,01-31-2017,300,110,110,200,100,110,NA,0,x,0,5,NA,0")
    tables, (reject,) = read_all(path, load_mapping("sec-auto-wide"))
    assert tables == {}
    assert [(e.field, e.reason) for e in reject.errors] == [("BAL2", "'x' is not a number")]
