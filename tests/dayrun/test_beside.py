"""What is worked out beside a step belongs to the step that awaits it."""

from __future__ import annotations

from typing import Any

import pytest

from carrears.dayrun.run import _take
from carrears.dayrun.steps import STEPS, Day, Step, begin_warnings


class _Steps:
    def __init__(self, *done: str) -> None:
        self.done = done

    def filter(self, *, name: str) -> _Steps:
        return _Steps(*(one for one in self.done if one == name))

    def exists(self) -> bool:
        return bool(self.done)


class _Run:
    warning_id = 1

    def __init__(self, *done: str) -> None:
        self.steps = _Steps(*done)


def begun(*done: str) -> Day:
    return Day(_Run(*done), None, None, None, None)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr("carrears.dayrun.run._note", lambda _run, name, *_: names.append(name))
    return names


def test_the_warnings_are_begun_before_the_step_that_awaits_them() -> None:
    names = [step.name for step in STEPS]
    [first] = [step.name for step in STEPS if step.beside is begin_warnings]
    assert names.index(first) < names.index("warning")


def test_a_fault_beside_a_step_is_told_by_the_one_that_awaits_it(
    monkeypatch: pytest.MonkeyPatch, noted: list[str]
) -> None:
    def full(_: Day) -> dict[str, int]:
        raise OSError("no space left")

    def await_it(day: Day) -> dict[str, Any]:
        return day.warned.result()

    monkeypatch.setattr("carrears.dayrun.steps.write_warned", full)
    day = begun()
    _take(Step("cases", lambda _: {}, atomic=False, beside=begin_warnings), day)
    with pytest.raises(OSError, match="no space left"):
        _take(Step("warning", await_it, atomic=False), day)
    assert noted == ["cases"]


def test_a_run_that_is_taken_up_works_it_out_when_it_is_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Day] = []

    def write(day: Day) -> dict[str, int]:
        asked.append(day)
        return {"high": 3}

    monkeypatch.setattr("carrears.dayrun.steps.write_warned", write)
    day = begun("cases")
    _take(Step("cases", lambda _: {}, atomic=False, beside=begin_warnings), day)
    assert not asked
    assert (day.warned.result(), day.warned.result()) == ({"high": 3}, {"high": 3})
    assert asked == [day]
