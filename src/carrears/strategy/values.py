"""What an expression may come to: a scalar, a list or an object, each as SQL with its errors.

An error is neither null nor false: every value carries the condition under which the engine
would raise apart, and both are SQL that cannot itself fail. Where it raises the value means
nothing. Shapes are the same without the SQL: what the elements of a list look like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count

from carrears.strategy.facts import Kind
from carrears.strategy.reasons import say
from carrears.strategy.syntax import UnknownSyntaxError

_new = count()
_INDEX = 9  # digits of a place in a list
WIDEST = 38  # digits of a DECIMAL
RAISES = say("the engine raises on it whatever the facts are")


@dataclass(frozen=True, slots=True)
class Piece:
    """A typed SQL value; ``error`` is SQL that is true where the engine raises, never null.

    ``kind`` is None for a bare null. Numbers fit DECIMAL(digits, scale); ``is_plain`` ones have
    no decimal places in the engine either, so that their text is known. ``is_wide`` numbers have
    28 decimal places and are rounded as the engine rounds (see ``ratios``).
    """

    sql: str
    kind: Kind | None
    digits: int = 0
    scale: int = 0
    error: str = ""
    nullable: bool = True
    is_plain: bool = False
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as a SQL LIST whose elements have a shape."""

    sql: str
    element: Shape
    error: str = ""
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """An object by its fields; ``null`` is SQL that is true where there is none.

    Where it is null all its fields are. ``presence`` says when a field is there at all, which
    counts where objects merge: by default exactly where it is not null. An ``is_open`` object
    may have fields that are not known here. ``origin`` names the objects of the engine that it
    may be one and the same with.
    """

    fields: Mapping[str, Value]
    null: str = ""
    error: str = ""
    is_open: bool = False
    presence: Mapping[str, str] = field(default_factory=dict)
    origin: frozenset[str] = field(default_factory=lambda: frozenset({f"new {next(_new)}"}))


@dataclass(frozen=True, slots=True)
class Opaque:
    """What passes through as it is, but is of no kind that can be computed with."""

    path: str
    error: str = ""


Value = Piece | Listed | Record | Opaque

ALWAYS = "true"  # a field that is there, null or not
UNKNOWN = "unknown"  # one that may be there as null


@dataclass(frozen=True, slots=True)
class ScalarShape:
    """A scalar's kind; None where it is always null."""

    kind: Kind | None
    digits: int = 0
    scale: int = 0
    nullable: bool = True
    is_plain: bool = False
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class ListShape:
    """A list of one shape; None where it is always empty."""

    element: Shape
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class RecordShape:
    """An object's fields, in order."""

    fields: tuple[tuple[str, Shape], ...]
    nullable: bool = True


Shape = ScalarShape | ListShape | RecordShape

_TEXT = re.compile(r"'(?:[^']|'')*'", re.DOTALL)
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)::DECIMAL\(\d+,\d+\)")

NULL = Piece("NULL", None)
NOTHING = ScalarShape(None)


def quote_name(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A quoted SQL text literal."""
    if "\0" in text:
        raise UnknownSyntaxError("a text with a NUL character cannot be compiled")
    return "'" + text.replace("'", "''") + "'"


def shape_of(value: Value) -> Shape:
    """The value without its SQL."""
    if isinstance(value, Piece):
        return ScalarShape(
            value.kind, value.digits, value.scale, value.nullable, value.is_plain, value.is_wide
        )
    if isinstance(value, Listed):
        return ListShape(value.element, value.nullable)
    if isinstance(value, Opaque):
        raise UnknownSyntaxError(
            say("{path!r} holds values of several kinds, or of none known", path=value.path)
        )
    fields = tuple((name, shape_of(inner)) for name, inner in value.fields.items())
    return RecordShape(fields, nullable=bool(value.null))


def value_at(shape: Shape, sql: str, *, error: str = "") -> Value:
    """A value of the shape that stands in SQL as one expression."""
    if isinstance(shape, ScalarShape):
        return Piece(
            sql,
            shape.kind,
            shape.digits,
            shape.scale,
            error,
            shape.nullable,
            shape.is_plain,
            shape.is_wide,
        )
    if isinstance(shape, ListShape):
        return Listed(sql, shape.element, error, shape.nullable)
    fields = {
        name: value_at(inner, f"struct_extract({sql}, {quote_text(name)})")
        for name, inner in shape.fields
    }
    null = f"({sql} IS NULL)" if shape.nullable else ""
    held = {name: _may_be_null(inner, null) for name, inner in fields.items()}
    return Record(held, null, error, origin=frozenset({f"in {sql}"}))


def _may_be_null(value: Value, null: str) -> Value:
    """A field of an object that may be null may be null with it."""
    if null and isinstance(value, Record):
        return replace(value, null=value.null or null)
    return nullable(value) if null else value


def nullable(value: Value) -> Value:
    """The value as one that may be null; of an object that is told by its own condition."""
    if isinstance(value, Piece):
        return replace(value, nullable=True)
    return replace(value, nullable=True) if isinstance(value, Listed) else value


def sql_type(shape: Shape) -> str:
    """The SQL type of values of the shape."""
    if isinstance(shape, ListShape):
        return f"{sql_type(shape.element)}[]"
    if isinstance(shape, RecordShape):
        fields = ", ".join(f"{quote_name(n)} {sql_type(inner)}" for n, inner in shape.fields)
        return f"STRUCT({fields})" if fields else "STRUCT(nothing BOOLEAN)"
    if shape.kind is Kind.NUMBER:
        return f"DECIMAL({max(shape.digits, shape.scale, 1)},{shape.scale})"
    if shape.kind in {Kind.DATE, Kind.DAY}:
        return "DATE"
    return "BOOLEAN" if shape.kind is Kind.BOOLEAN else "VARCHAR"


def unify(left: Shape, right: Shape) -> Shape:
    """The shape that holds both.

    Raises:
        UnknownSyntaxError: they are of different kinds.
    """
    if NOTHING in (left, right):
        other = right if left == NOTHING else left
        if isinstance(other, ScalarShape) and other.kind is Kind.DAY:
            raise UnknownSyntaxError("a value is once a day and once null, which is no day")
        return replace(other, nullable=True)
    nullable = left.nullable or right.nullable
    if isinstance(left, ListShape) and isinstance(right, ListShape):
        return ListShape(unify(left.element, right.element), nullable)
    if isinstance(left, RecordShape) and isinstance(right, RecordShape):
        return RecordShape(_unify_fields(dict(left.fields), dict(right.fields)), nullable)
    if isinstance(left, ScalarShape) and isinstance(right, ScalarShape):
        return _unify_scalars(left, right, nullable=nullable)
    raise UnknownSyntaxError("a value is once a list or an object and once not")


def _unify_fields(
    left: Mapping[str, Shape], right: Mapping[str, Shape]
) -> tuple[tuple[str, Shape], ...]:
    names = dict.fromkeys([*left, *right])
    return tuple((name, unify(left.get(name, NOTHING), right.get(name, NOTHING))) for name in names)


def _unify_scalars(left: ScalarShape, right: ScalarShape, *, nullable: bool) -> ScalarShape:
    if left.kind is None or right.kind is None:
        return replace(right if left.kind is None else left, nullable=nullable)
    if left.kind is not right.kind:
        raise UnknownSyntaxError(
            say("a value is once a {first} and once a {second}", first=left.kind, second=right.kind)
        )
    scale = max(left.scale, right.scale)
    digits = max(left.digits - left.scale, right.digits - right.scale) + scale
    if digits > WIDEST:
        raise UnknownSyntaxError(
            say("the values need more than {most} digits together", most=WIDEST)
        )
    plain = left.is_plain and right.is_plain
    return ScalarShape(left.kind, digits, scale, nullable, plain, left.is_wide or right.is_wide)


def sql_as(value: Value, shape: Shape) -> str:
    """The value as one SQL expression of the shape's type."""
    if isinstance(value, Piece):
        if value.kind is None:
            return f"CAST(NULL AS {sql_type(shape)})"
        same = shape_of(value) == shape or sql_type(shape_of(value)) == sql_type(shape)
        return value.sql if same else f"CAST({value.sql} AS {sql_type(shape)})"
    if isinstance(value, Listed):
        same = sql_type(ListShape(value.element)) == sql_type(shape)
        return value.sql if same else _cast_list(value, shape)
    if not isinstance(shape, RecordShape) or not isinstance(value, Record):
        raise UnknownSyntaxError("an object stands where none can")
    packed = ", ".join(
        f"{quote_text(name)}: {sql_as(value.fields.get(name, NULL), inner)}"
        for name, inner in shape.fields
    )
    sql = "{" + (packed or "'nothing': CAST(NULL AS BOOLEAN)") + "}"
    kind = sql_type(shape)
    return (
        f"(CASE WHEN {value.null} THEN CAST(NULL AS {kind}) ELSE {sql} END)" if value.null else sql
    )


def _cast_list(value: Listed, shape: Shape) -> str:
    """Fields are matched by name, which a plain cast of structs does not do."""
    if not isinstance(shape, ListShape):
        raise UnknownSyntaxError("a list stands where none can")
    if value.element == NOTHING:
        return f"CAST({value.sql} AS {sql_type(shape)})"
    element = sql_as(value_at(value.element, "u"), shape.element)
    return f"list_transform({value.sql}, lambda u: {element})"


def is_null(value: Value) -> str:
    """SQL that is true where the value is null; empty where it never is."""
    if isinstance(value, Record):
        return value.null
    if isinstance(value, Opaque):
        raise UnknownSyntaxError(
            say("{path!r} holds values of several kinds, or of none known", path=value.path)
        )
    if isinstance(value, Piece) and value.kind is None:
        return "true"
    if isinstance(value, Piece) and value.kind is Kind.DAY:
        return ""  # the engine has an invalid date there, not null
    return f"({value.sql} IS NULL)" if value.nullable else ""


def any_of(*errors: str) -> str:
    """One condition for several; empty where there is none."""
    distinct = list(dict.fromkeys(error for error in errors if error))
    return distinct[0] if len(distinct) == 1 else f"({' OR '.join(distinct)})" if distinct else ""


def scalar(value: Value, kind: Kind) -> Piece:
    """A value that the engine takes in this kind only; a date fact is a text to it.

    Raises:
        UnknownSyntaxError: it is of another kind, so that the engine always raises.
    """
    if isinstance(value, Piece) and value.kind is Kind.DATE and kind is Kind.STRING:
        return as_text(value)
    if not isinstance(value, Piece) or value.kind is not kind:
        shown = value.kind or "null" if isinstance(value, Piece) else "a list or an object"
        raise UnknownSyntaxError(
            say("{shown} where {kind} is needed: {raises}", shown=shown, kind=kind, raises=RAISES)
        )
    return value


def as_text(value: Piece) -> Piece:
    """A date fact as the text in ISO 8601 that it is to the engine."""
    if value.kind is not Kind.DATE:
        return value
    return replace(value, sql=f"CAST({value.sql} AS VARCHAR)", kind=Kind.STRING)


def needs(value: Value, kind: Kind) -> tuple[Piece, str]:
    """A value that the engine takes in this kind only and never as null, and the errors of it."""
    piece = scalar(value, kind)
    return piece, any_of(piece.error, is_null(piece))


def known_text(value: Value | None) -> str | None:
    """The text of a value that is a constant text, which its SQL quotes."""
    if isinstance(value, Piece) and value.kind is Kind.STRING and _TEXT.fullmatch(value.sql):
        return value.sql[1:-1].replace("''", "'")
    return None


def known_whole(value: Value | None) -> int | None:
    """The number of a value that is a constant whole number, not below zero."""
    number = known_number(value)
    if number is None or number < 0 or number != int(number) or number >= 10**_INDEX:
        return None
    return int(number)


def known_number(value: Value | None) -> Decimal | None:
    """The number of a value that is a constant."""
    if isinstance(value, Piece) and value.kind is Kind.NUMBER:
        found = _NUMBER.fullmatch(value.sql)
        return Decimal(found[1]) if found else None
    return None
