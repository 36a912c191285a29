"""Read a whole column at once.

Distinct values are read once each; amounts, which are mostly distinct, go through NumPy when
they are plain, and one by one when they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carrears import layout
from carrears.exchange import values
from carrears.exchange.mapping import Column, Parse
from carrears.money import exponent

Mask = npt.NDArray[np.bool_]
_ISO = ("%Y-%m-%d",)
_PLAIN_DIGITS = 13  # with two decimals still exact in a float
_MICRO = 1_000_000
_NUMBERS = {"int", "money", "rate", "percent"}


@dataclass(slots=True)
class Parsed:
    """A column's values, and what was wrong by row; wrong values are null."""

    values: pa.Array
    wrong: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number must keep to; ends in the units of the text."""

    low: Decimal | None = None
    high: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None

    def sentences(self) -> Iterator[tuple[Callable[..., Any], Decimal, str]]:
        """The comparison that breaks each bound, the bound, and how to say it."""
        for bound, breaks, said in (
            (self.low, pc.less, "at least"),
            (self.high, pc.greater, "at most"),
            (self.above, pc.less_equal, "more than"),
            (self.below, pc.greater_equal, "less than"),
        ):
            if bound is not None:
                yield breaks, bound, f"must be {said} {bound}"


def read_column(
    raw: pa.Array,
    column: Column,
    *,
    parse: Parse,
    currency: str,
    nulls: tuple[str, ...],
    grouping: str = "",
    allowed: tuple[str, ...] = (),
    bounds: Bounds = Bounds(),
    in_minor: bool = False,
) -> Parsed:
    """``raw`` (texts, or the types of a Parquet file) as the column that ``parse`` names.

    With ``in_minor`` whole numbers are minor units already. Missing values are filled by
    the column's default; a required one that is still missing is wrong.
    """
    if grouping and parse in _NUMBERS and pa.types.is_string(raw.type):
        raw = pc.replace_substring(raw, grouping, "")
    typed = None if parse == "code" else _take_typed(raw, parse, currency, in_minor=in_minor)
    parsed = typed or _read_texts(raw, column, parse, currency, nulls, allowed)
    if typed is not None and allowed:
        parsed = _read_texts(raw, column, parse, currency, nulls, allowed)
    scale = {"money": 10 ** exponent(currency), "rate": _MICRO, "percent": _MICRO}.get(parse, 1)
    _check_bounds(parsed, bounds, raw, scale=scale, parse=parse)
    if column.required and parsed.values.null_count:
        for row in _rows(pc.is_null(parsed.values)):
            parsed.wrong.setdefault(int(row), "is missing")
    return _with_rate_type(parsed) if parse in {"rate", "percent"} else parsed


def _read_texts(  # noqa: PLR0917  the pieces of one column
    raw: pa.Array,
    column: Column,
    parse: Parse,
    currency: str,
    nulls: tuple[str, ...],
    allowed: tuple[str, ...],
) -> Parsed:
    texts = _clean(_as_text(raw), (*nulls, *column.nulls), column.default)
    if parse == "text" and not allowed:
        return Parsed(texts)
    reader, kind = _reader(column, parse, currency, allowed)
    if parse == "money":
        return _read_amounts(texts, reader, decimals=exponent(currency))
    return _read_distinct(texts, reader, kind)


def _reader(
    column: Column, parse: Parse, currency: str, allowed: tuple[str, ...]
) -> tuple[Callable[[str], Any], pa.DataType]:
    rounding = column.round is not None
    formats = column.formats or _ISO
    codes, otherwise = column.codes, column.otherwise
    by_parse: dict[str, tuple[Callable[[str], Any], pa.DataType]] = {
        "text": (lambda text: values.read_word(text, allowed=allowed), pa.string()),
        "int": (values.read_int, pa.int32()),
        "money": (
            lambda text: values.read_money(text, currency=currency, rounding=rounding),
            pa.int64(),
        ),
        "rate": (values.read_rate, pa.int64()),
        "percent": (values.read_percent, pa.int64()),
        "date": (lambda text: values.read_date(text, formats=formats), pa.date32()),
        "bool": (values.read_bool, pa.bool_()),
        "code": (
            lambda text: values.read_code(text, codes=codes, otherwise=otherwise),
            pa.string(),
        ),
    }
    return by_parse[parse]


def _read_distinct(texts: pa.Array, reader: Callable[[str], Any], kind: pa.DataType) -> Parsed:
    """Read each distinct text once."""
    coded = pc.dictionary_encode(texts)
    read: list[Any] = []
    wrong_codes: dict[int, str] = {}
    for code, text in enumerate(coded.dictionary.to_pylist()):
        try:
            read.append(reader(text))
        except values.BadValue as finding:
            read.append(None)
            wrong_codes[code] = str(finding)
    parsed = Parsed(pa.array(read, kind).take(coded.indices))
    if wrong_codes:
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(np.isin(codes, list(wrong_codes))):
            parsed.wrong[int(row)] = wrong_codes[int(codes[row])]
    return parsed


def _read_amounts(texts: pa.Array, reader: Callable[[str], Any], *, decimals: int) -> Parsed:
    """Amounts that are plain by NumPy, the others one by one."""
    fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    pattern = rf"^-?[0-9]{{1,{_PLAIN_DIGITS}}}{fraction}$"
    plain = pc.match_substring_regex(texts, pattern).fill_null(False)
    floats = pc.cast(pc.if_else(plain, texts, None), pa.float64())
    scaled = np.rint(floats.fill_null(0.0).to_numpy(zero_copy_only=False) * 10**decimals)
    amounts = scaled.astype(np.int64)
    known = plain.to_numpy(zero_copy_only=False)
    odd = np.flatnonzero(~known & pc.is_valid(texts).to_numpy(zero_copy_only=False))
    wrong: dict[int, str] = {}
    for row in odd.tolist():
        try:
            amounts[row] = reader(texts[row].as_py())
            known[row] = True
        except values.BadValue as finding:
            wrong[row] = str(finding)
    return Parsed(pa.array(amounts, pa.int64(), mask=~known), wrong)


def _take_typed(raw: pa.Array, parse: Parse, currency: str, *, in_minor: bool) -> Parsed | None:
    """A Parquet column whose type already says what it is; None where its text must be read."""
    kind = raw.type
    if parse == "money" and pa.types.is_integer(kind):
        amounts = raw.cast(pa.int64())
        return Parsed(amounts if in_minor else pc.multiply(amounts, 10 ** exponent(currency)))
    if parse in {"money", "rate"} and pa.types.is_decimal(kind):
        return _take_decimal(raw, exponent(currency) if parse == "money" else 6)
    if parse == "int" and pa.types.is_integer(kind):
        return _take_cast(raw, pa.int32())
    is_itself = {"date": pa.types.is_date32, "bool": pa.types.is_boolean}.get(parse)
    return Parsed(raw) if is_itself is not None and is_itself(kind) else None


def _take_decimal(raw: pa.Array, decimals: int) -> Parsed | None:
    """The unscaled integers of a decimal column; None where it is finer or too large."""
    try:
        exact = raw.cast(pa.decimal128(38, decimals))
    except pa.ArrowInvalid:
        return None
    exact = pa.concat_arrays([exact]) if exact.offset else exact
    words = np.frombuffer(exact.buffers()[1], dtype=np.int64)[: 2 * len(exact)].reshape(-1, 2)
    known = pc.is_valid(exact).to_numpy(zero_copy_only=False)
    if np.any(known & (words[:, 1] != words[:, 0] >> 63)):
        return None
    return Parsed(pa.array(words[:, 0], pa.int64(), mask=~known))


def _take_cast(raw: pa.Array, kind: pa.DataType) -> Parsed | None:
    try:
        return Parsed(raw.cast(kind))
    except pa.ArrowInvalid:
        return None


def _as_text(raw: pa.Array) -> pa.Array:
    if pa.types.is_string(raw.type):
        return raw
    if pa.types.is_floating(raw.type):
        shown = [None if x is None else format(Decimal(repr(x)), "f") for x in raw.to_pylist()]
        return pa.array(shown, pa.string())
    return raw.cast(pa.string())


def _clean(texts: pa.Array, nulls: tuple[str, ...], default: str | None) -> pa.Array:
    texts = pc.utf8_trim_whitespace(texts)
    missing = pc.is_in(texts, value_set=pa.array(nulls, pa.string()))
    texts = pc.if_else(missing, pa.scalar(None, pa.string()), texts)
    return texts if default is None else texts.fill_null(default)


def _check_bounds(
    parsed: Parsed, bounds: Bounds, raw: pa.Array, *, scale: int, parse: Parse
) -> None:
    for breaks, bound, sentence in bounds.sentences():
        limit = pa.scalar(float(bound) * scale if parse != "date" else bound)
        for row in _rows(breaks(parsed.values, limit)):
            shown = raw[int(row)].as_py()
            hint = "; a percentage wants `parse: percent`" if _is_percentage(parse, bound) else ""
            parsed.wrong.setdefault(int(row), f"{shown!r} {sentence}{hint}")


def _is_percentage(parse: Parse, bound: Decimal) -> bool:
    return parse == "rate" and bound == 1


def _rows(mask: pa.Array) -> npt.NDArray[np.int64]:
    return np.flatnonzero(mask.fill_null(False).to_numpy(zero_copy_only=False))


def _with_rate_type(parsed: Parsed) -> Parsed:
    """Millionths as decimal(9, 6), exactly."""
    micros = parsed.values
    low = micros.fill_null(0).to_numpy(zero_copy_only=False)
    words = np.stack([low, low >> 63], axis=1)
    validity = pc.is_valid(micros).to_numpy(zero_copy_only=False)
    packed = np.packbits(validity, bitorder="little")
    parsed.values = pa.Array.from_buffers(
        layout.RATE, len(micros), [pa.py_buffer(packed), pa.py_buffer(np.ascontiguousarray(words))]
    )
    return parsed
