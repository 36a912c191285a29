"""Check a file of cases: a computed answer a line, and how many asserted figures agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from carrears.delinquency.ledger.cases.answer import answer
from carrears.delinquency.ledger.cases.compare import Difference, compare
from carrears.delinquency.ledger.cases.reading import Case, CaseError, read_case


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One case: its computed figures, the reason where it could not be replayed, the comparison."""

    id: str
    line: int
    figures: dict[str, Any]
    error: str | None = None
    is_verified: bool = True
    agree: int = 0
    differences: tuple[Difference, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The line to print: the id, the figures, and the error where there is one."""
        told: dict[str, Any] = {"id": self.id, **self.figures}
        if self.error is not None:
            told["error"] = self.error
        return told


@dataclass(slots=True)
class Tally:
    """How many asserted figures agree, and the cases that could not be replayed."""

    cases: int = 0
    failed: int = 0
    agree: int = 0
    figures: int = 0
    verified_agree: int = 0
    verified_figures: int = 0
    different: list[str] = field(default_factory=list)

    def add(self, checked: Checked) -> None:
        """Count one case."""
        number = checked.agree + len(checked.differences)
        self.cases += 1
        self.failed += checked.error is not None
        self.agree += checked.agree
        self.figures += number
        if checked.is_verified:
            self.verified_agree += checked.agree
            self.verified_figures += number
        if checked.differences:
            self.different.append(checked.id)

    @property
    def verified_share(self) -> float:
        """The share of agreeing figures among those of verified cases; 1 where there are none."""
        return self.verified_agree / self.verified_figures if self.verified_figures else 1.0


def check_cases(lines: Iterable[str]) -> Iterator[Checked]:
    """Replay each case of a JSON-lines file; a line that cannot be read says why."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield check_case(line, number=number)


def check_case(line: str, *, number: int = 1) -> Checked:
    """Replay one case. Never raises for what a case says; the answer holds the error."""
    try:
        case = read_case(line)
    except CaseError as error:
        return Checked(id=f"line {number}", line=number, figures={}, error=str(error))
    try:
        figures, problem = answer(case), None
    except CaseError as error:
        figures, problem = dict.fromkeys(case.expect), str(error)
    except KeyError as error:
        figures, problem = dict.fromkeys(case.expect), f"{error.args[0]}: the case has none"
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Terms of another shape than the format's: named, and no end to the run.
        figures, problem = dict.fromkeys(case.expect), f"{type(error).__name__}: {error}"
    return _compared(case, figures, problem, number=number)


def _compared(case: Case, figures: dict[str, Any], problem: str | None, *, number: int) -> Checked:
    results = list(compare(case.expect, figures))
    return Checked(
        id=case.id or f"line {number}",
        line=number,
        figures=figures,
        error=problem,
        is_verified=case.is_verified,
        agree=sum(same for same, _ in results),
        differences=tuple(difference for same, difference in results if not same),
    )
