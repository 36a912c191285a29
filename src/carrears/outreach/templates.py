"""Message templates: in each language, with variables that cannot do harm.

A template is one YAML file in ``strategies/templates``, or a version that was approved
(``template_versions``). Its placeholders are plain names in
braces; nothing else is understood, so that neither an author nor a debtor's name can reach
into the program. What a variable holds is text when it is put in, on one line.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from babel.dates import format_date
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carrears.money import Money, babel_locale
from carrears.outreach.template_faults import find_faults
from carrears.outreach.template_variables import (
    PLAIN,
    VARIABLES,
    Kind,
    PlaceholderError,
    Value,
    read_placeholders,
)
from carrears.resources import shipped
from carrears.strategy.manner import Tone
from carrears.yamls import load_yaml

# Control characters, line breaks, and marks that turn the direction of what follows.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


Channel = Literal["email", "sms", "letter", "portal"]
Purpose = Literal["collect", "service_notice"]
Stage = Literal["current", "early", "mid", "late"]
Offer = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,23})?$")]


class TemplateError(ValueError):
    """A template or its variables cannot make a message; names the template and the place."""


class TemplateText(BaseModel):
    """What one language says; texts have no subject."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = ""
    body: str


class TemplateFile(BaseModel):
    """A template as its file says it.

    Without ``stages`` it is for all; ``variables`` declare the kind of each, and may be left out.
    A variant names the template in whose place it may be said, its tone and what it offers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    channel: Channel
    purpose: Purpose
    about: str
    stages: tuple[Stage, ...] = ()
    variant_of: Annotated[str, Field(max_length=40)] = ""
    tone: Tone | Literal[""] = ""
    offer: Offer = ""
    variables: dict[str, Kind] | None = None
    locales: dict[str, TemplateText]

    @property
    def texts(self) -> dict[str, tuple[str, str]]:
        """By language, the subject and the body."""
        return {locale: (text.subject, text.body) for locale, text in self.locales.items()}


@dataclass(frozen=True, slots=True)
class Template:
    """One template in all its languages.

    ``version`` is the SHA-256 of its file or of its row's words; the file is number 1.
    """

    key: str
    channel: str
    purpose: str
    about: str
    version: str
    locales: Mapping[str, tuple[str, str]]
    stages: tuple[str, ...] = ()
    number: int = 1
    variant_of: str = ""
    tone: str = ""
    offer: str = ""

    def is_written_in(self, language: str) -> bool:
        """Whether it has words in ``language`` (BCP 47) or the same language of another place."""
        base = language.partition("-")[0]
        return not base or any(one.partition("-")[0] == base for one in self.locales)

    def locale_for(self, language: str) -> str:
        """The template's nearest language to ``language`` (BCP 47), else its first."""
        if language in self.locales:
            return language
        base = language.partition("-")[0]
        same = [one for one in self.locales if one.partition("-")[0] == base]
        return same[0] if same else next(iter(self.locales))


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message: one line of subject, plain text, and the same as HTML.

    ``values`` are what its variables were filled with, as shown.
    """

    subject: str
    text: str
    html: str
    values: Mapping[str, str] = field(default_factory=dict)


def load_template(key: str, *, folder: Path | None = None) -> Template:
    """The template ``key`` of the shipped ones, or of ``folder``.

    Raises:
        TemplateError: no such template, or it asks for what no message can give.
    """
    where = folder or shipped("strategies") / "templates"
    path = where / f"{key}.yaml"
    if not PLAIN.fullmatch(key) or not path.is_file():
        raise TemplateError(f"there is no template {key!r}")
    return _load(path, path.stat().st_mtime_ns)


def template_keys(folder: Path | None = None) -> list[str]:
    """All templates there are."""
    where = folder or shipped("strategies") / "templates"
    return sorted(path.stem for path in where.glob("*.yaml"))


@cache
def _load(path: Path, _changed_ns: int) -> Template:
    raw = path.read_bytes()
    file = read_file(path.name, raw)
    if file.key != path.stem:
        raise TemplateError(f"{path.name}: key {file.key!r}, languages {[*file.locales]}")
    if faults := find_faults(file.texts, channel=file.channel, declared=file.variables):
        raise TemplateError(f"{path.name}: {'; '.join(map(str, faults))}")
    return Template(
        key=file.key,
        channel=file.channel,
        purpose=file.purpose,
        about=file.about,
        version=hashlib.sha256(raw).hexdigest(),
        locales=file.texts,
        stages=file.stages,
        variant_of=file.variant_of,
        tone=file.tone,
        offer=file.offer,
    )


def read_file(name: str, raw: bytes) -> TemplateFile:
    """A template's file as it says it; its words are not looked at.

    Raises:
        TemplateError: it is none; names the field.
    """
    try:
        return TemplateFile.model_validate(load_yaml(raw))
    except (yaml.YAMLError, ValidationError) as error:
        raise TemplateError(f"{name}: {error}") from error


@lru_cache(maxsize=1_024)
def _placeholders(place: str, text: str) -> frozenset[str]:
    try:
        return frozenset(name for name, _ in read_placeholders(text))
    except PlaceholderError as error:
        raise TemplateError(f"{place}: {error}") from error


def asks_for(template: Template, locale: str) -> frozenset[str]:
    """The variables of a template in one of its languages."""
    subject, body = template.locales.get(locale, ("", ""))
    return _placeholders(template.key, subject) | _placeholders(template.key, body)


def render(template: Template, locale: str, values: Mapping[str, Value]) -> Message:
    """The message in one of the template's languages.

    Raises:
        TemplateError: no such language, or a variable is missing or of the wrong kind.
    """
    if locale not in template.locales:
        raise TemplateError(f"{template.key} has no text in {locale}")
    subject, body = template.locales[locale]
    asked = _placeholders(template.key, subject) | _placeholders(template.key, body)
    shown = {name: _shown(template.key, name, values.get(name), locale) for name in asked}
    text = body.format_map(shown)
    return Message(subject.format_map(shown), text, _as_html(text, locale), shown)


def _shown(key: str, name: str, value: Value | None, locale: str) -> str:
    kind = VARIABLES[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TemplateError(f"{key}: {name} must be given as {kind.__name__}, not {value!r}")
    if isinstance(value, Money):
        return value.format(locale)
    if isinstance(value, date):
        return format_date(value, format="long", locale=babel_locale(locale))
    # A line break in a name could begin a new header or a new paragraph in our words.
    return _BREAKS.sub(" ", str(value)).strip()


def _as_html(text: str, locale: str) -> str:
    paragraphs = "".join(
        f"<p>{html.escape(part.strip()).replace(chr(10), '<br>')}</p>"
        for part in text.split("\n\n")
        if part.strip()
    )
    head = f'<!doctype html><html lang="{locale}"><meta charset="utf-8">'
    return f"{head}<body>{paragraphs}</body></html>"
