"""Every command, argument and option is on the page of commands, with its default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from docs.pages import code_of, table_rows

from carrears.cli import (
    access,
    alerts,
    analytics,
    app,
    appeals,
    backup,
    book,
    conduct,
    conduct_lists,
    conduct_replay,
    conduct_spread,
    conduct_words,
    consents,
    day,
    demo,
    evidence,
    experiment,
    house,
    keys,
    ledger,
    letters,
    parties,
    placements,
    recordings,
    reports,
    simulate,
    sms,
    strategy,
    strategy_steps,
    templates,
    tokens,
    upgrade,
    vault,
    witness,
    worker,
)

_REGISTERED = (
    access,
    alerts,
    analytics,
    appeals,
    backup,
    book,
    conduct,
    conduct_lists,
    conduct_replay,
    conduct_spread,
    conduct_words,
    consents,
    day,
    demo,
    evidence,
    experiment,
    house,
    keys,
    ledger,
    letters,
    parties,
    placements,
    recordings,
    reports,
    simulate,
    sms,
    strategy,
    strategy_steps,
    templates,
    tokens,
    upgrade,
    vault,
    witness,
    worker,
)


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for word, inner in command.commands.items():
            yield from _commands(inner, f"{name} {word}")
    else:
        yield name, command


def _names(parameter: Any) -> frozenset[str]:
    if parameter.param_type_name == "argument":
        return frozenset({parameter.name.upper()})
    return frozenset([*parameter.opts, *parameter.secondary_opts])


def _default(parameter: Any) -> str | None:
    """The default as the page writes it; None where the page explains it in words."""
    if parameter.required:
        return "required"
    if isinstance(parameter.default, bool):
        names = [name.removeprefix("--") for name in (*parameter.opts, *parameter.secondary_opts)]
        return "off" if len(names) == 1 else names[0] if parameter.default else names[1]
    return None if parameter.default is None else str(parameter.default)


COMMANDS = dict(_commands(typer.main.get_command(app), "carrears"))


@pytest.fixture(scope="session")
def sections(docs: Path) -> dict[str, str]:
    page = (docs / "commands.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_its_section_and_no_other(sections: dict[str, str]) -> None:
    assert sorted(sections) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_options_and_defaults_are_those_of_the_command(name: str, sections: dict[str, str]) -> None:
    documented = {one: row[1] for row in table_rows(sections[name]) for one in code_of(row[0])}
    shown = [one for one in COMMANDS[name].params if not one.hidden and one.name != "help"]
    assert set(documented) == {one for parameter in shown for one in _names(parameter)}
    for parameter in shown:
        expected = _default(parameter)
        told = {documented[one] for one in _names(parameter)}
        assert expected is None or told == {expected}, parameter.name


def test_the_usage_line_names_every_option(sections: dict[str, str]) -> None:
    for name, section in sections.items():
        usage = code_of(section.strip().splitlines()[0])
        assert usage[0].startswith(name)
        for parameter in COMMANDS[name].params:
            if not parameter.hidden and parameter.name != "help":
                assert any(one in " ".join(usage) for one in _names(parameter)), (name, parameter)
