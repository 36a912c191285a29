"""Text of the engine's expression language to words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from carrears.strategy.reasons import say
from carrears.strategy.syntax import UnknownSyntaxError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:_\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$#]|\.\d))"
    r"|(?P<string>'[^']*'|\"[^\"]*\")"
    r"|(?P<template>`)"
    r"|(?P<joint>not in(?![\w$#]))"
    r"|(?P<name>\$?[A-Za-z_][A-Za-z0-9_]*(?![\w$#])|\$(?![\w$#])|\#(?![\w$#]))"
    r"|(?P<op>\.\.|\?\?|==|!=|<=|>=|[-+*/%^<>()\[\]{},.?:=;]))"
)
_WORDS = frozenset({"and", "or", "in", "not"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an expression, and where it begins and ends.

    ``kind`` is number, string, name, op, or template; a template's ``parts`` are its texts
    and the words of its expressions, in turn.
    """

    kind: str
    text: str
    start: int
    end: int
    parts: tuple[str | tuple[Token, ...], ...] = ()


def tokenize(source: str) -> list[Token]:
    """The words of an expression.

    Raises:
        UnknownSyntaxError: a character that is none of the language's that we know.
    """
    tokens, end = _scan(source, 0, inside=False)
    if source[end:].strip():
        raise UnknownSyntaxError(say("{rest!r} cannot be compiled", rest=source[end:].strip()[:12]))
    return tokens


def _scan(source: str, begin: int, *, inside: bool) -> tuple[list[Token], int]:
    """The words from here on; inside a template up to the brace that closes the expression."""
    tokens: list[Token] = []
    position = begin
    while source[position:].strip():
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            raise UnknownSyntaxError(
                say("{rest!r} cannot be compiled", rest=source[position:].strip()[:12])
            )
        group, start = match.lastgroup, match.start(match.lastgroup)
        if group == "template":
            if inside:
                raise UnknownSyntaxError("a template within a template cannot be compiled")
            token = _template(source, start)
        else:
            token = _token(group, match[group], start)
        if inside and token.text in {"}", "{"} and token.kind == "op":
            return tokens, start
        tokens.append(token)
        position = token.end
    return tokens, position


def _token(group: str, text: str, start: int) -> Token:
    kind = "op" if group == "joint" or text in _WORDS else group
    return Token(kind, text, start, start + len(text))


def _template(source: str, start: int) -> Token:
    parts: list[str | tuple[Token, ...]] = []
    position = start + 1
    while True:
        stop = source.find("`", position)
        opened = source.find("${", position)
        if stop < 0:
            raise UnknownSyntaxError("a template has no end")
        if opened < 0 or stop < opened:
            parts.append(source[position:stop])
            return Token("template", source[start : stop + 1], start, stop + 1, tuple(parts))
        parts.append(source[position:opened])
        words, position = _scan(source, opened + 2, inside=True)
        if source[position : position + 1] != "}":
            raise UnknownSyntaxError("an expression in a template has no end")
        parts.append(tuple(words))
        position += 1
