"""What people are asked to agree to: purposes, and the versioned words of each in each language.

Shipped in ``consent_texts.yaml``; ``CARREARS_HOME/consents.yaml`` adds a lender's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from carrears.yamls import load_yaml

_SHIPPED = Path(__file__).with_name("consent_texts.yaml")
CONTACT = "contact"  # the purpose that a word on a channel alone is about
LANGUAGES = ("zh", "en")


class ConsentTextsError(Exception):
    """A file of consents cannot be used; the message names it and what is wrong."""


class Purpose(BaseModel):
    """What a consent is for.

    Attributes:
        name: how it is called, by language.
        law: the provision that asks for the consent, by language.
        scopes: the scope of the gate's facts by channel; null: only a refusal counts.
        scope: the scope where the consent names no channel.
        separate: whether the law wants a consent of its own for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Mapping[str, str]
    law: Mapping[str, str]
    scopes: Mapping[str, str | None] = {}
    scope: str | None = None
    separate: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.scopes) == (self.scope is not None):
            raise ValueError("a purpose has either scopes by channel, or one scope")
        return self

    def takes(self, channel: str) -> bool:
        """Whether a consent to it may name this channel; empty for none."""
        return channel in self.scopes if self.scopes else not channel

    def scope_of(self, channel: str) -> str | None:
        """The scope of the gate's facts that a yes on this channel is."""
        return self.scopes.get(channel) if self.scopes else self.scope


class ConsentText(BaseModel):
    """One version of what is agreed to, in every language that it is asked in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: str
    from_on: date
    words: Mapping[str, str]


class ConsentTexts(BaseModel):
    """All purposes, and all texts by version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purposes: Mapping[str, Purpose] = {}
    texts: Mapping[str, ConsentText] = {}


def load_consent_texts(home: Path) -> ConsentTexts:
    """The shipped purposes and texts, with what ``home/consents.yaml`` adds.

    Raises:
        ConsentTextsError: the file is malformed, changes what is shipped, or a text is for no
            purpose.
    """
    own = home / "consents.yaml"
    return _merge(own if own.exists() else None, own.stat().st_mtime_ns if own.exists() else 0)


@cache
def _merge(own: Path | None, _changed_ns: int) -> ConsentTexts:
    shipped = _read(_SHIPPED)
    added = _read(own) if own else ConsentTexts()
    changed = (shipped.purposes.keys() & added.purposes.keys()) | (
        shipped.texts.keys() & added.texts.keys()
    )
    if changed:
        raise ConsentTextsError(f"{own}: {', '.join(sorted(changed))} would change what is shipped")
    found = ConsentTexts(
        purposes={**shipped.purposes, **added.purposes}, texts={**shipped.texts, **added.texts}
    )
    for version, text in found.texts.items():
        if text.purpose not in found.purposes:
            raise ConsentTextsError(f"{own}: text {version} is for no purpose: {text.purpose}")
        if missing := [one for one in LANGUAGES if one not in text.words]:
            raise ConsentTextsError(f"{own}: text {version} has no words in {', '.join(missing)}")
    return found


def _read(path: Path) -> ConsentTexts:
    try:
        raw: Any = load_yaml(path.read_text(encoding="utf-8"))
        return ConsentTexts.model_validate(raw or {})
    except (yaml.YAMLError, ValidationError) as error:
        raise ConsentTextsError(f"{path}: {error}") from error
