"""The log only grows: the database refuses what would alter it, whoever asks.

A superuser can switch triggers off; what he then alters is what ``verify_log`` finds.
"""

from django.db import migrations

GROW_ONLY = ("evidence_entry", "evidence_position", "evidence_storedcheckpoint")
NO_LOSS = ("evidence_storedtile", "evidence_queuedentry")

FUNCTIONS = """
create function evidence_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the evidence log only grows: % of % is refused', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end $$;

create function evidence_tile_grows() returns trigger language plpgsql as $$
begin
  if (new.level, new.index) is distinct from (old.level, old.index)
     or substr(new.hashes, 1, length(old.hashes)) <> old.hashes then
    raise exception 'the evidence log only grows: a tile keeps its hashes'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create function evidence_queue_is_kept() returns trigger language plpgsql as $$
begin
  if exists (
    select from gone
    where not exists (select from evidence_position p where p.entry_id = gone.entry_id)
  ) then
    raise exception 'the evidence log only grows: a queued entry has no place yet'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;

create trigger evidence_tile_grows before update on evidence_storedtile
  for each row execute function evidence_tile_grows();
create trigger evidence_tile_stays before delete on evidence_storedtile
  for each statement execute function evidence_refuse();
create trigger evidence_queue_is_kept after delete on evidence_queuedentry
  referencing old table as gone for each statement execute function evidence_queue_is_kept();
create trigger evidence_queue_is_fixed before update on evidence_queuedentry
  for each statement execute function evidence_refuse();
-- Hashes do not compress; trying would only cost time.
alter table evidence_storedtile alter column hashes set storage external;
"""

REVERSE = """
alter table evidence_storedtile alter column hashes set storage extended;
drop function evidence_queue_is_kept cascade;
drop function evidence_tile_grows cascade;
drop function evidence_refuse cascade;
"""


def _triggers() -> str:
    lines = [
        f"create trigger evidence_is_fixed before update or delete on {table}"
        " for each statement execute function evidence_refuse();"
        for table in GROW_ONLY
    ]
    lines += [
        f"create trigger evidence_is_not_emptied before truncate on {table}"
        " for each statement execute function evidence_refuse();"
        for table in GROW_ONLY + NO_LOSS
    ]
    return "\n".join(lines)


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [migrations.RunSQL(sql=FUNCTIONS + _triggers(), reverse_sql=REVERSE)]
