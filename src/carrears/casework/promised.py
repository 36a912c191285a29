"""What was promised and is still to come: the one place that says which promise is due, or waits.

A part counts while neither it nor its promise is settled or withdrawn; it is due on its day and
after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from carrears.casework.models import Case

# The parts ``a`` of promises ``o`` that count.
_STANDING = """casework_promise o join casework_promisepart a
  on a.promise_id = o.id and o.state = 'open' and a.state = 'open'"""
# As ``d`` of a case ``c`` on the day ``t.day``: whether a part is ``due``, whether one ``waits``,
# due or not, and when the newest of their promises was ``made_at``.
PROMISED = f"""cross join lateral (
  select bool_or(a.due_on <= t.day) as due, count(*) > 0 as waits, max(o.made_at) as made_at
  from {_STANDING} where o.case_id = c.id
) d"""  # noqa: S608  constants of this module


@dataclass(frozen=True, slots=True)
class Promised:
    """What is still to come of a case: whether any of it is due by a day, and the newest promise.

    ``made_at`` is None where nothing is to come.
    """

    due: bool
    made_at: datetime | None


def promised(case: Case, *, on: date) -> Promised:
    """What is still to come of a case, as of a day."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_ONE, {"case": case.pk, "day": on})
        due, made_at = cursor.fetchone()
    return Promised(bool(due), made_at)


def promised_soon(cases: Sequence[int] | None, *, days: int) -> set[int]:
    """The cases with a part of a promise that is due within so many days of their books, or was.

    Of these cases; of all where they are not named, which is quicker than to name very many.
    """
    if cases is not None and not cases:
        return set()
    told = None if cases is None else list(cases)
    with connection.cursor() as cursor:
        cursor.execute(_SOON, {"cases": told, "days": days})
        return {pk for (pk,) in cursor.fetchall()}


_OF_ONE = f"""
select d.due, d.made_at
from (select %(case)s::bigint as id) c cross join (select %(day)s::date as day) t {PROMISED}
"""  # noqa: S608  see above
_SOON = f"""
select c.id from {_STANDING} join casework_case c on c.id = o.case_id
where a.due_on <= c.as_of + %(days)s
  and (%(cases)s::bigint[] is null or c.id = any(%(cases)s::bigint[]))
"""  # noqa: S608  see above
