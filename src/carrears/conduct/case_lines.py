"""Cases a line: each gets its verdict by the pack of its jurisdiction, or says what is wrong in it.

A line that cannot be judged does not keep the others from their verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from carrears.conduct.check import Case, Result
from carrears.conduct.faults import CaseError, Fault, naming_faults
from carrears.conduct.gate import judge
from carrears.conduct.pack import PackError
from carrears.conduct.packs import Packs


def check_case(case: Case, packs: Packs) -> Result:
    """Judge one case by the pack of its jurisdiction.

    Raises:
        CaseError: the attempt names what the facts do not tell, there is no pack for the
            jurisdiction, or it does not know the law of that day.
        PackError: the pack cannot be used, whatever the case says.
    """
    with naming_faults():
        return Result(case, judge(case.told(), case.attempt, packs.of(case.jurisdiction)))


@dataclass(frozen=True, slots=True)
class Checked:
    """One line: its verdict, or what is wrong with it."""

    id: str
    line: int
    jurisdiction: str
    result: Result | None = None
    error: CaseError | None = None

    def to_json(self) -> dict[str, Any]:
        """The line to print; one that could not be judged has no verdict and an ``error``."""
        if self.result is not None:
            return {**self.result.to_json(), "id": self.id}
        return {
            "id": self.id,
            "verdict": None,
            "gate_action": None,
            "rules": [],
            "citations": [],
            "next_allowed": None,
            "error": str(self.error),
        }


def check_lines(lines: Iterable[bytes], packs: Packs) -> Iterator[Checked]:
    """Judge each case of JSON lines in UTF-8, in their order; empty lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _check_line(line, number, packs)


def _check_line(line: bytes, number: int, packs: Packs) -> Checked:
    told: dict[str, Any] = {}
    try:
        told = _read_object(line)
        result, error = check_case(_read_case(told), packs), None
    except CaseError as found:
        result, error = None, found
    except PackError as found:
        result, error = None, CaseError(Fault("jurisdiction", str(found)))
    name, asked = told.get("id"), told.get("jurisdiction")
    return Checked(
        id=name if isinstance(name, str) and name else f"line {number}",
        line=number,
        jurisdiction=asked if isinstance(asked, str) else "",
        result=result,
        error=error,
    )


def _read_case(told: dict[str, Any]) -> Case:
    with naming_faults():
        return Case.model_validate(told)


def _read_object(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_read_pairs)
    except (ValueError, RecursionError) as error:
        raise CaseError(Fault("", f"no JSON in UTF-8: {error}")) from error
    if not isinstance(told, dict):
        raise CaseError(Fault("", "an object is expected"))
    return told


def _read_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"keys that stand twice: {', '.join(twice)}")
    return told
