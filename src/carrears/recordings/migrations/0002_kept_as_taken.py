"""What was recorded is kept as it was taken: chunks never change, recordings stay who and what."""

from django.db import migrations

_GUARD = """
create function recordings_chunk_stays() returns trigger language plpgsql as $$
begin
  raise exception 'a chunk is kept as it was taken: % of chunk % of recording % is refused',
    lower(tg_op), old.seq, old.recording_id using errcode = 'restrict_violation';
end $$;
create trigger recordings_chunk_stays before update or delete on recordings_chunk
  for each row execute function recordings_chunk_stays();

create function recordings_recording_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a recording is kept: delete of % is refused', old.token
      using errcode = 'restrict_violation';
  end if;
  if (new.token, new.kind, new.case_id, new.staff_id, new.started_at, new.received_at,
      new.sealed_key)
     is distinct from
     (old.token, old.kind, old.case_id, old.staff_id, old.started_at, old.received_at,
      old.sealed_key)
     or new.chunk_count < old.chunk_count
     or old.state in ('ended', 'refused') and new.state <> old.state then
    raise exception 'recording % is what was recorded, of whom and by whom', old.token
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger recordings_recording_stays before update or delete on recordings_recording
  for each row execute function recordings_recording_stays();
-- What is sealed does not compress; trying would only cost time.
alter table recordings_chunk alter column sealed set storage external;
"""
_UNGUARD = """
alter table recordings_chunk alter column sealed set storage extended;
drop function recordings_recording_stays cascade;
drop function recordings_chunk_stays cascade;
"""


class Migration(migrations.Migration):
    dependencies = [("recordings", "0001_initial")]

    operations = [migrations.RunSQL(_GUARD, _UNGUARD)]
