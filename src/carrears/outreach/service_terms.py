"""What the house promises itself about its speed: dated data, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from carrears.homefiles import HomeFileError, read_yaml, told

_SHIPPED = Path(__file__).with_name("service_levels.yaml")

Level = Literal["first_action", "reply", "complaint"]
LEVELS: tuple[Level, ...] = ("first_action", "reply", "complaint")


class ServiceTermsError(HomeFileError):
    """A file of levels that cannot be used; names the file, the entry and what is wrong in it."""


class ServiceTerms(BaseModel):
    """One entry; ``service_levels.yaml`` says what each field does."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_on: Annotated[date, Field(alias="from")]
    days: int = Field(ge=1, le=92)
    first_action_days: int = Field(ge=0, le=30)
    reply_hours: int = Field(ge=1, le=240)
    targets: Mapping[Level, Annotated[float, Field(ge=0, le=1)]]

    @model_validator(mode="after")
    def _whole(self) -> ServiceTerms:
        if lacking := set(LEVELS) - self.targets.keys():
            raise ValueError(f"targets lacks {', '.join(sorted(lacking))}")
        return self


def load_service_terms(home: Path, *, on: date) -> ServiceTerms:
    """The entry that holds on a day, of ``home/service_levels.yaml`` where a lender keeps one.

    Raises:
        ServiceTermsError: the file cannot be used, or has nothing for so early a day.
    """
    own = home / "service_levels.yaml"
    path = own if own.exists() else _SHIPPED
    held = [one for one in _read(path, path.stat().st_mtime_ns) if one.from_on <= on]
    if not held:
        raise ServiceTermsError(f"{path}: no entry holds on {on}")
    return max(held, key=lambda one: one.from_on)


@cache
def _read(path: Path, _changed_ns: int) -> tuple[ServiceTerms, ...]:
    try:
        return TypeAdapter(tuple[ServiceTerms, ...]).validate_python(
            read_yaml(path, ServiceTermsError)
        )
    except ValidationError as error:
        raise ServiceTermsError(f"{path}: {told(error)}") from error
