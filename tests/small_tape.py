"""A tape small enough to follow by hand: ten loans of 12,000.00 CNY over 12 months.

Every instalment is 1,000.00 principal and 100.00 interest, due on the 15th from 2026-01-15.
The tests look at 2026-06-30, when six have fallen due. Where asked for there is one more, which
is not behind but watched, and is to be reminded on that day.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

AS_OF = date(2026, 6, 30)
INSTALMENT = 1_100_00

# Loan number, instalments paid by AS_OF, what it stands for.
LOANS = {
    "A-01": 6,  # current
    "A-02": 6,  # current
    "A-03": 5,  # one behind since 06-15: M1
    "A-04": 4,  # two behind since 05-15: M2
    "A-05": 3,  # three behind since 04-15: M3
    "A-06": 0,  # never paid since 01-15: M6
    "A-07": 5,  # one behind, refuses e-mail
    "A-08": 5,  # one behind, has no e-mail address
    "A-09": 7,  # one ahead
    "A-10": 12,  # paid off in June
}
DPD = {
    "A-01": 0, "A-02": 0, "A-03": 15, "A-04": 46, "A-05": 76,
    "A-06": 166, "A-07": 15, "A-08": 15, "A-09": 0,
}  # fmt: skip


# Not behind, of the debtor of A-08, who is; the next instalment falls due on 07-01.
WATCHED = "A-11"


def write_small_tape(folder: Path, *, watched: bool = False) -> Path:
    """Write the tape's CSV files into ``folder``, with the loan ``WATCHED`` where it is wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    loans = [_loan(no) for no in LOANS]
    schedule = [row for no in LOANS for row in _schedule(no)]
    payments = [row for no in LOANS for row in _payments(no)]
    people = [_person(no) for no in LOANS]
    if watched:
        first = {"first_due_on": "2026-01-01", "obligor_no": "P-A-08"}
        loans.append(_loan("A-01") | {"loan_no": WATCHED} | first)
        schedule += [
            row | {"loan_no": WATCHED, "due_on": str(row["due_on"]).replace("-15", "-01")}
            for row in _schedule("A-01")
        ]
        payments += [
            row
            | {"loan_no": WATCHED, "payment_no": f"{WATCHED}-{place}"}
            | {"paid_on": f"2026-{place:02}-01"}
            for place, row in enumerate(_payments("A-01"), 1)
        ]
        own = {"party_no": "P-A-11", "name": "赵试十一", "email": "debtor11@example.com"}
        people.append(_person("A-01") | own | {"loan_no": WATCHED, "phone": "10000000011"})
    _write(folder / "loans.csv", loans)
    _write(folder / "schedule.csv", schedule)
    _write(folder / "payments.csv", payments)
    _write(folder / "people.csv", people)
    return folder


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _loan(no: str) -> dict[str, object]:
    return {
        "loan_no": no,
        "product": "auto",
        "currency": "CNY",
        "obligor_no": f"P-{no}",
        "originated_on": "2025-12-15",
        "first_due_on": "2026-01-15",
        "term_months": 12,
        "annual_rate": "0.18",
        "principal": "12000.00",
        "instalment": "1100.00",
        "closed_on": "2026-06-20" if no == "A-10" else "",
        "closed_reason": "paid_off" if no == "A-10" else "",
        "region": "浙江",
        "dealer": "D1",
        "channel": "dealer",
        "make": "BYD",
        "model": "Qin PLUS",
        "model_year": 2025,
        "vehicle_condition": "new",
        "vehicle_value": "15000.00",
        "bureau_score": 760,
        "payment_to_income": "0.06",
    }


def _schedule(no: str) -> list[dict[str, object]]:
    return [
        {
            "loan_no": no,
            "seq": month,
            "due_on": f"2026-{month:02}-15",
            "principal": "1000.00",
            "interest": "100.00",
            "fee": "0.00",
        }
        for month in range(1, 13)
    ]


def _payments(no: str) -> list[dict[str, object]]:
    return [
        {
            "loan_no": no,
            "payment_no": f"{no}-{place}",
            "paid_on": f"2026-{min(place, 6):02}-14",
            "amount": "1100.00",
            "kind": "payment",
        }
        for place in range(1, LOANS[no] + 1)
    ]


def _person(no: str) -> dict[str, object]:
    place = int(no[2:])
    return {
        "party_no": f"P-{no}",
        "loan_no": no,
        "role": "obligor",
        "name": f"赵试{'一二三四五六七八九十'[place - 1]}",
        "id_no": "",
        "phone": f"100000000{place:02}",
        "email": "" if no == "A-08" else f"debtor{place:02}@example.com",
        "address": "浙江省杭州市示例路1号",
        "region": "浙江",
        "time_zone": "Asia/Shanghai",
        "language": "zh-CN",
        "plate": f"浙A{place:05}",
        "vin": "",
        "consent_email": "false" if no == "A-07" else "true",
        "consent_sms": "true",
        "consent_call": "true",
        "synthetic": "true",
    }
