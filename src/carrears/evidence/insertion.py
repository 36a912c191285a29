"""The statement by which entries come into the log, and into the queue of what is not sealed."""

from __future__ import annotations

from carrears.evidence.record import Leaf

COLUMNS = (*Leaf._fields, "leaf_hash")


def insert_from(source: str) -> str:
    """Insert and queue what is new of ``source`` in the order of its ``nth``; tells how many."""
    listed = ", ".join(COLUMNS)
    return f"""
with added as (
  insert into evidence_entry ({listed})
  select {listed} from {source} order by nth
  on conflict (key) do nothing
  returning id
), queued as (
  insert into evidence_queuedentry (entry_id) select id from added returning 1
)
select count(*) from queued
"""  # noqa: S608  the sources are of this room
