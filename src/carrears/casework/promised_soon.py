"""Of which cases a promise is to be met soon."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

_PROMISED = """
select c.id from casework_case c
where c.id = any(%(cases)s::bigint[]) and exists (
  select from casework_promise o join casework_promisepart a on a.promise_id = o.id
  where o.case_id = c.id and o.state = 'open' and a.state = 'open'
  and a.due_on <= c.as_of + %(days)s)
"""


def promised_soon(cases: Sequence[int], *, days: int) -> set[int]:
    """The cases with a part of a promise that is due within so many days of their books, or was."""
    if not cases:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_PROMISED, {"cases": list(cases), "days": days})
        return {pk for (pk,) in cursor.fetchall()}
