"""The engine's expression language, as far as it can be compiled: text to syntax tree.

What this parser does not know it refuses; it never guesses. The binding of operators is the
engine's own (``??`` tightest, ``-2^2`` is 4, ``^`` from the right), see the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from carrears.strategy.constants import FailsAlwaysError, fold_constant


class UnknownSyntaxError(ValueError):
    """This piece of an expression is outside what can be compiled."""


@dataclass(frozen=True, slots=True)
class Const:
    """A value known beforehand: None, bool, Decimal, str or a list of them (as a tuple)."""

    value: object


@dataclass(frozen=True, slots=True)
class DayConst:
    """``d('2024-01-31')``: a calendar day, ISO 8601."""

    iso: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A fact or an earlier output, by its dotted path."""

    path: str


@dataclass(frozen=True, slots=True)
class Subject:
    """``$``: the value of the cell's own column."""


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``not x``."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator with two sides."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Interval:
    """``[a..b]`` with either end open."""

    low: Expr
    high: Expr
    low_open: bool
    high_open: bool


@dataclass(frozen=True, slots=True)
class Items:
    """``[a, b]``."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """``x in container`` or ``x not in container``."""

    needle: Expr
    container: Expr
    negated: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """``condition ? yes : no``."""

    condition: Expr
    yes: Expr
    no: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    args: tuple[Expr, ...]


Expr = Const | DayConst | Ref | Subject | Unary | Binary | Interval | Items | Member | Choice | Call

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]))"
    r"|(?P<string>'[^']*'|\"[^\"]*\")"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<op>\.\.|\?\?|==|!=|<=|>=|[-+*/%^<>()\[\],.?:$]))"
)
_LITERALS = {"true": True, "false": False, "null": None}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Loosest first; each level is parsed by the one below it.
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    COMPARISONS | {"in", "not"},
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
COMPARISON_LEVEL = 2
_DIGITS = 28  # the engine's decimals hold 96 bits


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an expression and where it begins."""

    kind: str
    text: str
    start: int


def tokenize(source: str) -> list[Token]:
    """The words of an expression.

    Raises:
        UnknownSyntaxError: a character that is none of the language's that we know.
    """
    tokens: list[Token] = []
    position, text = 0, source.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise UnknownSyntaxError(f"{text[position:].strip()[:12]!r} cannot be compiled")
        group = match.lastgroup
        tokens.append(Token(group, match[group], match.start(group)))
        position = match.end()
    return tokens


def parse_expression(source: str) -> Expr:
    """The syntax tree of a standard expression; whatever has no references is folded.

    Raises:
        UnknownSyntaxError: it cannot be compiled.
        FailsAlwaysError: it has no references and the engine raises on it.
    """
    try:
        folded = fold_constant(source)
    except TypeError as error:
        raise UnknownSyntaxError(str(error)) from error
    if folded is not None:
        return _as_const(folded.value)
    parser = Parser(source)
    tree = parser.expression()
    parser.expect_end()
    return tree


def _as_const(value: object) -> Const:
    return Const(tuple(value) if isinstance(value, list) else value)


class Parser:
    """A cursor over the tokens of one expression."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        """The next token's text; empty at the end, and for text literals."""
        index = self.at + ahead
        if index >= len(self.tokens) or self.tokens[index].kind == "string":
            return ""
        return self.tokens[index].text

    def take(self) -> Token:
        """The next token, consumed."""
        if self.at >= len(self.tokens):
            raise UnknownSyntaxError(f"{self.source!r} ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, text: str) -> bool:
        """Consume the next token if it is this one."""
        if self.peek() == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Consume this token or refuse."""
        if not self.accept(text):
            self.refuse()

    def expect_end(self) -> None:
        """Refuse anything that is left."""
        if self.at < len(self.tokens):
            self.refuse()

    def refuse(self) -> NoReturn:
        """Refuse what stands here."""
        rest = self.source[self.tokens[self.at].start :] if self.at < len(self.tokens) else ""
        raise UnknownSyntaxError(f"{rest or self.source!r} cannot be compiled")

    def expression(self) -> Expr:
        """A whole expression, the conditional included."""
        condition = self.level(0)
        if not self.accept("?"):
            return condition
        yes = self.expression()
        self.expect(":")
        return Choice(condition, yes, self.expression())

    def level(self, depth: int) -> Expr:
        """An expression of operators that bind at least as tightly as ``depth``."""
        if depth == len(_LEVELS):
            return self._power()
        start = self.at
        left = self.level(depth + 1)
        while self.peek() in _LEVELS[depth]:
            left = self._fold(self._operation(depth, left), start)
        return left

    def _operation(self, depth: int, left: Expr) -> Expr:
        op = self.take().text
        if op == "not":
            self.expect("in")
            return Member(left, self.level(depth + 1), negated=True)
        right = self.level(depth + 1)
        return Member(left, right, negated=False) if op == "in" else Binary(op, left, right)

    def _power(self) -> Expr:
        start, left = self.at, self._prefix()
        if not self.accept("^"):
            return left
        return self._fold(Binary("^", left, self._power()), start)

    def _prefix(self) -> Expr:
        start = self.at
        for op in ("-", "not"):
            if self.accept(op):
                return self._fold(Unary(op, self._prefix()), start)
        left = self._primary()
        while self.accept("??"):
            left = self._fold(Binary("??", left, self._primary()), start)
        return left

    def _fold(self, tree: Expr, start: int) -> Expr:
        """A constant subtree becomes its value, worked out by the engine."""
        if not is_constant(tree):
            return tree
        begin = self.tokens[start].start
        end = self.tokens[self.at].start if self.at < len(self.tokens) else len(self.source)
        try:
            folded = fold_constant(self.source[begin:end])
        except (FailsAlwaysError, TypeError) as error:
            raise UnknownSyntaxError(str(error)) from error
        return tree if folded is None else _as_const(folded.value)

    def _primary(self) -> Expr:
        token = self.take()
        if token.kind == "number":
            return Const(_number(token.text))
        if token.kind == "string":
            return Const(token.text[1:-1])
        if token.kind == "name":
            return self._name(token.text)
        opened: dict[str, Callable[[], Expr]] = {
            "(": self._parenthesis,
            "[": self._bracket,
            "$": Subject,
        }
        if token.text not in opened:
            self.at -= 1
            self.refuse()
        return opened[token.text]()

    def _name(self, name: str) -> Expr:
        if name in _LITERALS:
            return Const(_LITERALS[name])
        if self.accept("("):
            args = self._arguments(")")
            return self._day(args) if name == "d" else Call(name, args)
        path = name
        while self.accept("."):
            token = self.take()
            if token.kind != "name" or self.peek() == "(":
                raise UnknownSyntaxError(f"'.{token.text}' cannot be compiled")
            path += f".{token.text}"
        return Ref(path)

    def _day(self, args: tuple[Expr, ...]) -> Expr:
        match args:
            case (Const(str(text)),) if _DAY.fullmatch(text) and self.peek() != ".":
                return DayConst(text)
        raise UnknownSyntaxError("only d('YYYY-MM-DD') can be compiled of the date functions")

    def _arguments(self, close: str) -> tuple[Expr, ...]:
        args: list[Expr] = []
        while not self.accept(close):
            args.append(self.expression())
            if self.peek() != close:
                self.expect(",")
        return tuple(args)

    def _parenthesis(self) -> Expr:
        inner = self.expression()
        if self.accept(".."):
            return self._interval(inner, low_open=True)
        self.expect(")")
        return inner

    def _bracket(self) -> Expr:
        if self.accept("]"):
            return Items(())
        first = self.expression()
        if self.accept(".."):
            return self._interval(first, low_open=False)
        if self.accept("]"):
            return Items((first,))
        self.expect(",")
        return Items((first, *self._arguments("]")))

    def _interval(self, low: Expr, *, low_open: bool) -> Expr:
        high = self.expression()
        if self.accept("]"):
            return Interval(low, high, low_open, high_open=False)
        self.expect(")")
        return Interval(low, high, low_open, high_open=True)


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if len(value.as_tuple().digits) > _DIGITS or abs(value.adjusted()) > _DIGITS:
        raise UnknownSyntaxError(f"the number {text} has more than {_DIGITS} digits")
    return value


def is_constant(tree: Expr) -> bool:
    """Whether the tree is scalar and names neither a fact nor ``$``."""
    match tree:
        case Const():
            return True
        case Unary(_, operand):
            return is_constant(operand)
        case Binary(_, left, right):
            return is_constant(left) and is_constant(right)
        case _:
            return False


def has_subject(tree: Expr) -> bool:
    """Whether ``$`` occurs in the tree."""
    return any(isinstance(part, Subject) for part in walk(tree))


def walk(tree: Expr) -> list[Expr]:
    """The tree's nodes, itself first."""
    found: list[Expr] = [tree]
    for name in tree.__dataclass_fields__:
        part = getattr(tree, name)
        for child in part if isinstance(part, tuple) else (part,):
            if hasattr(child, "__dataclass_fields__"):
                found += walk(child)
    return found
