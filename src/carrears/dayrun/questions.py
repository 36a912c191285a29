"""The questions of a day as SQL: compiled from the rooms' expressions once, then kept.

Compiling costs seconds, most of them Ibis; whoever asks afterwards reads what was compiled by
the same code. The day is left open and put in when it is asked for, so that a day that begins
costs nothing. Each question is compiled for the two engines that ask it: DuckDB for whole
books, PostgreSQL for the few loans of some events.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

import platformdirs

import carrears

# Whose source the questions follow from.
_SOURCES = (
    *("delinquency", "risk", "dayrun/expressions.py", "layout.py", "portfolio/products.py"),
    *("warning/card.yaml", "warning/features.py", "warning/signals.py", "warning/signals.yaml"),
)
_OPEN_DAY = "ASKED_DAY()"


@dataclass(frozen=True, slots=True)
class Questions:
    """SQL over an engine's tables, each of what the one before gave.

    ``state`` of what was ``reckoned`` by the ledger; ``score`` of the state; ``facts`` of what
    was scored; ``warnings`` looks at those of the state that are not behind.
    """

    state: str
    score: str
    facts: str
    warnings: str

    def on(self, day: str) -> Questions:
        """The questions of one day, which is written as the engine wants it."""
        return Questions(*(sql.replace(_OPEN_DAY, day) for sql in asdict(self).values()))


@dataclass(frozen=True, slots=True)
class Compiled:
    """The questions for both engines, and PostgreSQL's columns of the tables that they read."""

    duckdb: Questions
    postgres: Questions
    tables: Mapping[str, Mapping[str, str]]

    def of_book(self, as_of: date) -> Questions:
        """What DuckDB is asked about a whole book."""
        return self.duckdb.on(f"DATE '{as_of.isoformat()}'")


@cache
def load_questions() -> Compiled:
    """The questions as this very code asks them: those kept on this machine, else compiled."""
    folder = Path(platformdirs.user_cache_dir("carrears", appauthor=False))
    path = folder / f"questions-{code_hash()[:16]}.json"
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Compiled(Questions(**kept["duckdb"]), Questions(**kept["postgres"]), kept["tables"])
    compiled = _compile()
    with contextlib.suppress(OSError):  # a machine without a place for it compiles each time
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(asdict(compiled)), encoding="utf-8")
        fresh.replace(path)
    return compiled


def _compile() -> Compiled:
    from carrears.dayrun import expressions as asked  # noqa: PLC0415  Ibis is slow

    day = asked.asked_day()
    questions = {
        "state": asked.state_expression(day),
        "scored": asked.score_expression_of(day),
        "facts": asked.facts_expression(day),
        "warnings": asked.warnings_expression(day),
    }
    duckdb, postgres = (
        Questions(*(asked.compile_for(one, dialect) for one in questions.values()))
        for dialect in ("duckdb", "postgres")
    )
    made = {name: one.schema() for name, one in questions.items()}
    given = asked.given_tables(*questions.values())
    tables = {name: asked.columns_for_postgres(one) for name, one in (given | made).items()}
    return Compiled(duckdb, postgres, tables)


@cache
def code_hash() -> str:
    """Of the code that states, scores, facts and warnings follow from."""
    root = Path(carrears.__file__).parent
    digest = hashlib.sha256(version("ibis-framework").encode())
    for name in _SOURCES:
        path = root / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.*")):
            if file.suffix in {".py", ".yaml"}:
                digest.update(file.read_bytes())
    return digest.hexdigest()
