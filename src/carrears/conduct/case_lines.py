"""Cases a line: each gets its verdict by the pack of its jurisdiction, or says what is wrong in it.

A line that cannot be judged does not keep the others from their verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from carrears.conduct.check import Case, Result
from carrears.conduct.gate import judge
from carrears.conduct.pack import LawUnknownError, Pack, PackError, load_pack
from carrears.conduct.situation import FactsError
from carrears.resources import shipped


class UnknownJurisdictionError(PackError):
    """No rule pack is there for a jurisdiction; the message names those that are."""


@dataclass(slots=True)
class Packs:
    """The rule packs of a folder by jurisdiction (``CN``), each read once, or failing once."""

    root: Path = field(default_factory=lambda: shipped("rulepacks"))
    _read: dict[str, Pack | PackError] = field(default_factory=dict)

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Those that the folder has a pack for."""
        return tuple(sorted(path.parent.name.upper() for path in self.root.glob("*/pack.yaml")))

    def of(self, jurisdiction: str) -> Pack:
        """The pack that attempts of ``jurisdiction`` are judged by.

        Raises:
            UnknownJurisdictionError: there is none.
            PackError: it cannot be used.
        """
        if jurisdiction not in self._read:
            self._read[jurisdiction] = self._load(jurisdiction)
        found = self._read[jurisdiction]
        if isinstance(found, PackError):
            raise found
        return found

    def _load(self, jurisdiction: str) -> Pack | PackError:
        known = self.jurisdictions
        if jurisdiction not in known:
            there = f"there are {', '.join(known)}" if known else "there are none"
            return UnknownJurisdictionError(f"no rule pack for {jurisdiction!r}; {there}")
        try:
            return load_pack(jurisdiction.lower(), self.root)
        except PackError as error:
            return error


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a case from being judged; ``field`` is empty where it is the whole line."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


class CaseError(ValueError):
    """A case that cannot be judged, with everything that is wrong in it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults

    @classmethod
    def of(cls, error: ValidationError) -> Self:
        """What a validation found, by field."""
        return cls(
            *(
                Fault(".".join(map(str, each["loc"])), each["msg"])
                for each in error.errors(include_url=False, include_context=False)
            )
        )


def check_case(case: Case, packs: Packs) -> Result:
    """Judge one case by the pack of its jurisdiction.

    Raises:
        CaseError: the attempt names what the facts do not tell, there is no pack for the
            jurisdiction, or it does not know the law of that day.
        PackError: the pack cannot be used, whatever the case says.
    """
    try:
        return Result(case, judge(case.told(), case.attempt, packs.of(case.jurisdiction)))
    except UnknownJurisdictionError as error:
        raise CaseError(Fault("jurisdiction", str(error))) from error
    except FactsError as error:
        raise CaseError(Fault(error.field, str(error))) from error
    except LawUnknownError as error:
        raise CaseError(Fault("attempt.at", str(error))) from error
    except OverflowError as error:
        raise CaseError(Fault("attempt.at", f"no day to reckon with: {error}")) from error


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
    try:
        return Case.model_validate(told)
    except ValidationError as error:
        raise CaseError.of(error) from error


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
