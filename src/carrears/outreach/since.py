"""What was told after a message was booked, and keeps it from leaving.

Between the gate's verdict and the hand-over lie minutes, of a letter days. In these the law, the
person or his payment may have had another word; what the gate asked once is not asked whole again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from carrears.clock import local_day
from carrears.outreach.gateways import is_replayed
from carrears.outreach.models import Attempt

STOPPED = "collection was stopped after it was judged"
REFUSED = "the person refused it after it was judged"
BARRED = "contact was forbidden after it was judged"
PROMISED = "a promise was made after it was judged"
CLOSED = "the case was closed after it was judged"
# The gate tells how close the end was where it was closer than a verdict may be old.
UNASKED = "nothing asks for it any more"
TOO_LATE = "the hours for it were over before it left"

ALL_STOPS = (STOPPED, REFUSED, BARRED, PROMISED, CLOSED, TOO_LATE, UNASKED)

_HELD = """
hold.lifted_on is null and hold.from_on <= %(today)s
and (hold.until_on is null or hold.until_on >= %(today)s)
and exists (
  select from casework_holdstep as done
  where done.hold_id = hold.id and done.kind <> 'lifted' and done.at > asked.booked_at
)
"""
_BARS = """
bar.lifted_at is null and bar.added_at > asked.booked_at and bar.channel in ('', asked.channel)
"""
# Each by an index. A hold of a person is of all that he owes, and of contacts to him.
_ASK = f"""
select asked.id, case
  when file.state = 'closed' then %(closed)s
  when exists (
      select from casework_hold as hold where hold.case_id = asked.case_id and {_HELD}
    ) or exists (
      select from casework_hold as hold
      where hold.case_id is null and hold.party_id in (asked.party_id, file.party_id) and {_HELD}
    ) then %(stopped)s
  when exists (
      select from parties_consent as word
      where word.party_id = asked.party_id and not word.granted
        and word.channel in ('', asked.channel) and word.recorded_at > asked.booked_at
    ) then %(refused)s
  when exists (
      select from conduct_donotcontact as bar where bar.party_id = asked.party_id and {_BARS}
    ) or exists (
      select from conduct_donotcontact as bar
      where bar.value_index = point.value_index and {_BARS}
    ) then %(barred)s
  when step.id is not null and step.part_id is null and exists (
      select from casework_promise as promise
      where promise.case_id = asked.case_id and promise.state = 'open'
        and promise.made_at > asked.booked_at
    ) then %(promised)s
  end
from outreach_attempt as asked
join casework_case as file on file.id = asked.case_id
left join parties_contactpoint as point on point.id = asked.contact_point_id
left join casework_plannedaction as step on step.id = asked.action_id
where asked.id = any(%(asked)s) and asked.purpose = 'collect'
"""  # noqa: S608  the parts are those above
_WORDS = {
    "closed": CLOSED,
    "stopped": STOPPED,
    "refused": REFUSED,
    "barred": BARRED,
    "promised": PROMISED,
}
_NO_END = datetime.max.replace(tzinfo=UTC)


def stopped_since(attempts: Sequence[Attempt], *, at: datetime) -> Mapping[int, str]:
    """Why these must not leave at ``at`` any more, by their numbers; most are not named."""
    if not attempts:
        return {}
    late = {one.pk: TOO_LATE for one in attempts if not is_replayed(one) and at > _hours_end(one)}
    asked: dict[str, Any] = {
        "asked": [one.pk for one in attempts],
        "today": local_day(at, settings.TIME_ZONE),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASK, _WORDS | asked)
        return late | {number: why for number, why in cursor.fetchall() if why}


def _hours_end(attempt: Attempt) -> datetime:
    """When the hours end in which the gate let it go, as far as it came close to their end."""
    rooms = (each.get("room") or {} for each in attempt.verdict.findings)
    left = [room["minutes_left"] for room in rooms if "minutes_left" in room]
    return attempt.at + timedelta(minutes=min(left)) if left else _NO_END
