"""The compiler's own check: on one value of every atom a cell must mean what the engine says.

A cell's truth is the same all over an atom, so agreement on a value of each is agreement
everywhere; what the parser or the atoms got wrong ends here as a refusal, not as a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import zen

from carrears.strategy.atoms import Atoms, Mask, representatives
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.jdm import Column, TableNode, node_label
from carrears.strategy.reasons import say
from carrears.strategy.single import to_json

BUDGET = 20_000  # engine calls for one column; beyond it atoms are tried at even steps


def prove_cells(
    node: TableNode,
    column: Column,
    masks: Mapping[str, Mask],
    atoms: Atoms,
    rows_of: Mapping[str, list[int]],
) -> None:
    """Put every distinct cell of a column to the engine on a value of each atom.

    Raises:
        RefusedError: the engine sees a cell otherwise than the compiler.
    """
    values = [(atom, v) for atom, v in enumerate(representatives(atoms)) if v is not ...]
    step = max(1, -(-len(values) * len(masks) // BUDGET))
    contexts = [(atom, v, to_json({"$": v})) for atom, v in values]
    for offset, (text, mask) in enumerate(masks.items()):
        for atom, value, context in contexts[offset % step :: step]:
            if _engine_says(text, context) != bool(mask[atom]):
                place = Place(node_label(node), rows_of[text][0] + 1, column.label)
                raise RefusedError(
                    place,
                    say(
                        "{text!r} means something else to the engine at {shown}",
                        text=text,
                        shown=_show(value),
                    ),
                )


def _engine_says(cell: str, context: str) -> bool:
    try:
        return bool(zen.evaluate_unary_expression(cell, context))
    except RuntimeError:  # an error in a cell counts as false
        return False


def _show(value: Any) -> str:
    return "null" if value is None else f"{value:f}" if isinstance(value, Decimal) else repr(value)
