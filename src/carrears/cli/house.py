"""Serve the screens, keep the demo's mailbox."""

from __future__ import annotations

import os
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from carrears.cli import app, console, fail, start_django
from carrears.cli.processes import children, command, end_with, run_until_told


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes that answer requests.", show_default="two a core, at most 8"),
    ] = None,
    threads: Annotated[int, typer.Option(help="How many each answers at once.")] = 2,
    worker: Annotated[bool, typer.Option(help="Run a background worker beside them.")] = True,
) -> None:
    """Serve the screens and the API, and work off events and jobs beside them."""
    start_django()
    from django.db import connections  # noqa: PLC0415  Django has to be up

    from carrears.workbench.static_files import collect_static_files  # noqa: PLC0415  see above

    if faults := _faults():
        raise fail("\n".join(faults))
    collect_static_files()
    connections.close_all()  # a forked worker must not inherit this connection
    tls = _tls_options()
    console.print(f"Carrears: [bold]http{'s' if tls else ''}://{host}:{port}/[/]")
    server = [
        sys.executable,
        "-m",
        "gunicorn",
        "carrears.wsgi:application",
        f"--bind={host}:{port}",
        f"--workers={workers or _processes()}",
        f"--threads={threads}",
        "--worker-class=carrears.serving.PatientWorker",
        "--timeout=120",
        "--no-control-socket",
        "--forwarded-allow-ips=",  # what a proxy says is Django's to judge (signin.proxy)
        *tls,
    ]
    with children([command("worker")] if worker else []) as ending:
        raise typer.Exit(run_until_told(server, ending))


def _processes() -> int:
    """More than there are cores, as a page asks the database often.

    Of the threads of one process each waits for Python's lock after each answer
    (``bench.collectors``).
    """
    return min(2 * (os.cpu_count() or 1), 8)


def _faults() -> list[str]:
    """What is wrong with the lender's own files."""
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    from carrears.alerts.terms import load_alert_terms  # noqa: PLC0415  Django has to be up
    from carrears.analytics.costs import load_cost_terms  # noqa: PLC0415
    from carrears.calendars import load_calendars  # noqa: PLC0415  see above
    from carrears.casework.allocation_rules import load_allocation_rules  # noqa: PLC0415
    from carrears.casework.currency_rates import load_currency_rates  # noqa: PLC0415
    from carrears.casework.day_plan_rules import load_day_plan_rules  # noqa: PLC0415
    from carrears.casework.follow_up_rules import load_follow_up_rules  # noqa: PLC0415
    from carrears.casework.next_case_terms import load_next_case_terms  # noqa: PLC0415
    from carrears.casework.placing_rules import load_placing_rules  # noqa: PLC0415
    from carrears.casework.promise_terms import load_promise_terms  # noqa: PLC0415
    from carrears.casework.pull_back_rules import load_pull_back_rules  # noqa: PLC0415
    from carrears.clock import local_day, now  # noqa: PLC0415
    from carrears.conduct.dispute_kinds import load_dispute_kinds  # noqa: PLC0415
    from carrears.homefiles import HomeFileError  # noqa: PLC0415
    from carrears.notices.wecom_terms import load_wecom_terms  # noqa: PLC0415
    from carrears.outreach.outcome_codes import load_outcome_codes  # noqa: PLC0415
    from carrears.outreach.service_terms import load_service_terms  # noqa: PLC0415
    from carrears.portfolio.products import load_products  # noqa: PLC0415

    home = Path(settings.CARREARS_HOME)
    today = local_day(now(), settings.TIME_ZONE)
    found: list[str] = []
    for load in (
        load_calendars,
        load_products,
        load_next_case_terms,
        load_currency_rates,
        load_promise_terms,
        partial(load_allocation_rules, on=today),
        partial(load_pull_back_rules, on=today),
        partial(load_day_plan_rules, on=today),
        partial(load_follow_up_rules, on=today),
        partial(load_placing_rules, on=today),
        partial(load_outcome_codes, on=today),
        partial(load_dispute_kinds, on=today),
        partial(load_service_terms, on=today),
        partial(load_alert_terms, on=today),
        partial(load_cost_terms, on=today),
        partial(load_wecom_terms, on=today),
    ):
        try:
            load(home)
        except HomeFileError as error:
            found.append(str(error))
    return list(dict.fromkeys(found))


def _tls_options() -> list[str]:
    """The server's options for TLS, where settings name the files."""
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    files = {"CARREARS_TLS_CERTIFICATE": settings.TLS_CERTIFICATE}
    files["CARREARS_TLS_KEY"] = settings.TLS_KEY
    if not any(files.values()):
        return []
    for name, path in files.items():
        if not Path(path).is_file():
            raise fail(f"{name} names no file: {path!r}")
    return [f"--certfile={settings.TLS_CERTIFICATE}", f"--keyfile={settings.TLS_KEY}"]


@app.command()
def mailbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 2525,
    parent: Annotated[int, typer.Option(help="End when this process ends.", hidden=True)] = 0,
) -> None:
    """Run the built-in mail server, which keeps what it receives."""
    start_django(migrate=False)
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    from carrears.outreach.mailbox import serve as serve_mailbox  # noqa: PLC0415  see above

    if parent:
        end_with(parent)
    console.print(f"Mailbox: smtp://{host}:{port}, kept in {settings.MAIL_DIR}")
    serve_mailbox(Path(settings.MAIL_DIR), host=host, port=port)


@app.command("demo-users")
def demo_users() -> None:
    """Create the demo's users, one a role, with the published password."""
    start_django()
    from carrears.access.demo import DEMO_PASSWORD, ensure_demo_users  # noqa: PLC0415
    from carrears.clock import now  # noqa: PLC0415  Django has to be up

    for user in ensure_demo_users(at=now()):
        console.print(f"{user.username:12} {DEMO_PASSWORD}  {user.display_name}")


@app.command("do-not-contact")
def do_not_contact(
    loan: Annotated[str, typer.Argument(help="The loan whose debtor is meant.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept sealed.")],
    channel: Annotated[str | None, typer.Option(help="email, sms, call, …; else all.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day, YYYY-MM-DD.")] = None,
) -> None:
    """Put a loan's debtor on the do-not-contact list, from today (or the book's day)."""
    start_django()
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    from carrears.casework.models import Case  # noqa: PLC0415  see above
    from carrears.clock import business_day, now  # noqa: PLC0415  see above
    from carrears.conduct.models import DoNotContact  # noqa: PLC0415  see above
    from carrears.conduct.services import ConductError, bar_contact  # noqa: PLC0415  see above

    case = Case.objects.filter(loan_no=loan).order_by("-pk").first()
    if case is None or case.party is None:
        raise fail(f"no case of loan {loan!r} with a debtor on record")
    moment = now()
    try:
        listed = bar_contact(
            case.party,
            reason=DoNotContact.BY_HAND,
            words=reason,
            channel=channel or "",
            from_on=business_day(case.as_of, settings.TIME_ZONE, moment=moment),
            until_on=date.fromisoformat(until) if until else None,
            by=None,
            at=moment,
        )
    except (ConductError, ValueError) as error:
        raise fail(str(error)) from error
    console.print(f"Listed since {listed.from_on}: no contact by {listed.channel or 'any channel'}")


@app.command()
def migrate() -> None:
    """Bring the database to the newest migration, its roles and walls to what they shall be."""
    start_django(migrate=False)
    from carrears.access.services import ensure_roles  # noqa: PLC0415  Django has to be up
    from carrears.access.walls import ensure_walls  # noqa: PLC0415  see above
    from carrears.cli.upgrade import told_plainly  # noqa: PLC0415  see above
    from carrears.database.migrations import migrate_when_behind  # noqa: PLC0415  see above

    with told_plainly():
        migrate_when_behind()
        ensure_roles()
        ensure_walls(anew=True)
    console.print("The database is at the newest migration.")


@app.command("home-files")
def home_files() -> None:
    """Say what is wrong with the lender's own files; ends with 1 if anything."""
    start_django(migrate=False)
    if faults := _faults():
        raise fail("\n".join(faults))
    typer.echo("The files of the house can be used.")


@app.command()
def database() -> None:
    """Say which database this is, and what it or its user lacks; ends with 1 if anything."""
    start_django(migrate=False)
    from django.db import OperationalError, connection  # noqa: PLC0415  Django has to be up

    from carrears.database.fitness import lacking  # noqa: PLC0415  see above

    try:
        missing = lacking(restoring=True)
    except OperationalError as error:
        raise fail(f"the database does not answer: {str(error).strip()}") from error
    server = connection.connection
    where = f"PostgreSQL {server.info.parameter_status('server_version')}, {server.info.dbname}"
    how = "TLS" if server.pgconn.ssl_in_use else "no TLS"
    typer.echo(f"{where} as {server.info.user} ({how})")
    if missing:
        raise fail("\n".join(["lacking:", *missing]))
    typer.echo("nothing is lacking")
