"""Message templates: versioned, in each language, with variables that cannot do harm.

A template is one YAML file in ``strategies/templates``. Its placeholders are plain names in
braces; nothing else is understood, so that neither an author nor a debtor's name can reach
into the program. What a variable holds is text when it is put in, on one line.
"""

from __future__ import annotations

import hashlib
import html
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from babel.dates import format_date
from pydantic import BaseModel, ConfigDict, ValidationError

from carrears.money import Money
from carrears.resources import shipped

Value = str | int | date | Money

# What a template may ask for. Each message of a case can give all of them.
VARIABLES: dict[str, type] = {
    "name": str,
    "lender": str,
    "phone": str,
    "opt_out_url": str,
    "loan_no": str,
    "as_of": date,
    "dpd": int,
    "arrears": Money,
    "arrears_principal": Money,
    "arrears_interest": Money,
    "arrears_fee": Money,
    "oldest_due_on": date,
    "next_due_on": date,
    "next_due_amount": Money,
}
# What every message must show: who writes, how to reach him, how to be left alone. A text is
# answered with a word instead of a link; which words tell so is the pack's to say.
_REQUIRED = {"email": {"lender", "phone", "opt_out_url"}, "sms": {"lender", "phone"}}
_NAME = re.compile(r"[a-z_]+")
# Control characters, line breaks, and marks that turn the direction of what follows.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


class TemplateError(ValueError):
    """A template or its variables cannot make a message; names the template and the place."""


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = ""
    body: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    channel: Literal["email", "sms"]
    purpose: Literal["collect", "service_notice"]
    about: str
    locales: dict[str, _Text]


@dataclass(frozen=True, slots=True)
class Template:
    """One template in all its languages; ``version`` is the SHA-256 of its file."""

    key: str
    channel: str
    purpose: str
    about: str
    version: str
    locales: Mapping[str, tuple[str, str]]

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
    if not _NAME.fullmatch(key) or not path.is_file():
        raise TemplateError(f"there is no template {key!r}")
    return _load(path, path.stat().st_mtime_ns)


def template_keys(folder: Path | None = None) -> list[str]:
    """All templates there are."""
    where = folder or shipped("strategies") / "templates"
    return sorted(path.stem for path in where.glob("*.yaml"))


@cache
def _load(path: Path, _changed_ns: int) -> Template:
    raw = path.read_bytes()
    try:
        file = _File.model_validate(yaml.safe_load(raw))
    except (yaml.YAMLError, ValidationError) as error:
        raise TemplateError(f"{path.name}: {error}") from error
    if file.key != path.stem or not file.locales:
        raise TemplateError(f"{path.name}: key {file.key!r}, languages {[*file.locales]}")
    for locale, text in file.locales.items():
        _check(f"{path.name} ({locale})", text, file.channel)
    return Template(
        key=file.key,
        channel=file.channel,
        purpose=file.purpose,
        about=file.about,
        version=hashlib.sha256(raw).hexdigest(),
        locales={locale: (text.subject, text.body) for locale, text in file.locales.items()},
    )


def _check(place: str, text: _Text, channel: str) -> None:
    if channel == "sms" and text.subject:
        raise TemplateError(f"{place}: a text message has no subject")
    if channel != "sms" and len(text.subject.splitlines()) != 1:
        raise TemplateError(f"{place}: the subject has more than one line")
    asked = _placeholders(place, text.subject) | _placeholders(place, text.body)
    if unknown := asked - set(VARIABLES):
        raise TemplateError(f"{place}: unknown variables {', '.join(sorted(unknown))}")
    if missing := _REQUIRED[channel] - asked:
        raise TemplateError(f"{place}: a message must show {', '.join(sorted(missing))}")


def _placeholders(place: str, text: str) -> set[str]:
    found = set()
    try:
        for _, name, spec, conversion in string.Formatter().parse(text):
            if name is None:
                continue
            if spec or conversion or not _NAME.fullmatch(name):
                raise TemplateError(f"{place}: {{{name}}} is not a plain variable")
            found.add(name)
    except ValueError as error:
        raise TemplateError(f"{place}: {error}") from error
    return found


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
        return format_date(value, format="long", locale=locale.replace("-", "_"))
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
