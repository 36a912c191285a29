"""A lender's own message templates, refused where their words break a rule.

They lie in ``templates`` of the home, named as the shipped ones, whose place they take.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from carrears.conduct.pack import Pack
from carrears.conduct.wording import Objection, find_forbidden, find_missing
from carrears.outreach.templates import Template, TemplateError, load_template, template_keys

# How the lender's name stands in a template.
_SENDER = "{lender}"


def load_own_template(key: str, *, home: Path, packs: Sequence[Pack]) -> Template | None:
    """The lender's template ``key``, None where he has none.

    Raises:
        TemplateError: it asks for what no message can give, or its words are prohibited by one of
            ``packs``; names file, line and what is wrong.
    """
    folder = home / "templates"
    if key not in template_keys(folder):
        return None
    template = load_template(key, folder=folder)
    if refusal := _find_refusal(folder / f"{key}.yaml", template.version, tuple(packs)):
        raise TemplateError(refusal)
    return template


def own_template_keys(home: Path) -> list[str]:
    """The lender's own templates."""
    return template_keys(home / "templates")


@lru_cache(maxsize=256)
def _find_refusal(path: Path, version: str, packs: tuple[Pack, ...]) -> str:
    """Why the file of that ``version`` is refused; empty where it is not."""
    del version  # the file as it is now: another version is asked for anew
    template, lines = load_template(path.stem, folder=path.parent), _lines_of(path)
    for locale, (subject, body) in template.locales.items():
        for pack in packs:
            for part, text in (("subject", subject), ("body", body)):
                for found in _prohibited(find_forbidden(text, pack)):
                    line = lines[locale, part] + text.count("\n", 0, found.start)
                    return _say(path, line, pack, found)
            whole = f"{subject}\n\n{body}"
            missing = find_missing(whole, pack, channel=template.channel, sender=_SENDER)
            for found in _prohibited(missing):
                return _say(path, lines[locale, "body"], pack, found)
    return ""


def _prohibited(objections: Sequence[Objection]) -> Iterator[Objection]:
    return (each for each in objections if each.strength == "prohibited")


def _say(path: Path, line: int, pack: Pack, found: Objection) -> str:
    words = f"“{found.found}” — " if found.found else ""
    return (
        f"{path.name}, line {line}: {words}{found.says_zh} {found.says_en}"
        f" ({pack.name.upper()}, {found.citation})"
    )


def _lines_of(path: Path) -> dict[tuple[str, str], int]:
    """The line on which each text of a template begins; of a block that of its first words."""
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    assert root is not None  # noqa: S101  the file was read before
    return {
        (locale.value, part.value): text.start_mark.line + (2 if text.style in {"|", ">"} else 1)
        for key, locales in root.value
        if key.value == "locales"
        for locale, parts in locales.value
        for part, text in parts.value
    }
