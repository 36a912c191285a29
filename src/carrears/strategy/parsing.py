"""Words to a syntax tree, by the engine's own grammar and binding of operators.

Loosest first: ``or``, ``and``, comparisons and ``in``, ``+ -``, ``* / %``, ``^`` (from the
right), ``??``; before an operand ``not`` binds like a comparison's right side, ``-`` tightest,
so ``-2^2`` is 4. What this parser does not know it refuses; it never guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NoReturn

from carrears.strategy.constants import FailsAlwaysError, fold_tree, is_constant
from carrears.strategy.lexing import Token, tokenize
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.syntax import (
    COMPARISONS,
    Binary,
    Call,
    Choice,
    Const,
    Each,
    Expr,
    Fetch,
    Interval,
    Items,
    Member,
    Method,
    Pairs,
    Pointer,
    Program,
    Ref,
    Root,
    Slice,
    Subject,
    Template,
    Unary,
    UnknownSyntaxError,
)

_LITERALS = {"true": True, "false": False, "null": None}
_JOINTS = {"and", "or"}
_BINDING: dict[str, int] = (
    {"or": 10, "and": 15}
    | dict.fromkeys([*COMPARISONS, "in", "not in"], 20)
    | {"+": 30, "-": 30, "*": 60, "/": 60, "%": 60, "^": 70, "??": 80}
)
_PREFIX = {"not": 50, "+": 200, "-": 200}
CLOSURES = frozenset({"all", "none", "some", "one", "filter", "map", "flatMap", "count"})
_DIGITS = 28  # the engine's decimals hold 96 bits
_DEEPEST = 60  # nested brackets, functions and conditions


class Parser:
    """A cursor over the words of one expression.

    In a cell (``is_cell``) ``and`` and ``or`` part its tests; within one they may stand only at
    the top of a closure's body.
    """

    def __init__(self, source: str, *, is_cell: bool = False) -> None:
        self.source = source
        self.tokens: Sequence[Token] = tokenize(source)
        self.at = 0
        self.is_cell = is_cell
        self.aliases: list[str] = []
        self.nesting = 0
        self.has_range = any(token.kind == "op" and token.text == ".." for token in self.tokens)

    def peek(self, ahead: int = 0) -> str:
        """The next word; empty at the end, and for texts and templates."""
        index = self.at + ahead
        if index >= len(self.tokens) or self.tokens[index].kind in {"string", "template"}:
            return ""
        return self.tokens[index].text

    def take(self) -> Token:
        """The next word, consumed."""
        if self.at >= len(self.tokens):
            raise UnknownSyntaxError(say("{source!r} ends too early", source=self.source))
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, text: str) -> bool:
        """Consume the next word if it is this one."""
        if self.peek() == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Consume this word or refuse."""
        if not self.accept(text):
            self.refuse()

    def expect_end(self) -> None:
        """Refuse anything that is left."""
        if self.at < len(self.tokens):
            self.refuse()

    def refuse(self) -> NoReturn:
        """Refuse what stands here."""
        rest = self.source[self.tokens[self.at].start :] if self.at < len(self.tokens) else ""
        raise UnknownSyntaxError(say("{rest!r} cannot be compiled", rest=rest or self.source))

    def expression(self, binding: int = 0, *, joints: bool | None = None) -> Expr:
        """An expression of operators that bind at least this tightly."""
        self.nesting += 1
        if self.nesting > _DEEPEST:
            raise UnknownSyntaxError("the expression is nested too deeply")
        start = self.at
        may_join = not self.is_cell if joints is None else joints
        left = self._operand()
        while (op := self._operator(binding, may_join=may_join)) is not None:
            self.at += 1
            right = self.expression(_BINDING[op] + (op != "^"))
            left = self.fold(_operation(op, left, right), start)
        if binding == 0 and self.accept("?"):
            yes = self.expression()
            self.expect(":")
            left = self.fold(Choice(left, yes, self.expression()), start)
        self.nesting -= 1
        return left

    def _operator(self, binding: int, *, may_join: bool) -> str | None:
        if self.at >= len(self.tokens) or self.tokens[self.at].kind != "op":
            return None
        op = self.tokens[self.at].text
        if op not in _BINDING or _BINDING[op] < binding:
            return None
        return None if op in _JOINTS and not may_join else op

    def _operand(self) -> Expr:
        start, word = self.at, self.peek()
        if self.at < len(self.tokens) and self.tokens[self.at].kind == "op" and word in _PREFIX:
            self.at += 1
            operand = self.expression(_PREFIX[word])
            return operand if word == "+" else self.fold(Unary(word, operand), start)
        if self.has_range and word in {"(", "[", "]"}:
            interval = self._interval()
            if interval is not None:
                return interval
        return self._literal(start)

    def _literal(self, start: int) -> Expr:
        token = self.take()
        if token.kind == "number":
            return Const(_number(token.text))
        if token.kind == "string":
            return Const(token.text[1:-1])
        if token.kind == "template":
            return self.fold(self._template(token), start)
        if token.kind == "name":
            return self._name(token.text, start)
        return self._bracketed(token.text, start)

    def _bracketed(self, opening: str, start: int) -> Expr:
        if opening not in {"(", "[", "{"}:
            self.at -= 1
            self.refuse()
        if opening == "(":
            inner = self.expression()
            self.expect(")")
            return self._postfix(inner, start)
        if opening == "[":
            return self._postfix(self.fold(Items(self._arguments("]")), start), start)
        return self.fold(self._pairs(), start)

    def _interval(self) -> Expr | None:
        """An interval, or nothing and the cursor where it was."""
        start, nesting, aliases = self.at, self.nesting, list(self.aliases)
        try:
            opening = self.take().text
            low = self.expression()
            self.expect("..")
            high = self.expression()
            closing = self.take()
        except UnknownSyntaxError:
            self.at, self.nesting, self.aliases = start, nesting, aliases
            return None
        if closing.kind != "op" or closing.text not in {")", "]", "["}:
            self.at = start
            return None
        if opening == "]" or closing.text == "[":
            raise UnknownSyntaxError("write an open end as '(a..b)'")
        interval = Interval(low, high, opening == "(", closing.text == ")")
        return self._postfix(interval, start)

    def _template(self, token: Token) -> Expr:
        parts: list[Expr] = []
        for part in token.parts:
            if isinstance(part, str):
                parts += [Const(part)] if part else []
            else:
                parts.append(self._inner(part))
        return Template(tuple(parts))

    def _inner(self, words: tuple[Token, ...]) -> Expr:
        outer = (self.tokens, self.at)
        self.tokens, self.at = words, 0
        tree = self.expression()
        self.expect_end()
        self.tokens, self.at = outer
        return tree

    def _name(self, name: str, start: int) -> Expr:
        if name in _LITERALS:
            return Const(_LITERALS[name])
        if self.peek() == "(" and name not in {"$", "#"}:
            return self._postfix(self.fold(self._call(name), start), start)
        tree = self._postfix(self._named(name), start)
        if self.peek() == "=":
            return self._program(tree)
        return tree

    def _named(self, name: str) -> Expr:
        if name == "$":
            return Subject()
        if name == "$root":
            return Root()
        if name == "#":
            if not self.aliases:
                raise UnknownSyntaxError("'#' stands outside of a closure")
            return Pointer(len(self.aliases))
        if name in self.aliases:
            return Pointer(len(self.aliases) - self.aliases[::-1].index(name))
        return Ref(name)

    def _call(self, name: str) -> Expr:
        self.expect("(")
        if name not in CLOSURES:
            return Call(name, self._arguments(")"))
        items = self.expression()
        alias = ""
        if self.accept("as"):
            alias = self.take().text
        self.expect(",")
        self.aliases.append(alias)
        body = self.expression(joints=True)
        self.aliases.pop()
        self.expect(")")
        return Each(name, items, body, len(self.aliases) + 1)

    def _arguments(self, close: str) -> tuple[Expr, ...]:
        args: list[Expr] = []
        while not self.accept(close):
            args.append(self.expression())
            if self.peek() != close:
                self.expect(",")
        return tuple(args)

    def _pairs(self) -> Expr:
        pairs: list[tuple[str, Expr]] = []
        if self.accept("}"):
            return Pairs(())
        while True:
            pairs.append((self._key(), self.expression()))
            if self.accept("}"):
                return Pairs(tuple(pairs))
            self.expect(",")

    def _key(self) -> str:
        token = self.take()
        if token.kind not in {"name", "string"}:
            raise UnknownSyntaxError(
                say("{text!r} as the name of a field cannot be compiled", text=token.text)
            )
        self.expect(":")
        return token.text[1:-1] if token.kind == "string" else token.text

    def _postfix(self, tree: Expr, start: int) -> Expr:
        while True:
            if self.accept("."):
                token = self.take()
                if token.kind != "name" and token.text not in {"and", "or", "in", "not"}:
                    raise UnknownSyntaxError(say("'.{text}' cannot be compiled", text=token.text))
                if self.accept("("):
                    tree = self.fold(Method(tree, token.text, self._arguments(")")), start)
                else:
                    tree = self.fold(_field(tree, token.text), start)
            elif self.accept("["):
                tree = self.fold(self._element(tree), start)
            else:
                return tree

    def _element(self, tree: Expr) -> Expr:
        if self.accept(":"):
            high = None if self.peek() == "]" else self.expression()
            self.expect("]")
            return Slice(tree, None, high)
        low = self.expression()
        if self.accept(":"):
            high = None if self.peek() == "]" else self.expression()
            self.expect("]")
            return Slice(tree, low, high)
        self.expect("]")
        if isinstance(low, Const) and isinstance(low.value, str):
            return _field(tree, low.value)
        return Fetch(tree, low)

    def _program(self, first: Expr) -> Expr:
        """Assignments, parted by semicolons, and perhaps a result."""
        if not isinstance(first, Ref) or self.aliases or self.nesting > 1:
            raise UnknownSyntaxError("an assignment can stand at the outside only")
        self.expect("=")
        pairs = [(first.path, self.expression())]
        while self.accept(";"):
            if self.at >= len(self.tokens):
                break
            checkpoint = self.at
            target = self._target()
            if target is None or not self.accept("="):
                self.at = checkpoint
                return Program(tuple(pairs), self.expression())
            pairs.append((target, self.expression()))
        return Program(tuple(pairs), None)

    def _target(self) -> str | None:
        token = self.take()
        if token.kind != "name" or token.text.startswith(("$", "#")):
            return None
        tree = self._postfix(Ref(token.text), self.at - 1)
        return tree.path if isinstance(tree, Ref) else None

    def fold(self, tree: Expr, start: int) -> Expr:
        """A constant tree becomes its value, worked out by the engine."""
        if not is_constant(tree):
            return tree
        begin, end = self.tokens[start].start, self.tokens[self.at - 1].end
        try:
            return fold_tree(self.source[begin:end], tree)
        except FailsAlwaysError as error:
            raise UnknownSyntaxError(reason_of(error)) from error


def _operation(op: str, left: Expr, right: Expr) -> Expr:
    if op in {"in", "not in"}:
        return Member(left, right, negated=op == "not in")
    return Binary(op, left, right)


def _field(tree: Expr, name: str) -> Expr:
    """``tree.name``; a plain path stays one reference."""
    if isinstance(tree, Ref) and name.isidentifier():
        return Ref(f"{tree.path}.{name}")
    return Fetch(tree, Const(name))


def _number(text: str) -> Decimal:
    value = Decimal(text.replace("_", ""))
    if len(value.as_tuple().digits) > _DIGITS or abs(value.adjusted()) > _DIGITS:
        raise UnknownSyntaxError(
            say("the number {text} has more than {most} digits", text=text, most=_DIGITS)
        )
    return value
