"""The syntax tree of the engine's expression language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


class UnknownSyntaxError(ValueError):
    """This piece of an expression is outside what can be compiled."""


@dataclass(frozen=True, slots=True)
class Const:
    """A value known beforehand: None, bool, Decimal, str, a tuple of them, or a mapping."""

    value: object


@dataclass(frozen=True, slots=True)
class DayConst:
    """``d('2024-01-31')``: a calendar day, ISO 8601."""

    iso: str


@dataclass(frozen=True, slots=True)
class MomentConst:
    """A date with a time of day, or no date at all, as the engine writes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A fact or an earlier output, by its dotted path."""

    path: str


@dataclass(frozen=True, slots=True)
class Root:
    """``$root``: everything that names can find."""


@dataclass(frozen=True, slots=True)
class Subject:
    """``$``: the value of the cell's own column, or what an expression node has so far."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """``#`` or its alias: the element that a closure looks at; ``depth`` counts from 1."""

    depth: int


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
class Pairs:
    """``{a: 1, b: x}``."""

    pairs: tuple[tuple[str, Expr], ...]


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


@dataclass(frozen=True, slots=True)
class Method:
    """``this.name(args)``: what dates can do."""

    this: Expr
    name: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """``some(list, body)`` and its kin; ``depth`` is the body's own pointer."""

    name: str
    items: Expr
    body: Expr
    depth: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """``node[key]`` or ``node.key``."""

    node: Expr
    key: Expr


@dataclass(frozen=True, slots=True)
class Slice:
    """``node[low:high]``, both ends included."""

    node: Expr
    low: Expr | None
    high: Expr | None


@dataclass(frozen=True, slots=True)
class Template:
    """`` `text ${expression}` ``."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """``a = 1; b.c = a; a + 1``: assignments, and what comes of them."""

    pairs: tuple[tuple[str, Expr], ...]
    output: Expr | None


Expr = (
    Const
    | DayConst
    | MomentConst
    | Ref
    | Root
    | Subject
    | Pointer
    | Unary
    | Binary
    | Interval
    | Items
    | Pairs
    | Member
    | Choice
    | Call
    | Method
    | Each
    | Fetch
    | Slice
    | Template
    | Program
)

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


def children(tree: Expr) -> Iterator[Expr]:
    """The parts directly below."""
    for name in tree.__dataclass_fields__:
        yield from _expressions(getattr(tree, name))


def _expressions(part: object) -> Iterator[Expr]:
    if isinstance(part, tuple):
        for inner in part:
            yield from _expressions(inner)
    elif isinstance(part, Expr):
        yield part


def walk(tree: Expr) -> Iterator[Expr]:
    """The tree's nodes, itself first."""
    yield tree
    for child in children(tree):
        yield from walk(child)


def has_subject(tree: Expr) -> bool:
    """Whether ``$`` occurs in the tree."""
    return any(isinstance(part, Subject) for part in walk(tree))
