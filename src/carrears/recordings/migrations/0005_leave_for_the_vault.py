"""A chunk's frame may leave the database once it is in the vault, and nothing else of it changes.

Of a part only that it was stored is told later; neither it nor what a recording has in the vault
is taken back.
"""

from django.db import migrations

_GUARD = """
create or replace function recordings_chunk_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.sealed is null
     and (new.id, new.recording_id, new.seq, new.size, new.sha256, new.link, new.from_ms,
          new.to_ms, new.peaks, new.received_at)
       is not distinct from
         (old.id, old.recording_id, old.seq, old.size, old.sha256, old.link, old.from_ms,
          old.to_ms, old.peaks, old.received_at)
     and exists (
       select from recordings_part p where p.recording_id = old.recording_id
       and p.stored_id is not null and p.first <= old.seq and old.seq < p.first + p.count
     ) then
    return new;
  end if;
  raise exception 'a chunk is kept as it was taken: % of chunk % of recording % is refused',
    lower(tg_op), old.seq, old.recording_id using errcode = 'restrict_violation';
end $$;

create function recordings_part_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.stored_id is not null
     or (new.id, new.recording_id, new.first, new.count, new.previous, new.head, new.planned_at)
       is distinct from
        (old.id, old.recording_id, old.first, old.count, old.previous, old.head, old.planned_at)
  then
    raise exception 'a part of a recording stays: % of % of recording % is refused',
      lower(tg_op), old.first, old.recording_id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger recordings_part_stays before update or delete on recordings_part
  for each row execute function recordings_part_stays();

create function recordings_archived_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what recording % has in the vault stays there', old.token
    using errcode = 'restrict_violation';
end $$;
create trigger recordings_archived_stays before update on recordings_recording
  for each row when (new.archived_count < old.archived_count)
  execute function recordings_archived_stays();
"""
_UNGUARD = """
drop function recordings_archived_stays cascade;
drop function recordings_part_stays cascade;
create or replace function recordings_chunk_stays() returns trigger language plpgsql as $$
begin
  raise exception 'a chunk is kept as it was taken: % of chunk % of recording % is refused',
    lower(tg_op), old.seq, old.recording_id using errcode = 'restrict_violation';
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("recordings", "0004_archived")]

    operations = [migrations.RunSQL(_GUARD, _UNGUARD)]
