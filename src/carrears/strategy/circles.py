"""Graphs that would make an object contain itself, on which the engine ends the process.

An expression node hands objects on without copying them. At two places the engine writes into
one that others may see: a line of an expression node writes below an earlier line (``o = loan``,
``o.x = loan``), and where a graph ends in several branches, what they end with is merged in
place. If an object so comes to stand within itself, printing the answer never ends, the stack
overflows and the process is gone, with whatever else it was doing. Read from the engine's source
(gorules/zen, core/expression/src/variable/mod.rs, ``dot_insert`` and ``merge``), and held
against it by tests.

No facts are asked: an expression that names a field may hand on an object. Which objects may be
one and the same is told by joining the paths that name them (Steensgaard, "Points-to analysis
in almost linear time", POPL 1996).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.jdm import (
    Document,
    ExpressionContent,
    ExpressionNode,
    TableContent,
    TableNode,
    node_label,
)
from carrears.strategy.placements import ELEMENT, Held, Path, Scope, held_by, part_of
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.walker import ways_through


def refuse_circles(document: Document) -> None:
    """Refuse a graph in which an object could come to contain itself.

    Raises:
        RefusedError: names the node and the field.
    """
    if not (_writes_below(document) or _ends_in_several(document)):
        return
    heap, seen = _Object(), set[tuple[Path, Path]]()
    for written in _written(document):
        for held in written.held:
            target = (*written.path, *held.inside)
            if (target, held.path) in seen or target == held.path:
                continue
            seen.add((target, held.path))
            _join(heap.at(target), heap.at(held.path))
            if _has_circle(heap):
                reason = say(
                    "{text!r} may put an object into itself; name its fields one by one",
                    text=written.text,
                )
                raise RefusedError(written.place, reason)


def _ends_in_several(document: Document) -> bool:
    try:
        return any(len(way.endings) > 1 for way in ways_through(document))
    except RefusedError:  # too many ways to look at them all
        return True


def _writes_below(document: Document) -> bool:
    """Whether a line writes into what an earlier one of its node has written."""
    for node in document.nodes:
        if isinstance(node, ExpressionNode):
            before: list[str] = []
            for line in node.content.expressions:
                if any(line.key.startswith(f"{key}.") for key in before):
                    return True
                before.append(line.key)
    return False


@dataclass(frozen=True, slots=True)
class _Written:
    """What a line writes to a path, and what that may hold."""

    path: Path
    held: tuple[Held, ...]
    text: str
    place: Place


def _written(document: Document) -> Iterator[_Written]:
    for node in document.nodes:
        if isinstance(node, ExpressionNode):
            yield from _lines(node)
        elif isinstance(node, TableNode):  # copies whatever its cells name
            yield from _passed(node, _start(node.content), _scope(node))


def _lines(node: ExpressionNode) -> Iterator[_Written]:
    label, start, scope = node_label(node), _start(node.content), _scope(node)
    yield from _passed(node, start, scope)
    for line in node.content.expressions:
        if line.key and line.value:
            path = (*start, *_split(line.key))
            place = Place(label, None, line.key)
            yield _Written(path, _held(line.value, scope, place), line.value, place)


def _held(text: str, scope: Scope, place: Place) -> tuple[Held, ...]:
    try:
        return held_by(text, scope)
    except UnknownSyntaxError as error:
        raise RefusedError(place, reason_of(error)) from error


def _passed(node: TableNode | ExpressionNode, start: Path, scope: Scope) -> Iterator[_Written]:
    """What a node that looks at each element of a list passes on of the element."""
    content = node.content
    if content.input_field and content.pass_through and _is_loop(content):
        yield _Written(start, scope.names, content.input_field, Place(node_label(node)))


def _is_loop(content: TableContent | ExpressionContent) -> bool:
    return content.execution_mode not in {None, "single"}


def _start(content: TableContent | ExpressionContent) -> Path:
    """Where the node puts its result."""
    start = _split(content.output_path)
    return (*start, ELEMENT) if _is_loop(content) else start


def _scope(node: TableNode | ExpressionNode) -> Scope:
    """Where the node's names begin: in its input field, where it has one."""
    content, scope = node.content, Scope(subject=_start(node.content))
    if content.input_field:
        held = _held(content.input_field, Scope(), Place(node_label(node)))
        scope = replace(scope, names=held)
    if _is_loop(content):
        scope = replace(scope, names=tuple(part_of(scope.names, ELEMENT)))
    return scope


def _split(path: str | None) -> Path:
    """The names of a dotted path; ``field[]`` stands for the elements of a list."""
    parts: list[str] = []
    for name in (path or "").split("."):
        if name:
            parts += [name[:-2], ELEMENT] if name.endswith("[]") else [name]
    return tuple(parts)


@dataclass(eq=False, slots=True)
class _Object:
    """What stands at a path; ``same`` is the object that it was joined to."""

    parts: dict[str, _Object] = field(default_factory=dict)
    same: _Object | None = None

    def real(self) -> _Object:
        found = self
        while found.same is not None:
            found = found.same
        return found

    def at(self, path: Path) -> _Object:
        found = self.real()
        for name in path:
            part = found.parts.setdefault(name, _Object())
            pairs = list(found.alike())
            for one, other in pairs:
                _join(one, other)
            found = part.real()
        return found

    def alike(self) -> Iterator[tuple[_Object, _Object]]:
        """Parts that may be one and the same: any of them may be meant by ``ELEMENT``."""
        some = self.parts.get(ELEMENT)
        if some is not None:
            yield from ((some, part) for part in self.parts.values())


def _join(first: _Object, second: _Object) -> None:
    """Two paths name one object: so do the paths below them."""
    pairs = [(first, second)]
    while pairs:
        one, other = (each.real() for each in pairs.pop())
        if one is other:
            continue
        other.same = one
        for name, part in other.parts.items():
            if name in one.parts:
                pairs.append((one.parts[name], part))
            else:
                one.parts[name] = part
        pairs += one.alike()


def _has_circle(heap: _Object) -> bool:
    """Whether an object stands somewhere below itself."""
    done, open_ = set[int](), set[int]()
    stack = [(heap.real(), False)]
    while stack:
        found, is_left = stack.pop()
        if is_left:
            open_.discard(id(found))
            done.add(id(found))
            continue
        if id(found) in done:
            continue
        open_.add(id(found))
        stack.append((found, True))
        for part in found.parts.values():
            inner = part.real()
            if id(inner) in open_:
                return True
            stack.append((inner, False))
    return False
