"""Compare what a case asserts with what was computed, figure by figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

LEFT_OUT = {"name", "stored_range", "stored_installment_ranges", "rows_given"}


@dataclass(frozen=True)
class Difference:
    """One asserted figure that is otherwise here."""

    path: str
    asserted: Any
    computed: Any


def compare(asserted: Any, computed: Any, path: str = "") -> Iterator[tuple[bool, Difference]]:
    """Each asserted figure with whether it agrees; what is null is not asserted.

    Names and what a case marks as not for comparison are left out. A ``paid_date`` of null says
    that the row is not paid, and is compared.
    """
    if isinstance(asserted, dict):
        for key, value in asserted.items():
            if key not in LEFT_OUT:
                other = computed.get(key) if isinstance(computed, dict) else None
                yield from compare(value, other, f"{path}.{key}" if path else key)
    elif isinstance(asserted, list):
        others = computed if isinstance(computed, list) else []
        others = _in_order(asserted, others) if path == "charges" else others
        for index, value in enumerate(asserted):
            other = others[index] if index < len(others) else None
            yield from compare(value, other, f"{path}[{index}]")
    elif asserted is not None or path.endswith("paid_date"):
        yield _same(asserted, computed), Difference(path, asserted, computed)


def _in_order(asserted: list[Any], computed: list[Any]) -> list[Any]:
    """Charges in the order of the case, which follows no rule: matched by kind and due date."""
    left, found = list(computed), []
    for want in asserted:
        key = (want.get("penalty"), want.get("due_date"))
        same = [one for one in left if (one.get("penalty"), one.get("due_date")) == key]
        found.append(same[0] if same else None)
        if same:
            left.remove(same[0])
    return found


def _same(asserted: Any, computed: Any) -> bool:
    if isinstance(asserted, bool) or isinstance(computed, bool) or None in (asserted, computed):
        return asserted is computed
    try:
        return Decimal(str(asserted)) == Decimal(str(computed))
    except InvalidOperation:
        return _plain(asserted) == _plain(computed)


def _plain(value: Any) -> str:
    """Words without the marks that two spellings of one status differ by."""
    return "".join(mark for mark in str(value).lower() if mark.isalnum())
