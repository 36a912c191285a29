"""What the house promises itself about its speed: dated data, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from carrears.homefiles import HomeFileError, entry_on

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


_FILE = TypeAdapter(tuple[ServiceTerms, ...])


def load_service_terms(home: Path, *, on: date) -> ServiceTerms:
    """The entry that holds on a day, of ``home/service_levels.yaml`` where a lender keeps one.

    Raises:
        ServiceTermsError: the file cannot be used, or has nothing for so early a day.
    """
    return entry_on(
        home / "service_levels.yaml", _SHIPPED, on=on, file=_FILE, error=ServiceTermsError
    )
