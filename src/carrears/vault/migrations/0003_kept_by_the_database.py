"""The database keeps what the vault has to keep, whoever asks.

What a row says of its object stays; a key is destroyed only after its time, and never while a
hold stands. A superuser can switch triggers off; ``carrears vault verify`` finds what he alters.
"""

from django.db import migrations

FUNCTIONS = """
create function vault_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the vault keeps what it has: % of % is refused', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end $$;

create function vault_object_is_kept() returns trigger language plpgsql as $$
begin
  if (new.token, new.key, new.kind, new.loan_no, new.case_id, new.party_id, new.address,
      new.sealed_size, new.size, new.media_type, new.created_at, new.created_by_id)
     is distinct from
     (old.token, old.key, old.kind, old.loan_no, old.case_id, old.party_id, old.address,
      old.sealed_size, old.size, old.media_type, old.created_at, old.created_by_id)
     or (old.retained_until is not null
         and (new.retained_until is null or new.retained_until < old.retained_until))
     or (old.destroyed_at is not null and new.destroyed_at is distinct from old.destroyed_at) then
    raise exception 'the vault keeps what it has: % is altered', old.token
      using errcode = 'restrict_violation';
  end if;
  if new.wrapped_key is distinct from old.wrapped_key then
    if new.wrapped_key is not null then
      raise exception 'the vault keeps what it has: another key for %', old.token
        using errcode = 'restrict_violation';
    end if;
    -- the earliest day there is anywhere: what the lender's own zone is, the program knows
    if old.retained_until is not null
       and ((new.destroyed_at + interval '14 hours') at time zone 'UTC')::date
           <= old.retained_until then
      raise exception 'the vault keeps % until %', old.token, old.retained_until
        using errcode = 'restrict_violation';
    end if;
    if exists (
      select from vault_legalhold h where h.lifted_at is null
      and (h.stored_id = old.token or (h.loan_no <> '' and h.loan_no = old.loan_no))
    ) then
      raise exception 'the vault holds %', old.token using errcode = 'restrict_violation';
    end if;
  end if;
  return new;
end $$;

create function vault_hold_is_kept() returns trigger language plpgsql as $$
begin
  if (new.stored_id, new.loan_no, new.why, new.note_sealed, new.placed_by_id, new.placed_at)
     is distinct from
     (old.stored_id, old.loan_no, old.why, old.note_sealed, old.placed_by_id, old.placed_at)
     or old.lifted_at is not null then
    raise exception 'the vault keeps its holds' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create trigger vault_object_is_kept before update on vault_storedobject
  for each row execute function vault_object_is_kept();
create trigger vault_object_stays before delete on vault_storedobject
  for each row execute function vault_refuse();
create trigger vault_hold_is_kept before update on vault_legalhold
  for each row execute function vault_hold_is_kept();
create trigger vault_hold_stays before delete on vault_legalhold
  for each row execute function vault_refuse();
create trigger vault_opening_stays before delete or update on vault_opening
  for each row execute function vault_refuse();
create trigger vault_opened_stays before delete or update on vault_opening_objects_opened
  for each row execute function vault_refuse();
"""

REVERSE = """
drop function vault_hold_is_kept cascade;
drop function vault_object_is_kept cascade;
drop function vault_refuse cascade;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_legal_holds")]

    operations = [migrations.RunSQL(FUNCTIONS, REVERSE)]
