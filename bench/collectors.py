"""Two hundred collectors at once on a hundred thousand open cases, against the server as shipped.

    python -m bench.collectors [--cases 100000] [--users 200] [--minutes 2] [--share 5]
        [--history 520] [--pace 300] [--home FOLDER]

The cases are the demo's, copied until there are enough, each copy of a debtor of its own. So many
collectors (``--share``) are a team that works one pool: none of them has a case of his own, each
sees all of the pool, and so they ask for the same best case. The best of each pool have a
timeline of ten years (``--history`` lines). Locust asks on loopback (``bench.collector_journey``
says what and how fast: a case each five minutes, of which the shipped day plan counts four to
eight for one); who had which case, and until when, the database itself writes down. A
home is made in a folder of its own and gone afterwards, unless one is given; that is kept, and used
again.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.million import _processor_time
from bench.own_home import use_demo_home

_MADE = 20_000  # loans of the demo's book
_GRACE = 20  # seconds to end in
_START = 240  # and to begin in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--pace", type=int, default=300, help="seconds for a case")
    parser.add_argument("--share", type=int, default=5, help="collectors that work one pool")
    parser.add_argument("--history", type=int, default=520, help="lines of ten years, of a case")
    parser.add_argument("--loans", type=int, default=_MADE, help="of the book to copy cases of")
    parser.add_argument("--home", type=Path)
    wanted = parser.parse_args()
    os.environ["CARREARS_COLLECTORS_SEE"] = "team"
    with tempfile.TemporaryDirectory(prefix="carrears-collectors-") as folder:
        use_demo_home(wanted.home, folder, loans=wanted.loans)
        measure(wanted, Path(folder))


def measure(wanted: argparse.Namespace, folder: Path) -> None:
    """Fill the desks, serve, let the collectors work, and tell what came of it."""
    from carrears.cli import start_django  # noqa: PLC0415  the home is known by now

    start_django()
    sessions = hire(wanted.users, share=wanted.share)
    cases = fill(wanted.cases)
    told = grow_old(wanted.history)
    Path(folder, "sessions.json").write_text(json.dumps(sessions))
    watch()
    before, started = _processor_time(), time.perf_counter()
    with served() as address:
        run_locust(wanted, folder, address)
    stolen, passed = (a - b for a, b in zip(_processor_time(), before, strict=True))
    show(
        folder,
        f"{wanted.users} collectors in pools of {wanted.share}, {cases:,} open cases,"
        f" {told:,} of them ten years old, {wanted.pace} s a case, {wanted.minutes:g} minutes,"
        f" {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, stolen {stolen / passed:.0%}",
    )
    shown, twice = shown_twice()
    print(f"{shown:,} cases put before somebody, {twice} of them before two at once")
    print(f"{time.perf_counter() - started:.0f} s in all")


def hire(number: int, *, share: int = 0) -> list[str]:
    """So many collectors of one team, or of a team for each ``share``; a session's key of each.

    A team has somebody besides who comes to nobody's desk: the cases of its pool are given to him.
    """
    from django.conf import settings  # noqa: PLC0415  Django has to be up
    from django.contrib.auth.models import Group  # noqa: PLC0415  see above
    from django.test import Client, override_settings  # noqa: PLC0415  see above

    from carrears.access.models import Organisation, User  # noqa: PLC0415  see above
    from carrears.access.organisations import access_day, memberships_on  # noqa: PLC0415  see above
    from carrears.access.people import move_home  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    role, usual = Group.objects.get(name="collector"), Organisation.objects.get(key="EAST-1")

    def join(name: str, team: Organisation) -> User:
        user, _ = User.objects.get_or_create(username=name)
        user.groups.add(role)
        homes = memberships_on(access_day(now())).filter(user=user, is_home=True)
        if not homes.filter(organisation=team).exists():
            move_home(user, team, from_on=access_day(now()), by=None, at=now())
        return user

    keys = []
    for nth in range(number):
        team = usual
        if share:
            team, _ = Organisation.objects.get_or_create(
                key=f"BENCH-{nth // share:03}",
                defaults={"name": f"Bench {nth // share}", "kind": "team", "parent": usual.parent},
            )
            join(f"pool{nth // share:03}", team)
        user = join(f"bench{nth:03}", team)
        with override_settings(ALLOWED_HOSTS=["testserver"]):
            client = Client()
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[1])
        keys.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return keys


_OF_CASES = {"parties_loanparty": "loan_no", "casework_plannedaction": "case_id"}


def fill(wanted: int) -> int:
    """Copy open cases until there are so many, and give all of them out; how many there are."""
    from django.db import connection, transaction  # noqa: PLC0415  Django has to be up

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select count(*) from casework_case where state = 'open'")
        there = cursor.fetchone()[0]
        cursor.execute(
            "create temp table source on commit drop as select * from casework_case"
            " where state = 'open' and loan_no not like '%~%' order by id"
        )
        cursor.execute("select count(*) from source")
        each = cursor.fetchone()[0]
        for nth in range(-(-max(wanted - there, 0) // each)):
            copy(cursor, f"~{there}.{nth}", min(each, wanted - there - nth * each))
        cursor.execute(
            "update casework_case c set assignee_id = u.id from (select id,"
            " row_number() over (order by id) - 1 as place, count(*) over () as people"
            " from access_user where username ~ '^pool[0-9]{3}$') u"
            " where c.state = 'open' and c.id % u.people = u.place"
        )
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
        cursor.execute("select count(*) from casework_case where state = 'open'")
        return int(cursor.fetchone()[0])


def grow_old(lines: int) -> int:
    """Give the best cases of each pool a timeline of ten years; how many cases have one now.

    What was typed on it lies sealed, as what a collector types does.
    """
    from django.db import connection  # noqa: PLC0415  Django has to be up

    from carrears.access.models import User  # noqa: PLC0415  see above
    from carrears.casework.late_sealing import seal_timelines  # noqa: PLC0415  see above
    from carrears.casework.next_case import order_by_worth  # noqa: PLC0415  see above
    from carrears.casework.seeing import visible_cases  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    best: list[int] = []
    for user in User.objects.filter(username__regex="^pool[0-9]{3}$"):
        mine = visible_cases(user).select_related(None).filter(state="open")
        found = order_by_worth(mine, user=user, moment=now(), first=0, number=_OLD_OF_A_POOL)
        best += [one.case for one in found]
    with connection.cursor() as cursor:
        cursor.execute(_TEN_YEARS, {"cases": best, "lines": lines})
    seal_timelines()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze casework_caseevent")
    return len(best)


_OLD_OF_A_POOL = 60
# A line a week: what a collector noted, what was paid, how the days went, what was promised.
_TEN_YEARS = """
insert into casework_caseevent (key, case_id, kind, happened_at, data)
select 'bench:' || c.id || ':' || n, c.id,
  (array['note', 'payment', 'bucket', 'promise_kept'])[1 + n %% 4],
  c.as_of - make_interval(days => (3650 * n / %(lines)s)::int),
  case n %% 4 when 0 then '{"text": "Called; his wife answered, he calls back on Friday."}'
    when 1 then '{"amount": 105000, "paid_on": "2020-05-15"}'
    when 2 then '{"from_bucket": 1, "bucket": 2, "from_treatment": "remind",
      "treatment": "remind", "arrears": 210000, "currency": "CNY"}'
    else '{"amount": 105000, "currency": "CNY", "due_on": "2020-05-15"}' end::jsonb
from casework_case c, generate_series(1, %(lines)s) n
where c.id = any (%(cases)s)
on conflict (key) do nothing
"""


def copy(cursor: Any, mark: str, number: int) -> None:
    """Copy so many cases, with what hangs on them, as cases of other debtors."""
    changed = {"loan_no": "s.loan_no || %(mark)s", "obligor_no": "s.obligor_no || %(mark)s"}
    given = {"mark": mark, "number": number}
    names = _columns(cursor, "casework_case")
    values = ", ".join(changed.get(name, f"s.{name}") for name in names)
    cursor.execute(
        f"insert into casework_case ({', '.join(names)}) select {values} from source s"
        " order by id limit %(number)s",
        given,
    )
    for table, by in _OF_CASES.items():
        names = _columns(cursor, table)
        own = {"case_id": "n.id", "loan_no": "n.loan_no", "key": "t.key || %(mark)s"}
        values = ", ".join(own.get(name, f"t.{name}") for name in names)
        key = "s.id" if by == "case_id" else "s.loan_no"
        cursor.execute(
            f"insert into {table} ({', '.join(names)}) select {values} from {table} t"
            f" join source s on t.{by} = {key}"
            " join casework_case n on n.loan_no = s.loan_no || %(mark)s",
            given,
        )


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "select column_name from information_schema.columns where table_name = %s"
        " and column_name <> 'id' and is_generated = 'NEVER' order by 1",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def watch() -> None:
    """Have the database write down who gets which case, and until when."""
    from django.db import connection  # noqa: PLC0415  Django has to be up

    with connection.cursor() as cursor:
        cursor.execute("""
            drop table if exists bench_shown cascade;
            delete from casework_showing;
            create table bench_shown (
              n bigserial, case_id bigint, user_id bigint, at timestamptz, until timestamptz);
            create or replace function bench_tell() returns trigger language plpgsql
              security definer as $$ begin
                insert into bench_shown (case_id, user_id, at, until)
                values (new.case_id, new.user_id, clock_timestamp(), new.until);
                return null;
              end $$;
            drop trigger if exists bench_tell on casework_showing;
            create trigger bench_tell after insert or update on casework_showing
              for each row execute function bench_tell();
        """)


def shown_twice() -> tuple[int, int]:
    """How many cases somebody had, and how many another had before the first's time was over."""
    from django.db import connection  # noqa: PLC0415  Django has to be up

    with connection.cursor() as cursor:
        cursor.execute("""
            select count(distinct case_id), count(distinct case_id) filter (where twice) from (
              select a.case_id, exists (select from bench_shown b where b.case_id = a.case_id
                and b.user_id <> a.user_id and b.n > a.n and b.at < a.until) as twice
              from bench_shown a) told
        """)
        shown, twice = cursor.fetchone()
        cursor.execute("drop trigger bench_tell on casework_showing")
        cursor.execute("drop table bench_shown")
        cursor.execute("drop function bench_tell")
    return shown, twice


@contextmanager
def served() -> Iterator[str]:
    """The server with the options that it has by itself, on a free port of loopback."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "carrears", "serve", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310  our own
            return
        time.sleep(0.2)
    raise SystemExit("the server did not answer")


def run_locust(wanted: argparse.Namespace, folder: Path, address: str) -> None:
    """Let them work for so long; what was measured lies in the folder.

    They come one after the other over the time of a case, which does not count: all at once they
    would stay in step, and ask for two hundred queues first and for two hundred cases later.
    """
    journey = Path(__file__).with_name("collector_journey.py")
    seconds = round(wanted.minutes * 60) + wanted.pace
    subprocess.run(
        [
            sys.executable, "-m", "locust", "--headless", "--only-summary",
            "--locustfile", str(journey), "--host", address, "--users", str(wanted.users),
            "--spawn-rate", f"{wanted.users / wanted.pace:.3f}", "--run-time", f"{seconds}s",
            "--reset-stats", "--csv", str(folder / "told"), "--exit-code-on-error", "0",
        ],
        env=os.environ
        | {"COLLECTORS": str(folder / "sessions.json"), "COLLECTORS_PACE": str(wanted.pace)},
        stdout=subprocess.DEVNULL,
        timeout=seconds + 120,
        check=True,
    )  # fmt: skip


def show(folder: Path, title: str) -> None:
    """What Locust measured, by page, and what went wrong."""
    table = Table(title=title)
    for heading in ("page", "asked", "errors", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    with Path(folder, "told_stats.csv").open(encoding="utf-8") as told:
        for row in csv.DictReader(told):
            counts = (row["Request Count"], row["Failure Count"])
            table.add_row(
                "all" if row["Name"] == "Aggregated" else row["Name"],
                *(f"{int(one):,}" for one in counts),
                *(row[share] for share in ("50%", "95%", "99%")),
            )
    Console(width=120).print(table)
    with Path(folder, "told_failures.csv").open(encoding="utf-8") as told:
        for row in csv.DictReader(told):
            print(f"error, {row['Occurrences']} times: {row['Name']}: {row['Error']}")


if __name__ == "__main__":
    main()
