"""Reasons keep what they are made of, so that they can be said in another language."""

from __future__ import annotations

import ast
from pathlib import Path

import carrears.strategy
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.reasons import in_other_words, reason_of, say
from carrears.strategy.syntax import UnknownSyntaxError

ROOM = Path(carrears.strategy.__file__).parent
ERRORS = {"UnknownSyntaxError", "RefusedError", "DocumentError", "FactsError", "DraftError"}
SHOUTED = {
    "{place}: {reason}": "{reason} @ {place}",
    "node {node!r}": "NODE {node!r}",
    "rule {row}": "RULE {row}",
    "{first}, {second}": "{first}/{second}",
    "{text!r}: {error}": "{error} ({text!r})",
    "{name}() needs a list": "{name}() WANTS A LIST",
    "no input node": "NO INPUT",
}


def shout(text: str) -> str:
    return SHOUTED.get(text, text)


def test_a_reason_is_its_sentence() -> None:
    reason = say("{name}() needs a list", name="sum")
    assert reason == "sum() needs a list"
    assert in_other_words(reason, shout) == "sum() WANTS A LIST"


def test_reasons_within_a_reason_are_put_into_other_words_too() -> None:
    within = UnknownSyntaxError(say("{name}() needs a list", name="sum"))
    error = RefusedError(Place("t", 3), say("{text!r}: {error}", text="sum(x)", error=within))
    assert str(error) == "node 't', rule 3: 'sum(x)': sum() needs a list"
    assert in_other_words(error, shout) == "sum() WANTS A LIST ('sum(x)') @ NODE 't'/RULE 3"


def test_a_plain_sentence_is_translated_whole_and_an_unknown_one_stays() -> None:
    assert in_other_words(UnknownSyntaxError("no input node"), shout) == "NO INPUT"
    assert in_other_words("{braces} stay", shout) == "{braces} stay"
    assert in_other_words("", shout) == ""


def test_an_error_hands_its_reason_on_whole() -> None:
    reason = say("{name}() needs a list", name="sum")
    assert reason_of(UnknownSyntaxError(reason)) is reason
    assert reason_of(KeyError("a", "b")) == "('a', 'b')"


def test_no_reason_is_a_sentence_without_its_parts() -> None:
    glued = [
        f"{path.name}:{call.lineno}"
        for path in sorted(ROOM.glob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ERRORS
        and any(isinstance(argument, ast.JoinedStr) for argument in call.args)
    ]
    assert glued == []
