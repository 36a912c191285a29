"""How the house does, in figures that say nothing of anybody: for Prometheus and for readiness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection

from carrears.database.phases import fit
from carrears.database.wall import as_house
from carrears.parties.custody import keyring
from carrears.parties.keepers import KeeperError
from carrears.parties.keyring import BadMasterKeyError


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure by its labels, in the words of Prometheus."""

    name: str
    about: str
    samples: tuple[tuple[dict[str, str], float], ...] = field(default=())


# Each one statement that gives labels and a value; all together take a few milliseconds.
_COUNTED: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "carrears_cases",
        "Cases by state.",
        ("state",),
        "select state, count(*) from casework_case group by 1 order by 1",
    ),
    (
        "carrears_events",
        "Events that came in and are not done, by state.",
        ("state",),
        "select state, count(*) from event_inbox where state <> 'done' group by 1 order by 1",
    ),
    (
        "carrears_jobs",
        "Background jobs that are not done, by queue and state.",
        ("queue", "state"),
        (
            "select queue_name, status::text, count(*) from procrastinate_jobs"
            " where status in ('todo', 'doing', 'failed') group by 1, 2 order by 1, 2"
        ),
    ),
    (
        "carrears_log_size",
        "Entries that the newest checkpoint of the evidence log vouches for.",
        (),
        "select coalesce(max(size), 0) from evidence_storedcheckpoint",
    ),
    (
        "carrears_log_waiting",
        "Entries that no checkpoint vouches for yet.",
        (),
        "select count(*) from evidence_queuedentry",
    ),
    (
        "carrears_witness_refuses",
        "1 for a witness that refuses to cosign the log.",
        ("witness",),
        "select name, (refusal <> '')::int from evidence_witnessstate order by 1",
    ),
    (
        "carrears_book_day_seconds",
        "The last day of the book, as Unix time.",
        (),
        "select coalesce(extract(epoch from max(as_of)), 0) from portfolio_snapshot",
    ),
    (
        "carrears_day_runs",
        "Day runs by state.",
        ("state",),
        "select state, count(*) from dayrun_dayrun group by 1 order by 1",
    ),
)


def gauges() -> Iterator[Gauge]:
    """Every figure, as it is now."""
    with as_house(), connection.cursor() as cursor:  # whoever has the token is nobody's
        for name, about, labels, statement in _COUNTED:
            cursor.execute(statement)
            yield Gauge(
                name,
                about,
                tuple(
                    (dict(zip(labels, map(str, row[:-1]), strict=True)), float(row[-1]))
                    for row in cursor.fetchall()
                ),
            )


def exposition(told: Iterable[Gauge]) -> str:
    """The figures in the text format of Prometheus (version 0.0.4)."""
    lines: list[str] = []
    for gauge in told:
        lines += [f"# HELP {gauge.name} {gauge.about}", f"# TYPE {gauge.name} gauge"]
        lines += [
            f"{gauge.name}{_labelled(labels)} {value:.17g}" for labels, value in gauge.samples
        ]
    return "\n".join(lines) + "\n"


def _labelled(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def unready() -> list[str]:
    """What stands in the way of serving: names of checks that fail; none when ready."""
    stands = fit()
    checks = {
        "migrations": not stands.before,  # the half that this release needs
        "release": not stands.beyond,  # the database has left it behind
        "restore": not stands.is_unfinished,
        "keys": _keys_open(),
    }
    return [name for name, passes in checks.items() if not passes]


def _keys_open() -> bool:
    try:
        return bool(keyring().keys)
    except (BadMasterKeyError, KeeperError, OSError):
        return False
