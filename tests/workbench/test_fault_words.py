"""Each reason for which a row of a tape is kept aside is said in Chinese, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from carrears import exchange
from carrears.exchange.faults_kept import kept_fault
from carrears.exchange.models import ERASED
from carrears.exchange.tape import FieldError
from carrears.workbench.fault_words import fault_words

_FOLDER = Path(exchange.__file__).parent
_SAYING = {"BadValue", "blame", "Broken"}


def test_each_reason_that_the_readers_have_is_known() -> None:
    found = sorted({*_reasons(), *_BOUNDS, ERASED})
    assert len(found) > len(_BOUNDS) + 15

    with override("zh-hans"):
        said = {one: fault_words(one) for one in found}

    assert [one for one, words in said.items() if words.isascii()] == []
    with override("en"):
        assert {one: fault_words(one) for one in found} == {one: one for one in found}


_BOUNDS = [
    f"{value}must be {said} 1{hint}"
    for value in ("", "0.5 ")
    for said in ("at least", "at most", "more than", "less than")
    for hint in ("", "; a percentage wants `parse: percent`")
]


@pytest.mark.parametrize("reason", ["", "what nobody says", "'张三' is nobody"])
def test_what_is_not_known_stays_as_it_is(reason: str) -> None:
    with override("zh-hans"):
        assert fault_words(reason) == reason


def _reasons() -> Iterator[str]:
    """What is said of a row in the code, as it is kept; 7 stands for what is filled in."""
    for path in {*_FOLDER.glob("*.py")} - {_FOLDER / "sniffing.py"}:  # that is of whole files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for text in _said(node):
                kept = str(kept_fault(FieldError("x", text))["reason"])
                if kept == "must be 7 7":
                    continue  # see _BOUNDS
                first = kept.split(" ", maxsplit=1)[0]
                if first in {"is", "has", "must", "0,"} or " lies before " in kept:
                    yield kept


def _said(node: ast.AST) -> Iterator[str]:
    """What stands as the words of a reason: an argument, a result, or a name's value."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = node.args if name in _SAYING else []
    elif isinstance(node, ast.Return | ast.Assign):
        given = [node.value] if node.value is not None else []
    elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
        given = node.value.elts
    else:
        given = []
    for one in given:
        if isinstance(one, ast.JoinedStr):
            yield "".join(_piece(piece) for piece in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _piece(piece: ast.expr) -> str:
    if isinstance(piece, ast.FormattedValue):
        return "'7'" if piece.conversion == ord("r") else "7"
    return str(piece.value) if isinstance(piece, ast.Constant) else ""
