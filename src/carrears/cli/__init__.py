"""The command ``carrears``."""

from __future__ import annotations

import os
import sys

import typer
from rich.console import Console

from carrears.memory import begin, settle

console = Console(stderr=True)

app = typer.Typer(
    name="carrears",
    help="Open collections software for vehicle loans.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def start_django(*, migrate: bool = True) -> None:
    """Make the models usable, with the database at the newest migration."""
    import django  # noqa: PLC0415  help and completion need no database

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
    django.setup()
    settle()
    _trace()
    if not migrate:
        return
    from carrears.cli.upgrade import told_plainly  # noqa: PLC0415  it imports this module
    from carrears.database.migrations import prepare_database  # noqa: PLC0415  see above

    with told_plainly():
        prepare_database()


def _trace() -> None:
    from carrears.tracing import TracingError, start_tracing  # noqa: PLC0415  see above

    # Its first word may be anything that somebody typed.
    names = {"backup", "day", "restore", "serve", "upgrade", "worker"}
    command = next((word for word in sys.argv[1:2] if word in names), "command")
    try:
        start_tracing(f"carrears-{command}")
    except TracingError as error:
        raise fail(str(error)) from error


def fail(message: str, *, code: int = 1) -> typer.Exit:
    """Say what is wrong on standard error; raise what is returned."""
    console.print(f"[bold red]error:[/] {message}", highlight=False, soft_wrap=True)
    return typer.Exit(code)


def main() -> None:
    """Run the command line."""
    begin()
    from carrears.cli import (  # noqa: F401, PLC0415  they register here
        access,
        alerts,
        analytics,
        appeals,
        backup,
        book,
        conduct,
        conduct_lists,
        conduct_replay,
        conduct_spread,
        conduct_words,
        consents,
        day,
        demo,
        evidence,
        experiment,
        house,
        keys,
        ledger,
        letters,
        parties,
        placements,
        recordings,
        reports,
        simulate,
        sms,
        strategy,
        strategy_steps,
        templates,
        tokens,
        upgrade,
        vault,
        witness,
        worker,
    )

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    app()
