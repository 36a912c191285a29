"""An agency's contact log taken in: rows a second beside only inserting rows as wide.

    python -m bench.contact_logs [--rows 2000] [--people 1000] [--times 3] [--home FOLDER]

The home is the demo's, its debtors placed with the demo's agency. Each log is a file of so many
rows: four calls in ten reached nobody, two of ten are SMS, one is a call to the agency, and one row
in five has a note. All are judged by the gate and counted as any contact; nothing is
kept, so that each time finds the same. Beside it as many rows are put into one table by one
statement.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.own_home import use_demo_home

_KINDS = (
    ("call", "out", "no_answer"), ("call", "out", "no_answer"), ("call", "out", "no_answer"),
    ("call", "out", "will_pay"), ("call", "out", "will_pay"), ("sms", "out", ""),
    ("sms", "out", ""), ("call", "out", "busy"), ("call", "in", "will_pay"),
    ("call", "out", "will_pay"),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--home", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carrears-logs-") as folder:
        use_demo_home(wanted.home, folder, loans=20_000)
        measure(wanted)


def measure(wanted: argparse.Namespace) -> None:
    """Place the debtors, and take in the log as often as asked."""
    from carrears.cli import start_django  # noqa: PLC0415  the home is known by now

    start_django()
    from django.db import transaction  # noqa: PLC0415  Django has to be up

    from carrears.agencies.contact_logs import take_file  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    table = Table(title=f"{wanted.rows:,} rows a log, {os.cpu_count()} cores")
    for heading in ("log", "seconds", "rows/s", "taken", "aside", "breaches", "one insert, s"):
        table.add_column(heading, justify="right")
    with transaction.atomic():
        agency, cases = place(wanted.people)
        content = log_of(wanted.rows, cases)
        for nth in range(wanted.times):
            point = transaction.savepoint()
            begin = time.perf_counter()
            log = take_file(content, name="log.csv", by=agency, at=now())
            took = time.perf_counter() - begin
            transaction.savepoint_rollback(point)
            numbers = (log.taken, log.rejected, log.breaches)
            table.add_row(
                str(nth + 1), f"{took:.2f}", f"{wanted.rows / took:,.0f}", *map(str, numbers),
                f"{insert_only(wanted.rows):.3f}",
            )  # fmt: skip
        transaction.set_rollback(True)
    Console(width=100).print(table)


def place(people: int) -> tuple[Any, list[Any]]:
    """The demo's agency and so many cases that have been with it for a month."""
    from carrears.access.models import Organisation, User  # noqa: PLC0415  Django has to be up
    from carrears.access.seeing import acts_for  # noqa: PLC0415  see above
    from carrears.casework.models import Case, Placement  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    user = User.objects.get(username="agency")
    agency = Organisation.objects.get(key=acts_for(user))
    chosen = Case.objects.filter(state="open", party__isnull=False).exclude(loan_no__contains="~")
    cases = list(chosen.order_by("pk")[:people])
    Placement.objects.filter(obligor_no__in=[one.obligor_no for one in cases]).delete()
    since = now().date() - timedelta(days=90)
    Placement.objects.bulk_create(
        Placement(agency=agency, obligor_no=number, from_on=since, placed_at=now())
        for number in dict.fromkeys(one.obligor_no for one in cases)
    )
    Case.objects.filter(pk__in=[one.pk for one in cases]).update(opened_on=since)
    return user, cases


def log_of(rows: int, cases: list[Any]) -> bytes:
    """A log as CSV."""
    from carrears.outreach.services import contact_moment  # noqa: PLC0415  Django has to be up
    from carrears.parties.queries import open_parties  # noqa: PLC0415  see above

    loans = {one.loan_no: one for one in cases}
    people = open_parties({one.party_id for one in cases}, names=False)
    phones = {
        one.loan_no: phone.value
        for one in cases
        if (phone := people[one.party_id].at("phone")) is not None
    }
    known = sorted(phones)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["reference", "loan_no", "at", "channel", "direction", "number", "with",
                     "result", "acted_by", "note"])  # fmt: skip
    for nth in range(rows):
        channel, direction, result = _KINDS[nth % len(_KINDS)]
        loan_no = known[nth % len(known)]
        at = contact_moment(loans[loan_no]) - timedelta(days=1 + nth // len(known) * 3, minutes=nth)
        note = f"约定 {nth} 日后再联系" if nth % 5 == 0 else ""
        writer.writerow([f"R{nth}", loan_no, at.isoformat(), channel, direction, phones[loan_no],
                         "obligor", result, "WF-7", note])  # fmt: skip
    return out.getvalue().encode()


def insert_only(rows: int) -> float:
    """Seconds to put as many rows as wide into a table with one index, by one statement."""
    from django.db import connection  # noqa: PLC0415  Django has to be up

    with connection.cursor() as cursor:
        cursor.execute("create temp table bench_log (id bigserial primary key, told jsonb)")
        begin = time.perf_counter()
        cursor.execute(
            "insert into bench_log (told)"
            " select jsonb_build_object('n', n, 'told', repeat('x', 900))"
            " from generate_series(1, %s) n",
            [rows],
        )
        took = time.perf_counter() - begin
        cursor.execute("drop table bench_log")
    return took


if __name__ == "__main__":
    main()
