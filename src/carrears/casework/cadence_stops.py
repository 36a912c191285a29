"""What stops a step of a cadence: asked when it is planned, and again before it leaves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from carrears.database.session import run_kept
from carrears.strategy.cadences import Cadence, Cadences
from carrears.strategy.kept_cadences import kept_cadences

# Why collection of case ``c`` stands still on a day; null where it does not.
STOPPED = """
(select 'hold: ' || h.reason from casework_hold h
 where (h.case_id = c.id or h.case_id is null and h.party_id = c.party_id)
   and (h.lifted_on is null or h.lifted_on > {day}) and h.from_on <= {day}
   and (h.until_on is null or h.until_on >= {day}) order by h.id limit 1),
(select 'promise' from casework_promise p where p.case_id = c.id and p.state = 'open' limit 1)
"""
# The treatments of the cadence of case ``c``, out of what ``covered_treatments`` says.
_OF_VERSION = """
(coalesce(%(covered)s::jsonb -> coalesce(c.strategy_id::text, ''), %(covered)s::jsonb -> ''))
"""
_COVERED = f"""
case coalesce(c.decision ->> 'cadence', '')
  when '' then coalesce({_OF_VERSION} -> 'products' -> c.product, {_OF_VERSION} -> 'plain')
  else {_OF_VERSION} -> 'named' -> (c.decision ->> 'cadence') end
"""
SPEAKS = f"(({_COVERED}) -> 'treatments' ? c.treatment) is true"
# Whether it has anything more to say on a day.
STILL_SPEAKS = f"""
({SPEAKS} and (({_COVERED}) ->> 'last_day')::integer >= %(as_of)s::date - c.oldest_due_on)
"""


def covered_treatments() -> str:
    """For which treatments, and until how many days past due, each cadence speaks; as JSON.

    By the version of the strategy that carries its own, else under ``""``. There by ``products``
    and, for all others, ``plain``, where the strategy names none; else ``named``.
    """
    kept = kept_cadences()
    own = {str(version): _of_all(cadences) for version, cadences in kept.own.items()}
    return json.dumps({"": _of_all(kept.house), **own})


def _of_all(cadences: Cadences) -> dict[str, Any]:
    products = {product for one in cadences.named.values() for product in one.products}
    by_product = {product: cadences.of_product(product) for product in products}
    plain = next((one for one in cadences.named.values() if not one.products), None)
    return {
        "products": {name: _told(one) for name, one in by_product.items() if one},
        "plain": _told(plain) if plain else None,
        "named": {key: _told(one) for key, one in cadences.named.items()},
    }


def _told(cadence: Cadence) -> dict[str, Any]:
    return {"treatments": sorted(cadence.covered), "last_day": cadence.last_day}


def cancel_overtaken_steps(
    *, today: date | None = None, actions: Sequence[int] | None = None
) -> int:
    """Cancel planned steps that nothing asks for any more; returns how many.

    Of these ``actions``, or of all: the instalment was paid, a promise stands, collection is on
    hold, the strategy wants something else, or with ``today`` the step's time is past.
    """
    given = {
        "covered": covered_treatments(),
        "today": today,
        "actions": None if actions is None else list(actions),
    }
    [found] = run_kept([(_CANCEL, given)])
    return sum(number for _, number in found.rows)


def cancel_steps_of_incoming() -> dict[str, int]:
    """The same for the loans just taken in; returns how many by loan number."""
    given = {"covered": covered_treatments(), "today": None, "actions": None}
    [found] = run_kept([(_CANCEL_INCOMING, given)])
    return dict(found.rows)


_CANCEL_STEPS = f"""
with overtaken as (
  update casework_plannedaction a
  set state = 'cancelled', reason = coalesce(
        why.held, case when c.oldest_due_on is null or c.oldest_due_on > a.due_on then 'paid'
                       when a.until_on < %(today)s::date then 'late' else 'overtaken' end)
  from casework_case c
  {{narrowed}}
  cross join lateral (
    select coalesce({STOPPED.format(day="coalesce(%(today)s::date, c.as_of)")}) as held) why
  where a.case_id = c.id and a.state = 'planned' and a.step_day > 0 and c.state = 'open'
    and (%(actions)s::bigint[] is null or a.id = any(%(actions)s::bigint[]))
    and (why.held is not null or c.oldest_due_on is distinct from a.due_on
         or a.until_on < %(today)s::date or not {SPEAKS})
  returning c.loan_no
)
select loan_no, count(*) from overtaken group by 1
"""  # noqa: S608  parts of this code
_CANCEL = _CANCEL_STEPS.format(narrowed="")
_CANCEL_INCOMING = _CANCEL_STEPS.format(narrowed="join incoming s on s.loan_no = c.loan_no")
