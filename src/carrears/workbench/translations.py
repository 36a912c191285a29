"""Messages of the screens: found in templates and code, kept in a ``.po``, compiled to ``.mo``.

``python -m carrears.workbench.translations`` compiles; with ``update`` it first brings the
catalogue to the messages that the package uses now. GNU gettext is not needed.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parents[1]
CATALOGUE = Path(__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

# Django's own names for marking a message, as Python code and turned templates use them.
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}

# Who says in these rooms why something is refused, as ``str.format``.
_SAYING = {
    "say", "UnknownSyntaxError", "FailsAlwaysError", "DocumentError", "RefusedError", "FactsError",
    "DraftError", "StaleDraftError", "ExperimentError", "BookError", "ContenderError",
}  # fmt: skip

_SAYING_FILES = (
    "strategy/*.py",
    "experiments/*.py",
    "simulation/*.py",
    "outreach/template_experiments.py",
)

# Django turns a template into calls strewn over other text, which is not quite Python.
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"\b(n?p?gettext|_)\(({_STRING}(?:, ?{_STRING})*)")

Message = tuple[str, int, str | tuple[str, ...], str | None]


def find_messages(package: Path = PACKAGE) -> Iterator[Message]:
    """Every message marked for translation: file, line, message (or its plurals), context."""
    for path in sorted(package.rglob("*.py")):
        yield from _extract(path, path.read_text(encoding="utf-8"), package)
    for path in sorted(path for files in _SAYING_FILES for path in package.glob(files)):
        for line, message in _reasons(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.relative_to(package).as_posix(), line, message, None
    for path in sorted(package.glob("**/templates/**/*.html")):
        turned = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        calls = "\n".join(f"{name}({strings})" for name, strings in _CALL.findall(turned))
        yield from _extract(path, calls, package)


def _reasons(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What a strategy is refused for: templates of ``say`` and plain texts of its errors."""
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        if call.func.id in _SAYING:
            texts = [one.value for one in call.args if isinstance(one, ast.Constant)]
            yield from ((call.lineno, text) for text in texts if isinstance(text, str))


def _extract(path: Path, source: str, package: Path) -> Iterator[Message]:
    name = path.relative_to(package).as_posix()
    for line, message, _comments, context in extract(
        "python", io.BytesIO(source.encode()), keywords=_KEYWORDS
    ):
        yield name, line, message, context


def collect(package: Path = PACKAGE) -> Catalog:
    """The messages as a template catalogue, without line numbers, which only make noise."""
    found = Catalog(project="Carrears", charset="utf-8", fuzzy=False)
    for name, _line, message, context in find_messages(package):
        found.add(message, locations=[(name, 0)], context=context)
    return found


def read_catalogue(path: Path = CATALOGUE) -> Catalog:
    """The catalogue as it is kept."""
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def update(path: Path = CATALOGUE) -> Catalog:
    """Bring the catalogue to the messages in use; translations of unused ones are dropped."""
    kept = read_catalogue(path) if path.exists() else Catalog(locale="zh_Hans", fuzzy=False)
    kept.update(collect(), no_fuzzy_matching=True)
    kept.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, kept, width=100, sort_output=True, include_lineno=False, omit_header=True)
    return kept


def untranslated(catalogue: Catalog) -> list[str]:
    """Messages in use that the catalogue does not translate."""
    missing = []
    for message in collect():
        kept = catalogue.get(message.id, context=message.context) if message.id else None
        texts = kept.string if kept is not None else ""
        if message.id and not all(texts if isinstance(texts, tuple) else (texts,)):
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return missing


def compile_catalogue(path: Path = CATALOGUE) -> bool:
    """Write the ``.mo`` beside the ``.po``; false when it is newer already."""
    compiled = path.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime_ns >= path.stat().st_mtime_ns:
        return False
    buffer = io.BytesIO()
    write_mo(buffer, read_catalogue(path))
    compiled.write_bytes(buffer.getvalue())
    return True


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compile the screens' translations.")
    parser.add_argument("task", nargs="?", default="compile", choices=["compile", "update"])
    given = parser.parse_args(arguments)
    if given.task == "update":
        missing = untranslated(update())
        sys.stdout.write("".join(f"untranslated: {text}\n" for text in missing))
    done = compile_catalogue()
    sys.stdout.write("messages: compiled\n" if done else "messages: nothing changed\n")


if __name__ == "__main__":
    main()
