"""Which notifications go to whom by WeCom: dated data, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from carrears.homefiles import HomeFileError, entry_on
from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("wecom.yaml")
# Of a message that reached nobody nobody is told by the same way.
Kind = Literal[
    "mention", "moved", "taken", "reply", "promise_broken", "approval", "dead_letters", "complaint",
    "complaint_due", "dispute", "dispute_due", "unplaced", "case_due",
]  # fmt: skip


class WecomTermsError(HomeFileError):
    """A file of messages by WeCom that cannot be used; names the file and what is wrong in it."""


class WecomTerms(BaseModel):
    """One entry; ``wecom.yaml`` says what each field does."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_on: Annotated[date, Field(alias="from")]
    kinds: tuple[Kind, ...]
    wait_minutes: int = Field(ge=0, le=1440)
    due_at: time = time(9)
    language: Literal["zh-CN", "en-US"]
    users: Mapping[str, Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]]
    retry_seconds: tuple[Annotated[int, Field(ge=1)], ...]

    def account_of(self, username: str) -> str:
        """The WeCom account of a user."""
        return self.users.get(username, username)


_FILE = TypeAdapter(tuple[WecomTerms, ...])


def load_wecom_terms(home: Path, *, on: date) -> WecomTerms:
    """The entry that holds on a day, of ``home/wecom.yaml`` where a lender keeps one.

    Raises:
        WecomTermsError: the file cannot be used, or has nothing for so early a day.
    """
    return entry_on(home / "wecom.yaml", _SHIPPED, on=on, file=_FILE, error=WecomTermsError)


@cache
def words_of(language: str) -> Mapping[str, str]:
    """What messages say, by kind of notification; ``title`` and ``open`` besides."""
    raw = load_yaml(Path(__file__).with_name("wecom_words.yaml").read_bytes())
    return {name: told_in[language] for name, told_in in raw.items()}
