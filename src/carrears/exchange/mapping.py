"""How the columns of a tape become the tables of the book: a small YAML file.

``docs/tape-mapping.md`` explains each key with an example.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

import pyarrow as pa
import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from carrears import layout
from carrears.exchange import canonical
from carrears.exchange.errors import MappingError
from carrears.money import MoneyError, exponent
from carrears.yamls import load_yaml

Parse: TypeAlias = Literal["text", "int", "money", "rate", "percent", "date", "bool", "code"]
TableName: TypeAlias = Literal["loans", "instalments", "payments", "events", "reports", "people"]

_SHIPPED = Path(__file__).with_name("mappings")
_PARSE_OF: dict[pa.DataType, Parse] = {
    pa.int64(): "money",
    pa.int32(): "int",
    pa.string(): "text",
    pa.date32(): "date",
    pa.bool_(): "bool",
    layout.RATE: "rate",
}
_STRICT = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(BaseModel):
    """Where one column comes from and how its text is read."""

    model_config = _STRICT

    source: str | None = Field(default=None, alias="from")
    value: str | None = None
    parse: Parse | None = None
    formats: tuple[str, ...] = ()
    codes: dict[str, str] = {}
    otherwise: str | None = None
    required: bool = False
    default: str | None = None
    nulls: tuple[str, ...] = ()
    min: Decimal | None = None
    max: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    round: Literal["half_up"] | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.source is None) == (self.value is None):
            raise ValueError("give either `from` (a column of the tape) or `value` (a constant)")
        if bool(self.codes) != (self.parse == "code"):
            raise ValueError("`codes` and `parse: code` go together")
        if self.formats and self.parse not in {None, "date"}:
            raise ValueError("`formats` are for dates")
        if self.round and self.parse not in {None, "money"}:
            raise ValueError("`round` is for money")
        return self

    @field_validator("formats")
    @classmethod
    def _formats_have_a_year_and_month(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for text in formats:
            if not {"%Y", "%m"} <= set(re.findall(r"%.", text)) <= {"%Y", "%m", "%d"}:
                raise ValueError(f"{text!r}: a date is written with %Y, %m and %d (day may lack)")
        return formats


def _long_form(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


Columns: TypeAlias = dict[str, Annotated[Column, BeforeValidator(_long_form)]]


class Table(BaseModel):
    """One table; with ``files`` only from files whose name matches."""

    model_config = _STRICT

    files: str | None = None
    columns: Columns


class Months(BaseModel):
    """Groups of columns that repeat for months after the period (``{k}`` = 1 … at most count)."""

    model_config = _STRICT

    count: int = Field(ge=1, le=1200)
    columns: Columns

    @field_validator("columns")
    @classmethod
    def _are_numbered(cls, columns: Columns) -> Columns:
        for name, column in columns.items():
            if not column.source or "{k}" not in column.source:
                raise ValueError(f"{name}: `from` must hold {{k}}, the number of the month")
        return columns


class Period(BaseModel):
    """Columns that report on one period."""

    model_config = _STRICT

    columns: Columns


class Xml(BaseModel):
    """How records are found in an XML tape; tags as ``{namespace}name`` or ``{*}name``."""

    model_config = _STRICT

    record: str


class Detect(BaseModel):
    """What tells that a file is of this kind, when no mapping was named."""

    model_config = _STRICT

    columns: tuple[str, ...] = ()
    contains: str = ""


class Mapping(BaseModel):
    """A whole mapping."""

    model_config = _STRICT

    name: str = Field(min_length=1)
    title: str = ""
    formats: tuple[Literal["csv", "parquet", "xml"], ...] = Field(min_length=1)
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    grouping: str = Field(default="", max_length=1)
    currency: str
    product: str = "default"
    time_zone: str = "Asia/Shanghai"
    nulls: tuple[str, ...] = ("",)
    xml: Xml | None = None
    detect: Detect = Detect()
    tables: dict[TableName, Table] = {}
    period: Period | None = None
    months: Months | None = None

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError as error:
            raise ValueError(f"no such encoding: {encoding}") from error
        return encoding

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, currency: str) -> str:
        try:
            exponent(currency)
        except MoneyError as error:
            raise ValueError(str(error)) from error
        return currency

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name, table in self.tables.items():
            _check_columns(name, table.columns, canonical.TABLES[name])
            _check_required(name, table.columns)
        for block, part in (("period", self.period), ("months", self.months)):
            if part is not None:
                _check_columns(block, part.columns, canonical.PERIOD)
        if self.months and not (self.period and "period_end" in self.period.columns):
            raise ValueError("months: `period` must say when the first month ends (period_end)")
        if self.period and ("loans" not in self.tables or "period_end" not in self.period.columns):
            raise ValueError("period: needs `period_end` and, in tables, the loan that it is of")
        if ("xml" in self.formats) != (self.xml is not None):
            raise ValueError("xml: say which element is a record; only for `formats: [xml]`")
        return self

    def tables_of(self, file_name: str) -> dict[str, Table]:
        """The tables that a file of this name feeds."""
        return {
            name: table
            for name, table in self.tables.items()
            if table.files is None or fnmatch(file_name, table.files)
        }


def parse_of(column: Column, kind: pa.DataType) -> Parse:
    """How a column's text is read: as said, else as its type wants."""
    return column.parse or _PARSE_OF[kind]


_FITTING: dict[pa.DataType, set[str]] = {
    pa.int64(): {"money"},
    pa.int32(): {"int", "code"},
    pa.string(): {"text", "code"},
    pa.date32(): {"date"},
    pa.bool_(): {"bool", "code"},
    layout.RATE: {"rate", "percent"},
}


def _check_columns(block: str, columns: Columns, schema: pa.Schema) -> None:
    for name, column in columns.items():
        if name not in schema.names:
            known = ", ".join(schema.names)
            raise ValueError(f"{block}.columns.{name}: no such column; there are {known}")
        kind = schema.field(name).type
        if parse_of(column, kind) not in _FITTING[kind]:
            fitting = " or ".join(sorted(_FITTING[kind]))
            raise ValueError(f"{block}.columns.{name}.parse: {name} is read as {fitting}")


def _check_required(table: str, columns: Columns) -> None:
    missing = [
        field.name
        for field in canonical.TABLES[table]
        if not field.nullable
        and field.name not in columns
        and (table, field.name) not in canonical.FILLED
        and (table, field.name) not in canonical.DEFAULTS
    ]
    if missing:
        raise ValueError(f"{table}.columns: {', '.join(missing)} must be mapped")


def shipped_names() -> tuple[str, ...]:
    """The names of the mappings that come with Carrears."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.yaml")))


def load_mapping(name_or_path: str | Path) -> Mapping:
    """A shipped mapping by its name, or one of a user's own by its path.

    Raises:
        MappingError: no such mapping, no YAML, or keys that are wrong, each with its path.
    """
    if str(name_or_path) in shipped_names():
        return _load(_SHIPPED / f"{name_or_path}.yaml")
    path = Path(name_or_path)
    if not path.is_file():
        raise MappingError(
            f"{name_or_path}: neither a file nor a shipped mapping ({', '.join(shipped_names())})"
        )
    return _read(path)


@cache
def _load(path: Path) -> Mapping:
    return _read(path)


def _read(path: Path) -> Mapping:
    try:
        raw = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MappingError(f"{path}: not a readable YAML file: {error}") from error
    if not isinstance(raw, dict):
        raise MappingError(f"{path}: a mapping of keys to values is expected")
    try:
        return Mapping.model_validate(raw)
    except ValidationError as error:
        raise MappingError(_explain(path, error)) from error


def _explain(path: Path, error: ValidationError) -> str:
    lines = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"] if part != "[key]")
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "no such key"
        lines.append(f"{path}: {where}: {message}" if where else f"{path}: {message}")
    return "\n".join(lines)
