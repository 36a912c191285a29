"""The step ``reminders_all`` of a night of a million loans: all are reminded before the due date.

    python -m bench.reminders_all [--loans 1000000] [--folder DIR] [--home DIR]

The book is that of ``bench.book``; each loan has a borrower with an e-mail address (sealed values
that nobody opens here), and the house's cadence says T-7, T-3, T-1 and T-0 to all. The ordinary
command runs the day in a process of its own up to that step, and is ended before it sends: what
sending costs is measured elsewhere (``bench.sms``). Then how many were planned and whether any
loan has two is asked.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bench.book import AS_OF, ensure_book
from bench.million import SEED, bring_in
from bench.own_home import make_scratch

STEP = "reminders_all"
_CADENCES = """
cadences:
  standard:
    zh: 全部提醒
    en: Remind all
    before_due: all
    steps:
      - {day: -7, by: [{channel: email, template: predue_reminder}]}
      - {day: -3, by: [{channel: email, template: predue_reminder}]}
      - {day: -1, by: [{channel: email, template: predue_reminder}]}
      - {day: 0, by: [{channel: email, template: predue_reminder}]}
"""
_PEOPLE = """
insert into parties_party
  (token, party_no, language, time_zone, region, synthetic, created_at, name_tokens,
   zones)
select gen_random_uuid(), 'P-' || n, 'zh-CN', 'Asia/Shanghai', '', true, now(), '{}', '{}'
from unnest(%s::text[]) as given (n)
"""
_HOW_REACHED = """
insert into parties_loanparty (loan_no, party_id, role)
select substr(party_no, 3), token, 'obligor' from parties_party;
insert into parties_contactpoint
  (party_id, kind, value_sealed, value_index, source, valid, added_at)
select token, 'email', '', decode(replace(token::text, '-', ''), 'hex'), 'contract', true, now()
from parties_party;
analyze
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the book here and use it again")
    parser.add_argument("--home", type=Path, help="a home to make, and to keep")
    wanted = parser.parse_args()
    scratch = make_scratch()
    folder = ensure_book(wanted.folder or Path(scratch) / "book", loans=wanted.loans, seed=SEED)
    home = wanted.home or Path(scratch) / "home"
    bring_in(folder, home)
    (home / "strategies").mkdir(parents=True, exist_ok=True)
    (home / "strategies" / "cadences.yaml").write_text(_CADENCES, encoding="utf-8")
    make_people(folder)
    run_until_planned(home)
    show()


def make_people(folder: Path) -> None:
    """A borrower for each loan, written past the vault: nobody is written to."""
    import pyarrow.parquet as pq  # noqa: PLC0415  beside Django
    from django.db import connection, transaction  # noqa: PLC0415  it has to be up

    numbers = pq.read_table(folder / "loans.parquet", columns=["loan_no"]).column(0).to_pylist()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [numbers])
        cursor.execute(_HOW_REACHED)


def run_until_planned(home: Path) -> None:
    """The day's command, ended once the step is noted."""
    from carrears.dayrun.models import DayStep  # noqa: PLC0415  Django has to be up

    process = subprocess.Popen(
        [sys.executable, "-m", "carrears", "day", "--as-of", AS_OF.isoformat(), "--json"],
        env=os.environ | {"CARREARS_HOME": str(home)},
        stdout=subprocess.DEVNULL,
    )
    while process.poll() is None and not DayStep.objects.filter(name=STEP).exists():
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()


def show() -> None:
    """What the steps took, how many reminders there are, and whether a loan has two."""
    from django.db import connection  # noqa: PLC0415  Django has to be up

    from carrears.casework.models import PlannedAction  # noqa: PLC0415  see above
    from carrears.dayrun.models import DayStep  # noqa: PLC0415  see above

    seconds = dict(DayStep.objects.order_by("pk").values_list("name", "seconds"))
    if STEP not in seconds:
        raise SystemExit(f"the day ended before its step {STEP}")
    planned = PlannedAction.objects.filter(step_day__lte=0)
    loans = planned.values("case__loan_no").distinct().count()
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from casework_case where state = 'watch'")
        [files] = cursor.fetchone()
    print(
        f"{STEP}: {seconds[STEP]:.1f} s for {planned.count():,} reminders of {loans:,} loans,"
        f" {files:,} files in WATCH; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print({name: round(took, 1) for name, took in seconds.items()})


if __name__ == "__main__":
    main()
