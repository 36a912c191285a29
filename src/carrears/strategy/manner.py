"""In which manner a strategy has a debtor spoken to: its outputs ``tone`` and ``offer``.

A tone is one of four, or ``none`` where nobody is to be contacted. What may be offered is the
lender's to say, under ``offers`` of ``treatments.yaml``. Both belong to the document of a version
and are kept with what it decided; what stands in a cell as it is has to be one of these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, get_args

from carrears.strategy.constants import FailsAlwaysError
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.expression import parse_expression
from carrears.strategy.jdm import Document, TableNode, node_label
from carrears.strategy.reasons import say
from carrears.strategy.syntax import Const, UnknownSyntaxError

Tone = Literal["friendly", "neutral", "supportive", "firm"]
TONES: tuple[str, ...] = get_args(Tone)
NO_CONTACT = "none"


def find_unknown_manners(document: Document, *, offers: Collection[str]) -> Iterator[RefusedError]:
    """The cells of ``tone`` and ``offer`` that say what there is not; computed ones are left."""
    known = {"tone": (*TONES, NO_CONTACT), "offer": tuple(offers)}
    for node in document.nodes:
        if not isinstance(node, TableNode):
            continue
        for column in node.content.outputs:
            words = known.get(column.field or "")
            for row, rule in enumerate(node.content.rules, 1) if words is not None else ():
                said = _constant(rule.get(column.id, ""))
                if said is not None and said not in (words or ()):
                    yield RefusedError(
                        Place(node_label(node), row, column.label),
                        say(
                            "{said} is none of {known}",
                            said=repr(said),
                            known=", ".join(words or ()),
                        ),
                    )


def constants_of(document: Document, field: str) -> set[object]:
    """What the tables of a graph write into an output as it is; what is computed is left out."""
    return {
        said
        for node in document.nodes
        if isinstance(node, TableNode)
        for column in node.content.outputs
        if column.field == field
        for rule in node.content.rules
        if (said := _constant(rule.get(column.id, ""))) is not None
    }


def _constant(cell: str) -> object | None:
    """What a cell writes; None for an empty one, for null, and for one that is computed."""
    if not cell.strip():
        return None
    try:
        tree = parse_expression(cell.strip())
    except (UnknownSyntaxError, FailsAlwaysError):
        return None
    return tree.value if isinstance(tree, Const) else None
