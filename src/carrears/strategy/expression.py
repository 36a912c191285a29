"""Standard expressions: text to a syntax tree, what needs no facts already worked out."""

from __future__ import annotations

from functools import lru_cache

from carrears.strategy.constants import fold_tree, is_constant
from carrears.strategy.parsing import Parser
from carrears.strategy.syntax import Expr


@lru_cache(maxsize=65536)
def parse_expression(source: str) -> Expr:
    """The syntax tree of a standard expression; whatever has no references is folded.

    Raises:
        UnknownSyntaxError: it cannot be compiled.
        FailsAlwaysError: it has no references and the engine raises on it.
    """
    parser = Parser(source)
    tree = parser.expression()
    parser.expect_end()
    return fold_tree(source, tree) if is_constant(tree) else tree
