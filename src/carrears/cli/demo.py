"""``carrears demo``: a whole department in one command."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from carrears.cli import app, console, fail, start_django
from carrears.cli.book import _import_all, _print_report
from carrears.cli.day import _bar, _print_summary
from carrears.clock import month_ends, now

_SEED = 20261031
_LAST_DAY = date(2026, 10, 31)
# Enough month-ends for roll rates and promises to show.
_MONTHS = 4
_MAIL_PORT = 2525
_PLACED = 25  # cases whose debtors are with the demo's agency


@app.command()
def demo(
    loans: Annotated[int, typer.Option(min=100, help="Loans of the synthetic book.")] = 20_000,
    tape: Annotated[list[Path] | None, typer.Option(help="A real tape instead.")] = None,
    port: Annotated[int, typer.Option(help="Port of the screens.")] = 8000,
    serve: Annotated[bool, typer.Option(help="Serve the screens afterwards.")] = True,
) -> None:
    """Run a whole book through whole days, then serve the screens.

    Run again it goes on where it stands. The synthetic book is seeded; a real tape gets
    synthetic people, because no tape may carry real ones.
    """
    started = time.perf_counter()
    os.environ["CARREARS_DEMO"] = "1"
    mail = _start_mailbox()
    start_django()
    from carrears.access.demo import DEMO_PASSWORD, ensure_demo_users  # noqa: PLC0415
    from carrears.dayrun.run import run_day  # noqa: PLC0415  Django has to be up

    users = ensure_demo_users(at=now())
    _bring_in(tape or [], loans)
    for day in still_to_run(_days(real=bool(tape))):
        with _bar(f"{day}") as progress:
            summary = run_day(day, progress=progress)
        _print_summary(summary)
    _place_some()
    console.print(f"Ready after {time.perf_counter() - started:.0f} seconds.")
    names = ", ".join(user.get_username() for user in users)
    console.print(f"Sign in as one of {names}; password [bold]{DEMO_PASSWORD}[/]")
    if not serve:
        mail.terminate()
        return
    from carrears.cli.house import serve as serve_screens  # noqa: PLC0415  see above

    serve_screens(host="127.0.0.1", port=port)


def _place_some() -> None:
    """Give the demo's agency a mandate, and the debtors who are the longest behind, once."""
    from carrears.access.demo import DEMO_AGENCY  # noqa: PLC0415  Django has to be up
    from carrears.access.models import Organisation  # noqa: PLC0415  see above
    from carrears.access.organisations import access_day  # noqa: PLC0415  see above
    from carrears.casework.models import Case, CaseState, Placement  # noqa: PLC0415  see above
    from carrears.casework.placements import place_debtors  # noqa: PLC0415  see above
    from carrears.conduct.mandates import give_mandate  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    moment = now()
    worst = Case.objects.filter(state=CaseState.OPEN).exclude(obligor_no="").order_by("-dpd", "pk")
    debtors = list(dict.fromkeys(worst.values_list("obligor_no", flat=True)[:_PLACED]))
    if not debtors or Placement.objects.exists():
        return
    agency = Organisation.objects.get(key=DEMO_AGENCY)
    day = access_day(moment)
    give_mandate(
        agency.key, starts_on=_LAST_DAY.replace(day=1), ends_on=None, reason="演示委托", by=None,
        at=moment,
    )  # fmt: skip
    place_debtors(debtors, agency=agency, from_on=day, until_on=None, by=None, at=moment)
    sequence()


def _start_mailbox() -> subprocess.Popen[bytes]:
    """The demo's mail server, a process of its own that ends with this one."""
    port = _MAIL_PORT if _is_free(_MAIL_PORT) else _free_port()
    os.environ["CARREARS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    process = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "carrears", "mailbox", "--port", str(port),
         "--parent", str(os.getpid())],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(600):  # a first start on a busy machine compiles every module
        if not _is_free(port):
            return process
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.kill()
    raise fail("the demo's mail server does not start")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bring_in(tapes: list[Path], loans: int) -> None:
    from carrears.exchange.errors import TapeError  # noqa: PLC0415  Django has to be up

    try:
        if tapes:
            report = _import_all(tapes, None, quiet=False)
            _print_report(*report, days=[])
            console.print(f"{add_people(seed=_SEED, locale='en-US'):,} synthetic people added")
        else:
            _bring_in_synthetic(loans)
    except TapeError as error:
        raise fail(str(error)) from error


def _bring_in_synthetic(loans: int) -> None:
    from carrears.exchange.models import TapeImport  # noqa: PLC0415  Django has to be up
    from carrears.samplebook import generate_book  # noqa: PLC0415  see above

    if TapeImport.objects.filter(state="done").exists():
        return  # the book is there already
    with tempfile.TemporaryDirectory(prefix="carrears-demo-") as folder:
        with console.status(f"Generating {loans:,} loans"):
            generate_book(Path(folder), loans=loans, seed=_SEED, as_of=_LAST_DAY, locale="zh-CN")
        _print_report(*_import_all([Path(folder)], None, quiet=False), days=[])


def add_people(*, seed: int, locale: str) -> int:
    """Give synthetic people to the newest book's loans that have none; returns how many."""
    import duckdb  # noqa: PLC0415  only here
    import pyarrow as pa  # noqa: PLC0415  see above
    import pyarrow.parquet as pq  # noqa: PLC0415  see above

    from carrears.parties.models import LoanParty  # noqa: PLC0415  Django has to be up
    from carrears.parties.services import store_people  # noqa: PLC0415  see above
    from carrears.portfolio.services import newest_book  # noqa: PLC0415  see above
    from carrears.samplebook import generate_people  # noqa: PLC0415  see above

    known = set(LoanParty.objects.values_list("loan_no", flat=True))
    engine = duckdb.connect()
    rows = engine.execute(
        "select loan_no, obligor_no, coalesce(region, '') from read_parquet(?) order by loan_id",
        [str(newest_book() / "loans.parquet")],
    ).fetchall()
    engine.close()
    lacking = [row for row in rows if row[0] not in known]
    if not lacking:
        return 0
    numbers, obligors, regions = (list(column) for column in zip(*lacking, strict=True))
    with tempfile.TemporaryDirectory(prefix="carrears-people-") as folder:
        generate_people(
            Path(folder), loan_nos=numbers, obligor_nos=obligors, regions=regions, seed=seed,
            locale=locale,
        )  # fmt: skip
        tables = [pq.read_table(path) for path in sorted(Path(folder).glob("people*.parquet"))]
    return store_people(pa.concat_tables(tables), source="contract")


def _days(*, real: bool) -> list[date]:
    last = _telling_day() if real else _LAST_DAY
    first = date(last.year - (last.month <= _MONTHS), (last.month - _MONTHS - 1) % 12 + 1, 1)
    return sorted({*month_ends(first, last), last})


def still_to_run(days: Iterable[date]) -> list[date]:
    """Without the days that the book has left behind: cases do not move back."""
    from django.db.models import Max  # noqa: PLC0415  Django has to be up

    from carrears.dayrun.models import DayRun  # noqa: PLC0415  see above

    reached = DayRun.objects.aggregate(newest=Max("as_of"))["newest"]
    return [day for day in days if reached is None or day >= reached]


def _telling_day() -> date:
    """The last day of a lender's tape; two thirds into the months that a pool reports.

    A securitised pool only shrinks: in its last months hardly a loan is left to look at.
    """
    from carrears.exchange.models import TapeImport  # noqa: PLC0415  Django has to be up

    told = TapeImport.objects.filter(state="done").exclude(as_of_to=None)
    spans = [(t.as_of_from, t.as_of_to, "reports" in t.tables) for t in told]
    first = min((start for start, _, _ in spans if start), default=_LAST_DAY)
    last = max((end for _, end, _ in spans if end), default=_LAST_DAY)
    if not any(is_report for _, _, is_report in spans):
        return last
    return month_ends(first, first + (last - first) * 2 / 3)[-1]
