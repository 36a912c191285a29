"""What may come of a contact (催收结果码): dated codes as data, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from carrears.homefiles import HomeFileError, read_yaml, told

_SHIPPED = Path(__file__).with_name("outcome_codes.yaml")

Way = Literal["call", "visit", "sms", "email", "letter", "im", "portal"]
Next = Literal[
    "none", "promise", "dispute", "hardship", "hospital", "bereavement", "legal", "complaint",
    "callback", "wrong_number", "no_contact",
]  # fmt: skip
NOT_DIALLED = "not_dialled"
TALKED = frozenset({"conversation", "answered_dropped", "answered_other_person"})
_CALLS = TALKED | {
    "no_answer", "busy", "rejected", "not_in_service", "number_invalid", "voicemail_left",
    "voicemail_no_message", NOT_DIALLED,
}  # fmt: skip
# What a channel may bring, in the words of the gate's counters.
RESULTS: Mapping[str, frozenset[str]] = {
    "call": _CALLS,
    "visit": frozenset({"met", "not_home"}),
} | dict.fromkeys(("sms", "email", "letter", "im", "portal"), frozenset({"received"}))
# By which channels a refusal is kept.
_REFUSABLE = frozenset({"call", "sms", "email", "portal"})
# With whom one speaks where the right party is reached.
_REACHED = frozenset({"conversation", "answered_dropped", "met", "received"})


class OutcomeCodesError(HomeFileError):
    """A file of codes that cannot be used; names the file, the entry and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Title(_Strict):
    """What a code is called."""

    zh: Annotated[str, Field(min_length=1, max_length=40)]
    en: Annotated[str, Field(min_length=1, max_length=60)]


class OutcomeCode(_Strict):
    """One code; ``outcome_codes.yaml`` says what each field does."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
    title: Title
    by: Annotated[Mapping[Way, str], Field(min_length=1)]
    right_party: bool = False
    effective: bool | None = None
    answered_by: Literal["", "relative", "colleague", "new_holder", "unknown"] = ""
    next: Next = "none"
    follow_up: Annotated[int, Field(ge=0, le=250)] | Literal["none", "keep"]

    @model_validator(mode="after")
    def _fits(self) -> OutcomeCode:
        for channel, result in self.by.items():
            if result not in RESULTS[channel]:
                known = ", ".join(sorted(RESULTS[channel]))
                raise ValueError(f"by.{channel}: {result!r} is none of {known}")
        results = set(self.by.values())
        if self.right_party and (self.answered_by or not results <= _REACHED):
            raise ValueError("right_party: nobody of the right party is reached by that")
        if self.effective and not results & TALKED:
            raise ValueError("effective: nobody is talked to by that")
        spoken_to_other = self.by.get("call") == "answered_other_person"
        if spoken_to_other != bool(self.answered_by):
            raise ValueError("answered_by: is for answered_other_person, which needs it")
        if self.next == "no_contact" and (others := set(self.by) - _REFUSABLE):
            raise ValueError(f"next: no refusal is kept of {', '.join(sorted(others))}")
        if self.next == "callback" and isinstance(self.follow_up, str):
            raise ValueError("follow_up: a call back needs the day that is offered")
        return self

    def result_by(self, channel: str) -> str:
        """What it means for the gate's counters by a channel of ``by``."""
        return cast("Mapping[str, str]", self.by)[channel]

    def is_effective(self, channel: str) -> bool:
        """Whether it was an effective contact (有效通话) by this channel."""
        talked = self.result_by(channel) == "conversation"
        return talked if self.effective is None else self.effective


class OutcomeCodes(_Strict):
    """The codes from a day on."""

    from_on: date = Field(alias="from")
    follow_up_at_most: int = Field(ge=1, le=366)
    codes: Annotated[tuple[OutcomeCode, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> OutcomeCodes:
        names = [one.code for one in self.codes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"codes: {twice[0]!r} stands twice")
        lacking = {NOT_DIALLED, "no_answer", "conversation"} - {
            one.by.get("call") for one in self.codes
        }
        if lacking:
            raise ValueError(f"codes: no code of a call means {', '.join(sorted(lacking))}")
        return self

    def find(self, code: str) -> OutcomeCode | None:
        """The code of that name."""
        return next((one for one in self.codes if one.code == code), None)

    def of(self, channel: str) -> tuple[OutcomeCode, ...]:
        """The codes that may come of a channel, in their order."""
        return tuple(one for one in self.codes if channel in one.by)


def load_outcome_codes(home: Path, *, on: date) -> OutcomeCodes:
    """The codes of a day: those of ``home/outcome_codes.yaml`` where a lender keeps one.

    Raises:
        OutcomeCodesError: a file that is no list of entries, a field that does not fit, or none
            that hold yet on that day.
    """
    path, entries = _entries(home)
    holding = [one for one in entries if one.from_on <= on]
    if not holding:
        raise OutcomeCodesError(f"{path}: no codes hold on {on}")
    return holding[-1]


def title_of(home: Path, code: str) -> Title | None:
    """What a code is, or was once called: by the newest entry that knows it, or as shipped."""
    for entries in (_entries(home)[1], _read(_SHIPPED, 0)):
        for entry in reversed(entries):
            if (found := entry.find(code)) is not None:
                return found.title
    return None


def _entries(home: Path) -> tuple[Path, tuple[OutcomeCodes, ...]]:
    own = home / "outcome_codes.yaml"
    path = own if own.exists() else _SHIPPED
    return path, _read(path, path.stat().st_mtime_ns)


_FILE = TypeAdapter(tuple[OutcomeCodes, ...])


@cache
def _read(path: Path, _changed_ns: int) -> tuple[OutcomeCodes, ...]:
    try:
        entries = _FILE.validate_python(read_yaml(path, OutcomeCodesError))
    except ValidationError as error:
        raise OutcomeCodesError(f"{path}: {told(error)}") from error
    days = [one.from_on for one in entries]
    if not days or days != sorted(set(days)):
        raise OutcomeCodesError(f"{path}: entries follow each other by their days")
    return entries
