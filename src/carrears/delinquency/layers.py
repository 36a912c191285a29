"""The two layers of a state: the screen's totals for every loan, the ledger's word where needed.

The ledger is asked about loans that owe something, of products whose terms no totals can tell
(``Product.by_ledger``), and of loans to which something happened that only it reckons with.
Where it was asked its figures hold; on the others both would say the same.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from carrears.delinquency.buckets import Buckets, load_buckets
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.delinquency.screen import AsOf, date_expression
from carrears.layout import LEDGER_KINDS

# What only the ledger knows; the screen's word for it.
_LEDGER_ONLY = {"arrears_penalty": 0, "arrears_compound": 0, "payoff": None}


def flagged(screened: ir.Table, terms: ir.Table, events: ir.Table, *, as_of: AsOf) -> ir.Table:
    """``screened`` with ``by_ledger``: whether the ledger has to be asked."""
    happened = events.filter(
        events.kind.isin(LEDGER_KINDS), events.happened_on <= date_expression(as_of)
    )
    eventful = happened.select("loan_id").distinct().mutate(is_eventful=ibis.literal(value=True))
    named = terms.select("product", asked="by_ledger")
    joined = screened.left_join(eventful, "loan_id", rname="event_{name}")
    joined = joined.left_join(named, "product", rname="terms_{name}")
    no = ibis.literal(value=False)
    return joined.select(
        *screened.columns,
        by_ledger=(joined.arrears > 0)
        | joined.asked.fill_null(no)
        | joined.is_eventful.fill_null(no),
    )


def combined(flagged: ir.Table, reckoned: ir.Table, *, buckets: Buckets | None = None) -> ir.Table:
    """The state of each loan: ``flagged`` (the screen's columns, ``by_ledger``) with ``reckoned``.

    ``reckoned`` has the columns of ``RECKONED`` for every loan that is ``by_ledger``. Adds
    ``arrears_penalty``, ``arrears_compound`` (罚息, 复利) and ``payoff``, what settles the loan on
    the day; null where the ledger was not asked.
    """
    joined = flagged.left_join(reckoned, "loan_id", rname="ledger_{name}")
    given = {}
    for field in RECKONED:
        name = field.name
        if name == "loan_id":
            continue
        theirs = joined[name if name in _LEDGER_ONLY else f"ledger_{name}"]
        ours = _otherwise(name, theirs) if name in _LEDGER_ONLY else joined[name]
        given[name] = ibis.ifelse(joined.by_ledger, theirs, ours)
    given["bucket"] = (buckets or load_buckets()).number_expression(given["dpd"])
    columns = [name for name in flagged.columns if name != "by_ledger"]
    state = {name: given.get(name, joined[name]) for name in columns}
    only = {name: given[name] for name in _LEDGER_ONLY}
    return joined.select(**state, **only, by_ledger=joined.by_ledger)


def _otherwise(name: str, column: ir.Value) -> ir.Value:
    value = _LEDGER_ONLY[name]
    return ibis.null(column.type()) if value is None else ibis.literal(value, column.type())
