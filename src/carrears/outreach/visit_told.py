"""What a visitor's phone tells of a visit: its words, checked before anything is kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

StepName = Literal["check_in", "photo", "signature", "result", "check_out"]
_WITH_FILE = frozenset({"photo", "signature"})


class Position(BaseModel):
    """Where a device says it is: degrees of WGS 84, and within how many metres."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    accuracy_m: Annotated[float, Field(ge=0, le=10_000_000)]


class ToldStep(BaseModel):
    """One step as the phone tells it.

    ``claimed_at`` is when it happened and ``sent_at`` when it was sent, both by the phone's clock.
    A check-in says where one is, or why not. A signature is a drawing, or a name that was typed.
    A result says ``alone`` where the second of the two was not there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    kind: StepName
    claimed_at: AwareDatetime
    sent_at: AwareDatetime | None = None
    position: Position | None = None
    no_position: Literal["", "denied", "unavailable"] = ""
    signer: Literal["", "debtor", "visitor", "other"] = ""
    typed_name: Annotated[str, Field(max_length=80)] = ""
    code: Annotated[str, Field(max_length=24)] = ""
    note: Annotated[str, Field(max_length=4000)] = ""
    follow_up_on: date | None = None
    alone: bool = False

    @model_validator(mode="after")
    def _fits(self) -> ToldStep:
        if self.position is not None and self.no_position:
            raise ValueError("position: given and refused at once")
        if self.kind == "check_in" and self.position is None and not self.no_position:
            raise ValueError("no_position: a check-in without a position says why")
        if self.kind == "signature" and not self.signer:
            raise ValueError("signer: whose signature is it?")
        if self.kind == "result" and not self.code:
            raise ValueError("code: a result is told by a code")
        return self

    @property
    def takes_file(self) -> bool:
        """Whether a picture comes with it."""
        return self.kind in _WITH_FILE

    def words(self) -> dict[str, object]:
        """What of it is personal, and is sealed."""
        named = ("position", "signer", "typed_name", "code", "note", "follow_up_on", "alone")
        told = self.model_dump(mode="json", include=set(named))
        return {name: value for name, value in told.items() if value}
