"""The page of a case with ten years of history, its ledger and its statement, from the server.

    python -m bench.case_page [--events 2000] [--times 60]

A home of its own holds a loan of 132 monthly instalments of which 118 were paid, each in two
payments and every fifth late, and thirty others. Its timeline has so many events more. Each page is
asked for one after another as one collector, on loopback, by the server as shipped.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable
from datetime import date, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.own_home import make_scratch

_OLD, _OTHERS = "OLD-1", 30
_MONTHS, _PAID = 132, 118
_FIRST, _AS_OF = date(2016, 11, 15), date(2026, 10, 31)
_PRINCIPAL, _INTEREST = 1_000_00, 250_00
_PAGES = {
    "case page": "/case/{loan}/",
    "ledger": "/case/{loan}/ledger/",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--times", type=int, default=60)
    wanted = parser.parse_args()
    home = Path(make_scratch())
    os.environ["CARREARS_HOME"] = str(home)
    run("demo-users")
    run("book", "import", str(write_tape(home / "tape")))
    run("day", "--as-of", _AS_OF.isoformat())
    measure(wanted)


def run(*command: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "carrears", *command], check=True, stdout=subprocess.DEVNULL
    )


def measure(wanted: argparse.Namespace) -> None:
    """Add the events, serve, and ask."""
    from carrears.cli import start_django  # noqa: PLC0415  the home is known by now

    start_django()
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    from bench.collectors import hire, served  # noqa: PLC0415  see above

    [session] = hire(1)
    told = add_events(wanted.events)
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    with served() as address:
        took = {
            name: [ask(address + path.format(loan=_OLD), cookie) for _ in range(wanted.times)]
            for name, path in _PAGES.items()
        }
    show(f"{told:,} events, {_PAID * 2} payments, load {os.getloadavg()[0]:.1f}", took)


def add_events(number: int) -> int:
    """Give the old case its history, and the case to the one collector; how many events it has."""
    from carrears.access.models import User  # noqa: PLC0415  Django has to be up
    from carrears.casework.models import Case, CaseEvent  # noqa: PLC0415  see above
    from carrears.clock import at_local  # noqa: PLC0415  see above

    case = Case.objects.get(loan_no=_OLD)
    case.assignee = User.objects.get(username="bench000")
    case.save(update_fields=["assignee"])
    begin = at_local(_FIRST, clock_time(), "Asia/Shanghai")
    step = timedelta(days=3600) / number
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case=case,
            key=f"bench:{nth}",
            happened_at=begin + step * nth,
            kind="bucket_changed",
            data={"from": "M1", "to": "M2"},
        )
        for nth in range(number)
    )
    return CaseEvent.objects.filter(case=case).count()


def ask(address: str, cookie: str) -> float:
    """Seconds to the last byte of a page."""
    request = urllib.request.Request(address, headers={"Cookie": cookie})  # noqa: S310  our own
    begin = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  see above
        page = answer.read()
    took = time.perf_counter() - begin
    if _OLD.encode() not in page:
        raise SystemExit(f"{address} shows something else")
    return took


def show(title: str, took: dict[str, list[float]]) -> None:
    table = Table(title=title)
    for heading in ("page", "first ms", "p50 ms", "p95 ms"):
        table.add_column(heading, justify="right")
    for name, times in took.items():
        spread = statistics.quantiles(times[1:], n=20)
        figures = (times[0], statistics.median(times[1:]), spread[18])
        table.add_row(name, *(f"{1e3 * one:.0f}" for one in figures))
    Console(width=100).print(table)


def write_tape(folder: Path) -> Path:
    """The tape's CSV files."""
    folder.mkdir(parents=True)
    names = [_OLD, *(f"NEW-{nth}" for nth in range(_OTHERS))]
    write(folder / "loans.csv", (loan(name) for name in names))
    write(folder / "schedule.csv", (row for name in names for row in schedule(name)))
    write(folder / "payments.csv", (row for name in names for row in payments(name)))
    write(folder / "people.csv", (person(nth, name) for nth, name in enumerate(names)))
    return folder


def write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    made = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(made[0]))
        writer.writeheader()
        writer.writerows(made)


def due(month: int) -> date:
    """When the instalment of a month, from 0, falls due."""
    years, rest = divmod(_FIRST.month - 1 + month, 12)
    return date(_FIRST.year + years, rest + 1, _FIRST.day)


def yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def loan(name: str) -> dict[str, Any]:
    return {
        "loan_no": name,
        "product": "auto",
        "currency": "CNY",
        "obligor_no": f"P-{name}",
        "originated_on": "2016-10-15",
        "first_due_on": _FIRST.isoformat(),
        "term_months": _MONTHS,
        "annual_rate": "0.05",
        "principal": yuan(_PRINCIPAL * _MONTHS),
        "instalment": yuan(_PRINCIPAL + _INTEREST),
        "region": "浙江",
        "vehicle_value": yuan(_PRINCIPAL * _MONTHS),
    }


def schedule(name: str) -> Iterable[dict[str, Any]]:
    for month in range(_MONTHS):
        yield {
            "loan_no": name,
            "seq": month + 1,
            "due_on": due(month).isoformat(),
            "principal": yuan(_PRINCIPAL),
            "interest": yuan(_INTEREST),
            "fee": "0.00",
        }


def payments(name: str) -> Iterable[dict[str, Any]]:
    """Two a month, every fifth month late."""
    for month in range(_PAID):
        late = timedelta(days=9 if month % 5 == 0 else -1)
        for part, days in ((1, 0), (2, 2)):
            yield {
                "loan_no": name,
                "payment_no": f"{name}-{month}-{part}",
                "paid_on": (due(month) + late + timedelta(days=days)).isoformat(),
                "amount": yuan((_PRINCIPAL + _INTEREST) // 2),
                "kind": "payment",
            }


def person(nth: int, name: str) -> dict[str, Any]:
    return {
        "party_no": f"P-{name}",
        "loan_no": name,
        "role": "obligor",
        "name": f"虚构{nth}",
        "phone": f"100000{nth:05}",
        "email": f"debtor{nth}@example.com",
        "address": "浙江省杭州市示例路1号",
        "region": "浙江",
        "time_zone": "Asia/Shanghai",
        "language": "zh-CN",
        "consent_email": "true",
        "consent_sms": "true",
        "consent_call": "true",
        "synthetic": "true",
    }


if __name__ == "__main__":
    main()
