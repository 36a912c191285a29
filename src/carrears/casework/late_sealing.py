"""Seal the words on timelines that an older release wrote in clear, in portions."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from carrears.casework.hold_models import HoldReason
from carrears.casework.words import FIELD
from carrears.clock import now
from carrears.parties.damaged import DamagedKeyError, set_aside
from carrears.parties.words import Spoken, seal_words

_PORTION = 1000
# Why a case changed hands was told as a reason, by hand in words or by rule as one of these.
CODES = [*HoldReason.values, "paid", "appeal", "appeal_settled", "promise", "term", "by_hand"]
_FOUND = """
select e.id, e.key, c.party_id,
       coalesce(nullif(e.data ->> 'text', ''), e.data ->> 'reason')
from casework_caseevent e join casework_case c on c.id = e.case_id
where e.text_sealed is null and e.id > %(after)s
  and (c.party_id is null or not c.party_id = any(%(aside)s))
  and (e.data ->> 'text' <> ''
       or e.kind in ('assigned', 'recalled', 'placement_extended') and e.data ->> 'reason' <> ''
          and not e.data ->> 'reason' = any(%(codes)s))
order by e.id limit %(portion)s for update of e
"""
_SEALED = """
update casework_caseevent e
set data = (case when e.data ? 'text' then e.data else e.data - 'reason' end)
           || w.put, text_sealed = w.sealed
from json_to_recordset(%s) as w (id bigint, put jsonb, sealed bytea)
where e.id = w.id
"""
_FOLLOW_UPS = """
update casework_case c
set follow_up_why = (c.follow_up_why - 'reason') || coalesce((
  select jsonb_build_object('line', e.key) from casework_caseevent e
  where e.case_id = c.id and e.kind = 'follow_up' order by e.happened_at desc, e.id desc limit 1
), '{}')
where c.follow_up_why ? 'reason'
"""


def seal_timelines() -> int:
    """Seal the words of all lines; returns of how many. What was sealed already stays.

    Lines of people whose data key does not open stay as they are, and the people are set aside.
    """
    sealed, after = 0, 0
    aside: set[uuid.UUID] = set()
    while True:
        try:
            found = _seal_some(after, aside)
        except DamagedKeyError as error:
            set_aside(error.people, at=now())
            aside |= error.people
            continue
        if found is None:
            break
        sealed, after = sealed + found[0], found[1]
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW_UPS)
    return sealed


@transaction.atomic
def _seal_some(after: int, aside: Collection[uuid.UUID]) -> tuple[int, int] | None:
    with connection.cursor() as cursor:
        told: dict[str, Any] = {"after": after, "codes": CODES, "portion": _PORTION}
        told["aside"] = list(aside)
        cursor.execute(_FOUND, told)
        rows = cursor.fetchall()
        if not rows:
            return None
        closed = seal_words(
            [
                Spoken(party=party, field=FIELD, context=key, text=text)
                for _, key, party, text in rows
            ]
        )
        put = [
            {
                "id": row[0],
                "put": {"text": ""} if one.sealed else {"text": "", "erased": True},
                "sealed": f"\\x{one.sealed.hex()}" if one.sealed else None,
            }
            for row, one in zip(rows, closed, strict=True)
        ]
        cursor.execute(_SEALED, [json.dumps(put)])
    return len(rows), rows[-1][0]
