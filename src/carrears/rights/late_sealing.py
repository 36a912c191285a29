"""What an older release kept in clear: sealed by a migration, and of whom it could not, later.

One place knows the columns of every room. Killed at any point the same again goes on.
"""

# ruff: noqa: S608  the statements are constants

from __future__ import annotations

from datetime import datetime

from carrears.casework.late_sealing import CODES, seal_timelines
from carrears.parties.damaged import take_back, try_again
from carrears.parties.late_sealing import ClearColumn, seal_column

_MOVES = ClearColumn(
    table="casework_move",
    column="reason",
    key="'casework.cases.moved:' || t.id",
    party="(select case when count(distinct c.party_id) = 1 then min(c.party_id::text)::uuid end"
    " from casework_movedcase m join casework_case c on c.id = m.case_id where m.move_id = t.id)",
)
_CALLED_BACK = ClearColumn(
    table="casework_placement",
    column="recall_reason",
    key="'placement:' || t.id || ':recalled'",
    party="(select p.token from parties_party p where p.party_no = t.obligor_no)",
    where=f"not t.recall_reason = any('{{{','.join(CODES)}}}')",
)
_COMMENTS = ClearColumn(
    table="conduct_flaggednote",
    column="comment",
    key="(select 'note-reviewed:' || e.key from casework_caseevent e where e.id = t.note_id)",
    party="(select c.party_id from casework_caseevent e join casework_case c on c.id = e.case_id"
    " where e.id = t.note_id)",
    name="comment",
)
# What the house says itself; the rest was typed.
_HOUSE = (
    "erased,restricted,appeal,appeal_settled,by_hand"
    ",asked by text to be left alone,asked by mail to be left alone"
)
_BARRED = ClearColumn(
    table="conduct_donotcontact",
    column="reason",
    key="'do-not-contact:' || t.id",
    party="t.party_id",
    where=f"not t.reason = any('{{{_HOUSE}}}')",
)
_LIFTED = ClearColumn(
    table="conduct_donotcontact",
    column="lift_reason",
    key="'do-not-contact-lifted:' || t.id",
    party="t.party_id",
    where=f"not t.lift_reason = any('{{{_HOUSE}}}')",
)
_NOTES = ClearColumn(
    table="recordings_playback",
    column="note",
    key="'recording:' || t.recording_id || ':played:' || t.id",
    party="(select c.party_id from recordings_recording r join casework_case c on c.id = r.case_id"
    " where r.token = t.recording_id)",
    name="note",
)
_CORRECTIONS = ClearColumn(
    table="parties_correction",
    column="reason",
    key="'corrected:' || t.id",
    party="t.party_id",
)
_ERASURES = ClearColumn(
    table="parties_party",
    column="erase_reason",
    key="'erased:' || t.token",
    pk="token",
)
_ASKED = ClearColumn(
    table="outreach_override",
    column="reason",
    key="'override:' || t.id || ':asked'",
    party="t.party_id",
)
_DECIDED = ClearColumn(
    table="outreach_override",
    column="decision",
    key="'override:' || t.id || ':' || t.state",
    party="t.party_id",
)
_LET_BE = ClearColumn(
    table="outreach_delivery",
    column="close_reason",
    key="(select 'deadletter:' || a.key from outreach_attempt a where a.id = t.attempt_id)",
    party="(select a.party_id from outreach_attempt a where a.id = t.attempt_id)",
)
# Gateways' words stand in the same columns. What was typed of an uncertain message the log has too.
_TYPED = (
    "(select e.key from evidence_entry e where e.key = any(array["
    "'delivery:' || {0} || ':accepted', 'delivery:' || {0} || ':failed'])"
    " and left(e.payload::jsonb ->> 'reason', 120) = t.error limit 1)"
)
_OF_DELIVERY = _TYPED.format("(select a.key from outreach_attempt a where a.id = t.attempt_id)")
_OF_ATTEMPT = _TYPED.format("t.key")
_SAID = "'somebody said what became of it'"
_SETTLED = ClearColumn(
    table="outreach_delivery",
    column="error",
    key=_OF_DELIVERY,
    party="(select a.party_id from outreach_attempt a where a.id = t.attempt_id)",
    where=f"t.settled_at is not null and {_OF_DELIVERY} is not null",
)
_SETTLED_TOO = ClearColumn(
    table="outreach_attempt",
    column="error",
    key=_OF_ATTEMPT,
    party="t.party_id",
    where="t.id in (select d.attempt_id from outreach_delivery d where d.settled_at is not null)"
    f" and {_OF_ATTEMPT} is not null",
)
_REFUSALS = ClearColumn(
    table="agencies_placing",
    column="reason",
    key="'agencies.placing.refused:' || t.id",
)
_EXTENDED = ClearColumn(
    table="agencies_placementstep",
    column="reason",
    key="'placement-step:' || t.id",
    party="(select p.token from parties_party p join casework_placement c"
    " on c.obligor_no = p.party_no where c.id = t.placement_id)",
    where="t.kind = 'extended'",
)


_PROPOSED = ClearColumn(
    table="signin_proposal",
    column="reason",
    key="'proposal:' || t.id || ':asked'",
)
_DECLINED = ClearColumn(
    table="signin_proposal",
    column="decision",
    key="'proposal:' || t.id || ':refused'",
)


def seal_what_is_clear() -> int:
    """Seal all of it, and set aside whose data key does not open; returns of how many rows."""
    sealed = seal_timelines()
    sealed += seal_column(_MOVES)
    sealed += seal_column(_CALLED_BACK, emptied="'by_hand'")
    sealed += seal_column(_COMMENTS)
    sealed += seal_column(_BARRED, emptied="'by_hand'")
    sealed += seal_column(_LIFTED, emptied="'by_hand'")
    sealed += seal_column(_NOTES)
    sealed += seal_column(_CORRECTIONS)
    sealed += seal_column(_ERASURES)
    sealed += seal_column(_ASKED)
    sealed += seal_column(_DECIDED)
    sealed += seal_column(_LET_BE)
    sealed += seal_column(_SETTLED, emptied=_SAID)
    sealed += seal_column(_SETTLED_TOO, emptied=_SAID)
    sealed += seal_column(_REFUSALS)
    sealed += seal_column(_EXTENDED, emptied="'by_hand'")
    return sealed


def seal_proposals() -> int:
    """The same of what was typed at four eyes, which is the house's: nobody's key is needed."""
    return sum(seal_column(one, emptied="'by_hand'") for one in (_PROPOSED, _DECLINED))


def seal_set_aside(*, at: datetime) -> int:
    """Try those again who were set aside, and seal what they still have in clear; how many people.

    Bears a second start and being killed.
    """
    mended = try_again(at=at)
    if mended:
        seal_what_is_clear()
        take_back(mended)
    return len(mended)
