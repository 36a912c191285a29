"""Which objects an expression hands on as they are, by where they stand.

The engine never copies an object that an expression names: the result is that very object.
What is computed (numbers, texts, tests) is new and of no interest here. In doubt an object is
said to be handed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from carrears.strategy.constants import FailsAlwaysError
from carrears.strategy.expression import parse_expression
from carrears.strategy.syntax import (
    Binary,
    Call,
    Choice,
    Const,
    Each,
    Expr,
    Fetch,
    Items,
    Pairs,
    Pointer,
    Program,
    Ref,
    Root,
    Slice,
    Subject,
)

Path = tuple[str, ...]
ELEMENT = "*"  # any part: an element of a list, or the field that a fact names
_NODES = "$nodes"
_MAKE_LISTS = frozenset({"map", "filter", "flatMap"})
# Functions that give numbers, texts, tests or lists of them.
_PLAIN_CALLS = frozenset(
    {
        *("abs", "avg", "bool", "ceil", "contains", "d", "date", "dayOfMonth", "dayOfWeek"),
        *("dayOfYear", "duration", "endsWith", "extract", "floor", "fuzzyMatch", "isNumeric"),
        *("keys", "len", "lower", "matches", "max", "median", "min", "mode", "month", "number"),
        *("rand", "round", "split", "startsWith", "string", "sum", "trim", "trunc", "type"),
        *("upper", "weekOfYear", "year"),
    }
)


@dataclass(frozen=True, slots=True)
class Held:
    """At ``inside`` of the result stands the object of ``path``."""

    inside: Path
    path: Path


_EVERYTHING = (Held((), ()),)


@dataclass(frozen=True, slots=True)
class Scope:
    """What holds the names, where ``$`` stands, and the elements that closures look at."""

    names: tuple[Held, ...] = _EVERYTHING
    subject: Path = ()
    elements: Mapping[int, tuple[Held, ...]] = field(default_factory=dict)


def held_by(text: str, scope: Scope) -> tuple[Held, ...]:
    """What the result of an expression may hold.

    Raises:
        UnknownSyntaxError: it cannot be read.
    """
    try:
        tree = parse_expression(text)
    except FailsAlwaysError:
        return ()
    return tuple(dict.fromkeys(_held(tree, scope)))


def _held(tree: Expr, scope: Scope) -> Iterator[Held]:
    match tree:
        case Ref() | Root() | Subject() | Pointer():
            yield from _named(tree, scope)
        case Items() | Pairs():
            yield from _made(tree, scope)
        case Choice(_, one, other) | Binary("??", one, other):
            yield from _held(one, scope)
            yield from _held(other, scope)
        case Fetch(node, key):
            yield from _fetched(_held(node, scope), key)
        case Slice(node):
            yield from _held(node, scope)
        case Each() | Call():
            yield from _called(tree, scope)
        case Program():
            yield Held((), ())


def _named(tree: Ref | Root | Subject | Pointer, scope: Scope) -> tuple[Held, ...]:
    match tree:
        case Ref(path):
            return _read(path.split("."), scope)
        case Root():
            return scope.names
        case Subject():
            return (Held((), scope.subject),)
        case Pointer(depth):
            return scope.elements[depth]


def _made(tree: Items | Pairs, scope: Scope) -> Iterator[Held]:
    pairs = tree.pairs if isinstance(tree, Pairs) else [(ELEMENT, item) for item in tree.items]
    for name, value in pairs:
        yield from _within(name, _held(value, scope))


def _read(names: list[str], scope: Scope) -> tuple[Held, ...]:
    held = scope.names
    if names[0] == _NODES:  # what a node hands on is merged into what all later ones see
        held, names = _EVERYTHING, names[2:]
    for name in names:
        held = tuple(part_of(held, name))
    return held


def _within(name: str, held: Iterator[Held]) -> Iterator[Held]:
    for one in held:
        yield replace(one, inside=(name, *one.inside))


def _fetched(held: Iterator[Held], key: Expr) -> Iterator[Held]:
    """A field of what is held, or any of its parts."""
    name = key.value if isinstance(key, Const) else None
    yield from part_of(held, name if isinstance(name, str) else ELEMENT)


def part_of(held: Iterable[Held], name: str) -> Iterator[Held]:
    """A field of what is held, or with ``ELEMENT`` any of its parts."""
    for one in held:
        if not one.inside:
            yield Held((), (*one.path, name))
        elif name == ELEMENT or one.inside[0] in {name, ELEMENT}:
            yield Held(one.inside[1:], one.path)


def _called(tree: Each | Call, scope: Scope) -> Iterator[Held]:
    if isinstance(tree, Each):
        yield from _each(tree, scope) if tree.name in _MAKE_LISTS else ()
    elif tree.name not in _PLAIN_CALLS:
        for argument in tree.args:
            yield from _anywhere(_held(argument, scope))


def _each(tree: Each, scope: Scope) -> Iterator[Held]:
    """``map`` and its kin: what lists hold, and what comes of each element."""
    items = tuple(_held(tree.items, scope))
    if tree.name == "filter":
        yield from items
        return
    elements = tuple(part_of(items, ELEMENT))
    inner = replace(scope, elements={**scope.elements, tree.depth: elements})
    body = tuple(_held(tree.body, inner))
    yield from _within(ELEMENT, iter(body))
    if tree.name == "flatMap":
        yield from body


def _anywhere(held: Iterator[Held]) -> Iterator[Held]:
    """A function that is not known may hand on what it is given, or what that holds."""
    for one in held:
        yield Held((), one.path)
        yield Held((ELEMENT,), one.path)
