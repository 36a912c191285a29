"""The screens of a team lead over a hundred thousand open cases, from the server as shipped.

    python -m bench.team_now [--cases 100000] [--users 200] [--times 20] [--home FOLDER]

Cases, collectors and home are those of ``bench.collectors``. Everybody's day is planned, and of
each so many cases are worked. Each page is asked for one after another as the demo's lead, on
loopback; beside it stands what only reading the two indexes takes of which a look is made: the
queues, and the plans.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.own_home import use_demo_home

_PAGES = {"team now": "/team/now/", "pull back, planned": "/allocation/pull-back/?plan=1"}
_WORKED = 10  # of each plan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--loans", type=int, default=20_000, help="of the book to copy cases of")
    parser.add_argument("--home", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carrears-team-") as folder:
        use_demo_home(wanted.home, folder, loans=wanted.loans)
        measure(wanted)


def measure(wanted: argparse.Namespace) -> None:
    """Fill the desks, plan the day, work some of it, serve, and ask."""
    from carrears.cli import start_django  # noqa: PLC0415  the home is known by now

    start_django()
    from bench.collectors import fill, hire, served  # noqa: PLC0415  Django has to be up

    hire(wanted.users)
    cases = fill(wanted.cases)
    worked = plan_and_work()
    limit = [read_only() for _ in range(wanted.times)]
    cookie = lead()
    with served() as address:
        took = {
            name: [ask(address + path, cookie) for _ in range(wanted.times + 1)]
            for name, path in _PAGES.items()
        }
    table = Table(
        title=f"{cases:,} open cases, {wanted.users} collectors, {worked:,} cases worked,"
        f" {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    for heading in ("page", "first ms", "p50 ms", "p95 ms"):
        table.add_column(heading, justify="right")
    for name, times in ({"only reading": [limit[0], *limit]} | took).items():
        spread = statistics.quantiles(times[1:], n=20)
        figures = (times[0], statistics.median(times[1:]), spread[18])
        table.add_row(name, *(f"{1e3 * one:.0f}" for one in figures))
    Console(width=100).print(table)


def plan_and_work() -> int:
    """Plan everybody's day where it is not, and work the first of each; how many are worked."""
    from django.db import connection  # noqa: PLC0415  Django has to be up

    from carrears.access.models import User  # noqa: PLC0415  see above
    from carrears.casework.day_plan_stands import day_bounds  # noqa: PLC0415  see above
    from carrears.casework.day_plans import plan_day_of_house, plans_today  # noqa: PLC0415
    from carrears.casework.models import CaseEvent, DayPlan  # noqa: PLC0415  see above

    day = plan_day_of_house()
    plans_today(User.objects.filter(username__startswith="bench"))
    at, _ = day_bounds(day)
    for plan in DayPlan.objects.filter(day=day, user__username__startswith="bench"):
        CaseEvent.objects.bulk_create(
            [
                CaseEvent(case_id=case, key=f"bench:{case}:{day}", happened_at=at, kind="outcome",
                          actor_id=plan.user_id, data={"code": "no_answer"})
                for case in plan.cases[:_WORKED]
            ],
            ignore_conflicts=True,
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    return CaseEvent.objects.filter(key__startswith="bench:", happened_at=at).count()


def read_only() -> float:
    """Seconds to read every queue by its index, and every case of every plan."""
    from django.db import connection  # noqa: PLC0415  Django has to be up

    begin = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(id), max(assignee_id), max(obligor_no) from casework_case"
            " where state = 'open' and assignee_id is not null"
        )
        cursor.execute("select count(*) from casework_dayplan, unnest(cases || rest)")
    return time.perf_counter() - begin


def lead() -> str:
    """The cookie of a session of the demo's lead."""
    from django.conf import settings  # noqa: PLC0415  Django has to be up
    from django.test import Client, override_settings  # noqa: PLC0415  see above

    from carrears.access.models import User  # noqa: PLC0415  see above

    with override_settings(ALLOWED_HOSTS=["testserver"]):
        client = Client()
        client.force_login(
            User.objects.get(username="lead"), backend=settings.AUTHENTICATION_BACKENDS[1]
        )
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def ask(address: str, cookie: str) -> float:
    """Seconds to the last byte of a page."""
    request = urllib.request.Request(address, headers={"Cookie": cookie})  # noqa: S310  our own
    begin = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  see above
        answer.read()
        if answer.url != address:
            raise SystemExit(f"{address} leads to {answer.url}")
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
