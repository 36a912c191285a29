"""What may be disputed (争议): dated kinds as data, shipped or the lender's own."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from carrears.homefiles import HomeFileError, read_yaml, told

_SHIPPED = Path(__file__).with_name("dispute_kinds.yaml")


class DisputeKindsError(HomeFileError):
    """A file of kinds that cannot be used; names the file, the entry and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Named(_Strict):
    """Words in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=120)]
    en: Annotated[str, Field(min_length=1, max_length=120)]


class DisputeKind(_Strict):
    """One kind; ``dispute_kinds.yaml`` says what each field does."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
    title: Named
    amount: Literal["needed", "asked", "none"]
    asks: Named


class DisputeKinds(_Strict):
    """The kinds from a day on."""

    from_on: date = Field(alias="from")
    kinds: Annotated[tuple[DisputeKind, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once_each(self) -> DisputeKinds:
        names = [one.code for one in self.kinds]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"kinds: {twice[0]!r} stands twice")
        return self

    def find(self, code: str) -> DisputeKind | None:
        """The kind of that name."""
        return next((one for one in self.kinds if one.code == code), None)


def load_dispute_kinds(home: Path, *, on: date) -> DisputeKinds:
    """The kinds of a day: those of ``home/dispute_kinds.yaml`` where a lender keeps one.

    Raises:
        DisputeKindsError: a file that is no list of entries, a field that does not fit, or none
            that hold yet on that day.
    """
    path, entries = _entries(home)
    holding = [one for one in entries if one.from_on <= on]
    if not holding:
        raise DisputeKindsError(f"{path}: no kinds hold on {on}")
    return holding[-1]


def kinds_ever(home: Path) -> dict[str, DisputeKind]:
    """Every kind that there is or ever was, by code, as the newest entry that knows it has it."""
    entries = (*_read(_SHIPPED, 0), *_entries(home)[1])
    return {kind.code: kind for entry in entries for kind in entry.kinds}


def _entries(home: Path) -> tuple[Path, tuple[DisputeKinds, ...]]:
    own = home / "dispute_kinds.yaml"
    path = own if own.exists() else _SHIPPED
    return path, _read(path, path.stat().st_mtime_ns)


_FILE = TypeAdapter(tuple[DisputeKinds, ...])


@cache
def _read(path: Path, _changed_ns: int) -> tuple[DisputeKinds, ...]:
    try:
        entries = _FILE.validate_python(read_yaml(path, DisputeKindsError))
    except ValidationError as error:
        raise DisputeKindsError(f"{path}: {told(error)}") from error
    days = [one.from_on for one in entries]
    if not days or days != sorted(set(days)):
        raise DisputeKindsError(f"{path}: entries follow each other by their days")
    return entries
