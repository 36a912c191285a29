"""What one node of a graph makes of its input, as SQL in layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carrears.strategy.admission import reason_against
from carrears.strategy.codes import Lookups
from carrears.strategy.constants import FailsAlwaysError
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.expression import parse_expression
from carrears.strategy.jdm import (
    ExpressionContent,
    ExpressionNode,
    Node,
    SwitchNode,
    TableContent,
    TableNode,
    node_label,
)
from carrears.strategy.layers import Layers, TableLayer
from carrears.strategy.merging import merge, put_at
from carrears.strategy.outputs import ABSENT, Output
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.sql import Scope, guard, insert, render, render_constant
from carrears.strategy.syntax import Pairs, UnknownSyntaxError
from carrears.strategy.table import compile_table
from carrears.strategy.values import (
    NULL,
    Listed,
    Record,
    RecordShape,
    Value,
    any_of,
    unify,
    value_at,
)

MOST_COMPUTED = 200  # rules of a collecting table that computes its outputs


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a node hands on, the condition under which it fails, and the table behind it."""

    data: Value
    bad: str = ""
    table: TableLayer | None = None


@dataclass(slots=True)
class Builder:
    """What the nodes of a graph write into."""

    layers: Layers
    lookups: Lookups
    entry_budget: int


def work_out(node: Node, given: Record, nodes: Mapping[str, Value], builder: Builder) -> Outcome:
    """One node's outcome; ``nodes`` are those worked out before it, by name.

    Raises:
        RefusedError: it has no exact counterpart; names the node.
    """
    try:
        if isinstance(node, TableNode):
            return _transformed(node.content, given, nodes, _table(node, builder), builder)
        if isinstance(node, ExpressionNode):
            return _transformed(node.content, given, nodes, _expressions(node, builder), builder)
        if isinstance(node, SwitchNode):
            return Outcome(given)
        return _other(node, given)
    except (UnknownSyntaxError, FailsAlwaysError) as error:
        raise RefusedError(Place(node_label(node)), reason_of(error)) from error


def _other(node: Node, given: Record) -> Outcome:
    reason = reason_against(node.type)
    if reason is not None:
        raise UnknownSyntaxError(reason)
    content = getattr(node, "content", None)
    if node.type == "outputNode" and isinstance(content, dict) and content.get("schema"):
        raise UnknownSyntaxError("an output schema is not compiled")
    return Outcome(given)


_Work = Callable[[Scope], Outcome]


def _transformed(
    content: TableContent | ExpressionContent,
    given: Record,
    nodes: Mapping[str, Value],
    work: _Work,
    builder: Builder,
) -> Outcome:
    """What a node takes of its input, where it puts its result, and what it passes through."""
    if content.execution_mode not in {None, "single"}:
        raise UnknownSyntaxError(
            say("execution mode {mode!r} is not compiled", mode=content.execution_mode)
        )
    scope = Scope(replace(given, null=""), names={"$nodes": Record(nodes)})
    bad = ""
    if content.input_field:
        taken = render(parse_expression(content.input_field), scope)
        bad = taken.error
        if taken == NULL:
            taken = Record({})
        if not isinstance(taken, Record):
            raise UnknownSyntaxError("the input field is no object")
        scope = replace(scope, root=replace(taken, null="", error=""))
    outcome = work(scope)
    bad = builder.layers.flag(any_of(bad, outcome.bad))
    data = outcome.data
    if content.output_path:
        data = put_at(content.output_path, data)
    if content.pass_through:
        if not isinstance(data, Record):
            raise UnknownSyntaxError("a list passes nothing through; give it an output path")
        data = merge(replace(given, null=""), data)
    return Outcome(builder.layers.keep(data), bad, outcome.table)


def _expressions(node: ExpressionNode, builder: Builder) -> _Work:
    """The expressions in order; each sees the results so far as ``$``."""

    def work(scope: Scope) -> Outcome:
        results, errors, own = Record({}), [], set[str]()
        for line in node.content.expressions:
            if not line.key or not line.value:
                continue
            place = Place(node_label(node), None, line.key)
            try:
                subject: Value = results if results.fields else NULL
                tree = parse_expression(line.value)
                value = render(tree, replace(scope, subject=subject))
                errors.append(builder.layers.flag(value.error))
                _claim(line.key, results, own, is_literal=isinstance(tree, Pairs))
                results = insert(results, line.key.split("."), builder.layers.keep(value))
            except (UnknownSyntaxError, FailsAlwaysError) as error:
                raise RefusedError(
                    place, say("{text!r}: {error}", text=line.value, error=error)
                ) from error
        return Outcome(results, any_of(*errors))

    return work


def _claim(key: str, results: Record, own: set[str], *, is_literal: bool) -> None:
    """Keep which objects the node has made; writing into another one changes it for all."""
    parts = key.split(".")
    around = [".".join(parts[:end]) for end in range(1, len(parts))]
    inner: Value | None = results
    for path in around:
        inner = inner.fields.get(path.rpartition(".")[2]) if isinstance(inner, Record) else None
        if inner is not None and path not in own:
            raise UnknownSyntaxError(
                say("{path!r} is an object that others see; write a new one", path=path)
            )
    own -= {path for path in own if path == key or path.startswith(f"{key}.")}
    own.update(around)
    if is_literal:
        own.add(key)


def _table(node: TableNode, builder: Builder) -> _Work:
    def work(scope: Scope) -> Outcome:
        _check_table(node)
        table = compile_table(node, scope, builder.lookups, entry_budget=builder.entry_budget)
        layer = builder.layers.add_table(table)
        if table.is_list:
            if any(output.computed for output in table.outputs):
                _check_length(node)
            return Outcome(_collected(layer), table=layer)
        return Outcome(_written(layer), table=layer)

    return work


def _check_table(node: TableNode) -> None:
    fields = [str(column.field) for column in node.content.outputs]
    for field in fields:
        if "[" in field:
            raise UnknownSyntaxError(
                say("the output field {field!r} is not a dotted name", field=field)
            )
        if fields.count(field) > 1:
            raise UnknownSyntaxError("two output columns write the same field")
        if any(other.startswith(f"{field}.") for other in fields):
            raise UnknownSyntaxError(
                say("{field!r} is written as a value and as an object", field=field)
            )


def _check_length(node: TableNode) -> None:
    if len(node.content.rules) > MOST_COMPUTED:
        raise UnknownSyntaxError(
            say(
                "a collecting table of more than {most} rules has constant outputs only",
                most=MOST_COMPUTED,
            )
        )


def _written(layer: TableLayer) -> Record:
    """The fields that the rule which fired writes; nothing at all where none did."""
    record = Record({})
    for place, output in enumerate(layer.table.outputs):
        value = value_at(output.shape, layer.out(place))
        record = _insert(record, output.path.split("."), value, layer.has(place))
    return replace(record, null=f"({layer.rule} IS NULL)")


def _insert(record: Record, path: list[str], value: Value, there: str) -> Record:
    """A field that is there where a condition holds; objects on the way are there with it."""
    name, *rest = path
    presence = {**record.presence, name: there}
    if rest:
        below = record.fields.get(name, Record({}, f"(NOT {there})"))
        if not isinstance(below, Record):
            raise UnknownSyntaxError(
                say("{name!r} is written as a value and as an object", name=name)
            )
        null = below.null if below.null == f"(NOT {there})" else f"({below.null} AND NOT {there})"
        value = replace(_insert(below, rest, value, there), null=null)
        presence.pop(name)
    return replace(record, fields={**record.fields, name: value}, presence=presence)


def _collected(layer: TableLayer) -> Listed:
    return Listed(layer.out(0), collected_shape(layer.table.outputs), nullable=False)


def collected_shape(outputs: Any) -> RecordShape:
    """What a collecting table's list holds."""
    shape = RecordShape((), nullable=False)
    for output in outputs:
        inner: Any = output.shape
        for name in reversed(output.path.split(".")):
            inner = RecordShape(((name, inner),), nullable=True)
        joined = unify(shape, inner)
        if not isinstance(joined, RecordShape):
            raise TypeError("objects unify to an object")
        shape = replace(joined, nullable=False)
    return shape


def row_value(outputs: Sequence[Output], row: int) -> Record:
    """What a rule of a collecting table writes, constants and computed alike."""
    record = Record({})
    for output in outputs:
        if output.constants[row] is ABSENT:
            continue
        value = output.computed.get(row) or as_value(output.constants[row])
        record = insert(record, output.path.split("."), value)
    return record


def as_value(constant: Any) -> Value:
    """A constant output as SQL."""
    return render_constant(constant)


def turn_sql(node: SwitchNode, given: Record, nodes: Mapping[str, Value]) -> list[str]:
    """The conditions of a switch as SQL that is true or false; on an error they are false.

    Raises:
        RefusedError: one has no exact counterpart; names the node.
    """
    scope = Scope(replace(given, null=""), names={"$nodes": Record(nodes)})
    conditions = []
    for statement in node.content.statements:
        if not statement.condition:
            conditions.append("true")
            continue
        try:
            conditions.append(guard(render(parse_expression(statement.condition), scope)))
        except (UnknownSyntaxError, FailsAlwaysError) as error:
            place = Place(node_label(node), None, statement.condition)
            raise RefusedError(place, reason_of(error)) from error
    return conditions
