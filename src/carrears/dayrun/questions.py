"""The questions of a day as SQL: compiled from the rooms' expressions once, then kept.

Compiling costs a second, most of it Ibis; an event that re-decides one loan reads what the
night compiled for the same day from the run's folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import carrears

_FILE = "questions.json"
# Whose source the questions follow from.
_SOURCES = ("delinquency", "risk", "dayrun/expressions.py", "layout.py", "portfolio/products.py")


@dataclass(frozen=True, slots=True)
class Questions:
    """SQL over an engine's tables: ``state`` of the loans, then ``score`` of that state."""

    state: str
    score: str


def keep_questions(folder: Path, as_of: date) -> Questions:
    """The questions of ``as_of``, left in ``folder`` for the events of that day."""
    questions = _compiled(as_of)
    folder.mkdir(parents=True, exist_ok=True)
    kept = asdict(questions) | {"as_of": as_of.isoformat(), "code": _code_hash()}
    fresh = folder / f"{_FILE}.making"
    fresh.write_text(json.dumps(kept), encoding="utf-8")
    fresh.replace(folder / _FILE)
    return questions


def find_questions(folder: Path, as_of: date) -> Questions:
    """The kept questions where they are of this day and this code, else compiled anew."""
    path = folder / _FILE
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if (kept["as_of"], kept["code"]) == (as_of.isoformat(), _code_hash()):
            return Questions(kept["state"], kept["score"])
    return _compiled(as_of)


@lru_cache(maxsize=64)
def _compiled(as_of: date) -> Questions:
    from carrears.dayrun.expressions import score_sql, state_sql  # noqa: PLC0415  Ibis is slow

    return Questions(state_sql(as_of), score_sql(as_of))


@cache
def _code_hash() -> str:
    root = Path(carrears.__file__).parent
    digest = hashlib.sha256()
    for name in _SOURCES:
        path = root / name
        for file in [path] if path.is_file() else sorted(path.glob("*.*")):
            digest.update(file.read_bytes())
    return digest.hexdigest()
