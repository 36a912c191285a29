"""Files of the lender's own in ``CARREARS_HOME``: one kind of error for all that cannot be used."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import yaml
from pydantic import TypeAdapter, ValidationError

from carrears.yamls import load_yaml


class HomeFileError(ValueError):
    """A file that cannot be used; its message names the file, the field and what is wrong there.

    It says nothing of anybody, so that pages and answers may quote it.
    """


def read_yaml(path: Path, error: type[HomeFileError]) -> Any:
    """What the file holds.

    Raises:
        error: it cannot be read, or is no YAML; with the line where that shows.
    """
    try:
        return load_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        raise error(f"{path}: not YAML: {fault}") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise error(f"{path}: {fault}") from fault


class Dated(Protocol):
    """An entry of a file whose entries hold from a day on, each until the next."""

    @property
    def from_on(self) -> date:
        """The first day on which it holds."""
        ...


_Entry = TypeVar("_Entry", bound=Dated)


def entry_on(
    own: Path,
    shipped: Path,
    *,
    on: date,
    file: TypeAdapter[tuple[_Entry, ...]],
    error: type[HomeFileError],
) -> _Entry:
    """The entry that holds on a day, of the lender's ``own`` file where there is one.

    A file is read again once it changes.

    Raises:
        error: the file cannot be used, its entries do not follow each other by their days, or
            none holds yet on so early a day.
    """
    path, failing = own if own.exists() else shipped, cast(Any, error)
    known: tuple[_Entry, ...] = _entries(path, path.stat().st_mtime_ns, file, failing)
    held = [one for one in known if one.from_on <= on]
    if not held:
        raise error(f"{path}: no rules hold on {on}")
    return held[-1]


@cache
def _entries(
    path: Path, _changed_ns: int, file: TypeAdapter[tuple[Any, ...]], error: type[HomeFileError]
) -> tuple[Any, ...]:
    try:
        entries = file.validate_python(read_yaml(path, error))
    except ValidationError as fault:
        raise error(f"{path}: {told(fault)}") from fault
    days = [one.from_on for one in entries]
    if not days or days != sorted(set(days)):
        raise error(f"{path}: entries follow each other by their days")
    return entries


def told(fault: ValidationError, *, within: str = "") -> str:
    """Which fields do not fit and why, in one line: ``times.broken: Input should be …``."""
    lines = []
    for one in fault.errors(include_url=False, include_input=False):
        where = ".".join(str(step) for step in (within, *one["loc"]) if step != "")
        lines.append(f"{where}: {one['msg']}" if where else one["msg"])
    return "; ".join(lines)
