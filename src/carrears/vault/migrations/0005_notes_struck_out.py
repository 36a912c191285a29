"""The vault keeps its notes, but for the name of who is erased, which is struck out."""

from django.db import migrations

_STRUCK = """
create or replace function vault_hold_is_kept() returns trigger language plpgsql as $$
declare
  words constant text[] := array['note_sealed', 'ask_note_sealed'];
begin
  if to_jsonb(new) - words = to_jsonb(old) - words
     and new.note_sealed is not null
     and (new.ask_note_sealed is null) = (old.ask_note_sealed is null) then
    return new;
  end if;
  if (new.stored_id, new.loan_no, new.why, new.note_sealed, new.placed_by_id, new.placed_at)
     is distinct from
     (old.stored_id, old.loan_no, old.why, old.note_sealed, old.placed_by_id, old.placed_at)
     or old.lifted_at is not null then
    raise exception 'the vault keeps its holds' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace function vault_opening_is_kept() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - 'note_sealed' = to_jsonb(old) - 'note_sealed'
     and (new.note_sealed is null) = (old.note_sealed is null) then
    return new;
  end if;
  raise exception 'the vault keeps what it has: update of vault_opening is refused'
    using errcode = 'restrict_violation';
end $$;

drop trigger vault_opening_stays on vault_opening;
create trigger vault_opening_stays before delete on vault_opening
  for each row execute function vault_refuse();
create trigger vault_opening_is_kept before update on vault_opening
  for each row execute function vault_opening_is_kept();
"""

_KEPT = """
create or replace function vault_hold_is_kept() returns trigger language plpgsql as $$
begin
  if (new.stored_id, new.loan_no, new.why, new.note_sealed, new.placed_by_id, new.placed_at)
     is distinct from
     (old.stored_id, old.loan_no, old.why, old.note_sealed, old.placed_by_id, old.placed_at)
     or old.lifted_at is not null then
    raise exception 'the vault keeps its holds' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

drop function vault_opening_is_kept cascade;
drop trigger vault_opening_stays on vault_opening;
create trigger vault_opening_stays before delete or update on vault_opening
  for each row execute function vault_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0004_whose_it_was")]

    operations = [migrations.RunSQL(_STRUCK, _KEPT)]
