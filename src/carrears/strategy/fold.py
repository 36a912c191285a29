"""From the codes of several columns to the rules that fire, in one look-up where possible.

Each column's codes carry the set of rules they allow (a bit row). The sets of two columns'
codes intersect; equal intersections become one new code. So columns fold together until one
code is left, as in recursive flow classification (P. Gupta, N. McKeown, "Packet
classification on multiple fields", SIGCOMM 1999). Where a fold would grow past the budget,
the codes that really occur together in the facts are judged instead: the same intersection,
for those only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.int32]

ENTRY_BUDGET = 1 << 18  # entries of one look-up table; a megabyte stays in the cache
BYTE_BUDGET = 1 << 28  # bytes of rule sets held while one table is made
_CHUNK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Fold:
    """One look-up: the codes of ``parts`` (indexes of axes) combine to a new axis' code.

    The key is the sum of code times stride; ``table[key]`` is the new code.
    """

    parts: tuple[int, ...]
    strides: tuple[int, ...]
    table: Codes


@dataclass(frozen=True, slots=True)
class Plan:
    """How the codes of all axes become one outcome.

    ``folds`` append axes in turn. If ``open_axes`` is empty the last axis is the outcome;
    else these axes remain, and their ``bits`` decide the combinations that occur.
    ``outcomes`` lists the rules (indexes) that fire, by outcome number.
    """

    folds: tuple[Fold, ...]
    outcomes: list[tuple[int, ...]] = field(default_factory=list)
    open_axes: tuple[int, ...] = ()
    bits: tuple[Bits, ...] = ()


def group_codes(allowed: npt.NDArray[np.bool_]) -> tuple[Codes, Bits]:
    """Codes for atoms (rows) such that atoms allowing the same rules (columns) share one."""
    packed = np.packbits(allowed, axis=1, bitorder="little")
    return unique_rows(packed)


def unique_rows(rows: Bits) -> tuple[Codes, Bits]:
    """Each row's code and the distinct rows by code."""
    seen: dict[bytes, int] = {}
    codes = np.fromiter(
        (seen.setdefault(row.tobytes(), len(seen)) for row in rows), np.int32, len(rows)
    )
    width = rows.shape[1]
    return codes, np.frombuffer(b"".join(seen), np.uint8).reshape(len(seen), width)


def is_neutral(bits: Bits, rules: int) -> bool:
    """Whether an axis allows every rule whatever its code."""
    return len(bits) == 1 and bool((bits == _every_rule(rules)).all())


def _every_rule(rules: int) -> Bits:
    every: Bits = np.packbits(np.ones((1, rules), np.bool_), axis=1, bitorder="little")
    return every


def make_plan(
    axes: list[Bits], rules: int, *, collect: bool, entry_budget: int = ENTRY_BUDGET
) -> Plan:
    """Fold the axes, smallest first, as many at a time as the budget allows."""
    bits = list(axes)
    width = (rules + 7) // 8
    budget = min(entry_budget, max(1, BYTE_BUDGET // max(1, width)))
    left = sorted(range(len(bits)), key=lambda axis: len(bits[axis]))
    folds: list[Fold] = []
    while left:
        parts = _affordable(left, bits, budget)
        is_last = len(parts) == len(left)
        if len(parts) < 2 and not is_last:  # noqa: PLR2004  a fold joins two
            return Plan(tuple(folds), [], tuple(left), tuple(bits[axis] for axis in left))
        fold, made = _fold(parts[::-1], bits)
        if is_last:
            return _finish(folds, fold, made, rules, collect=collect)
        folds.append(fold)
        left = sorted([*left[len(parts) :], len(bits)], key=lambda axis: len([*bits, made][axis]))
        bits.append(made)
    always = Fold((), (), np.zeros(1, np.int32))
    if rules == 0:
        return Plan((always,), [()])
    return _finish([], always, _every_rule(rules), rules, collect=collect)


def _affordable(left: list[int], bits: list[Bits], budget: int) -> list[int]:
    parts: list[int] = []
    size = 1
    for axis in left:
        size *= len(bits[axis])
        if size > budget and len(left) > 1:
            break
        parts.append(axis)
    return parts


def _fold(parts: list[int], bits: list[Bits]) -> tuple[Fold, Bits]:
    sizes = [len(bits[axis]) for axis in parts]
    strides = [int(np.prod(sizes[place + 1 :], dtype=np.int64)) for place in range(len(sizes))]
    sets = [bits[axis] for axis in parts]
    first, rest = sets[0], sets[1:]
    tail = reduce(_cross, rest) if rest else None
    seen: dict[bytes, int] = {}
    table = np.empty(int(np.prod(sizes, dtype=np.int64)), np.int32)
    at = 0
    for row in first:
        block = row[None, :] if tail is None else tail & row
        for crossed in block:
            table[at] = seen.setdefault(crossed.tobytes(), len(seen))
            at += 1
    made = np.frombuffer(b"".join(seen), np.uint8).reshape(len(seen), first.shape[1])
    return Fold(tuple(parts), tuple(strides), table), made


def _cross(left: Bits, right: Bits) -> Bits:
    crossed: Bits = (left[:, None, :] & right[None, :, :]).reshape(-1, left.shape[1])
    return crossed


def _finish(folds: list[Fold], fold: Fold, made: Bits, rules: int, *, collect: bool) -> Plan:
    numbers, outcomes = name_outcomes(made, rules, collect=collect)
    last = Fold(fold.parts, fold.strides, numbers[fold.table])
    return Plan((*folds, last), outcomes)


def name_outcomes(sets: Bits, rules: int, *, collect: bool) -> tuple[Codes, list[tuple[int, ...]]]:
    """An outcome number for each rule set, and the rules that fire by outcome number.

    With ``first`` the number is the index of the first rule of the set, or ``rules`` where the
    set is empty; with ``collect`` it stands for all rules of the set.
    """
    if not collect:
        return first_rules(sets, rules), [(rule,) for rule in range(rules)] + [()]
    numbers: dict[tuple[int, ...], int] = {}
    codes = np.empty(len(sets), np.int32)
    for place, row in enumerate(sets):
        codes[place] = numbers.setdefault(_all_bits(row, rules), len(numbers))
    return codes, list(numbers)


_LOWEST_BIT = np.array([0, *((v & -v).bit_length() - 1 for v in range(1, 256))], np.int32)


def first_rules(sets: Bits, rules: int) -> Codes:
    """The first rule of each set; ``rules`` where a set is empty."""
    byte = (sets != 0).argmax(axis=1)
    value = sets[np.arange(len(sets)), byte]
    first: Codes = np.where(value == 0, rules, byte * 8 + _LOWEST_BIT[value]).astype(np.int32)
    return first


def _all_bits(row: Bits, rules: int) -> tuple[int, ...]:
    flags = np.unpackbits(row, count=rules, bitorder="little")
    return tuple(int(bit) for bit in np.flatnonzero(flags))


def judge_combinations(bits: tuple[Bits, ...], combinations: Codes) -> Bits:
    """The rule set of each combination (row) of codes of the open axes."""
    width = bits[0].shape[1]
    made = np.empty((len(combinations), width), np.uint8)
    step = max(1, _CHUNK_BYTES // width)
    for begin in range(0, len(combinations), step):
        chunk = combinations[begin : begin + step]
        parts = [table[chunk[:, place]] for place, table in enumerate(bits)]
        made[begin : begin + step] = reduce(np.bitwise_and, parts)
    return made
