"""Of which cases a promise is to be met soon."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

_PROMISED = """
select c.id from casework_promise o
join casework_promisepart a on a.promise_id = o.id join casework_case c on c.id = o.case_id
where o.state = 'open' and a.state = 'open' and a.due_on <= c.as_of + %(days)s
  and (%(cases)s::bigint[] is null or c.id = any(%(cases)s::bigint[]))
"""


def promised_soon(cases: Sequence[int] | None, *, days: int) -> set[int]:
    """The cases with a part of a promise that is due within so many days of their books, or was.

    Of these cases; of all where they are not named, which is quicker than to name very many.
    """
    if cases is not None and not cases:
        return set()
    told = None if cases is None else list(cases)
    with connection.cursor() as cursor:
        cursor.execute(_PROMISED, {"cases": told, "days": days})
        return {pk for (pk,) in cursor.fetchall()}
