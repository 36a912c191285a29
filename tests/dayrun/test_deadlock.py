"""A step that the server ended for the sake of another transaction goes on where it was."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from carrears.dayrun.run import _take
from carrears.dayrun.steps import Day, Step


class _Steps:
    def filter(self, **_: object) -> _Steps:
        return self

    def exists(self) -> bool:
        return False


class _Run:
    steps = _Steps()


class _Day:
    run = _Run()


def ended(cause: Exception) -> OperationalError:
    error = OperationalError("ended")
    error.__cause__ = cause
    return error


def work(errors: list[OperationalError]) -> tuple[Step, list[str]]:
    calls: list[str] = []

    def once(day: Day) -> dict[str, Any]:  # noqa: ARG001
        calls.append("again" if calls else "first")
        if errors:
            raise errors.pop(0)
        return {}

    return Step("contact", once, atomic=False), calls


def test_a_deadlock_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []
    monkeypatch.setattr("carrears.dayrun.run._note", lambda _run, name, *_: noted.append(name))
    step, calls = work([ended(DeadlockDetected()), ended(DeadlockDetected())])
    _take(step, _Day())  # type: ignore[arg-type]
    assert (calls, noted) == (["first", "again", "again"], ["contact"])


@pytest.mark.parametrize("errors", [[ended(ValueError())], [ended(DeadlockDetected())] * 9])
def test_other_faults_and_endless_ones_are_told(errors: list[OperationalError]) -> None:
    step, _ = work(errors)
    with pytest.raises(OperationalError):
        _take(step, _Day())  # type: ignore[arg-type]
