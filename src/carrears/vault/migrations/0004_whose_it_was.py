"""Contracts and statements of account are kinds of their own; who sent a file is kept with it."""

from django.db import migrations, models

KEPT = """
create or replace function vault_object_is_kept() returns trigger language plpgsql as $$
begin
  if (new.token, new.key, new.kind, new.loan_no, new.case_id, new.party_id, new.address,
      new.sealed_size, new.size, new.media_type, new.created_at, new.created_by_id,
      new.origin)
     is distinct from
     (old.token, old.key, old.kind, old.loan_no, old.case_id, old.party_id, old.address,
      old.sealed_size, old.size, old.media_type, old.created_at, old.created_by_id,
      old.origin)
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
"""

BEFORE = """
create or replace function vault_object_is_kept() returns trigger language plpgsql as $$
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
"""

KINDS = [('audio', 'Audio'), ('screen', 'Screen'), ('letter', 'Letter'), ('photo', 'Photo'), ('document', 'Document'), ('contract', 'Contract'), ('statement', 'Statement')]
ORIGINS = [('house', 'House'), ('debtor', 'Debtor'), ('agency', 'Agency'), ('other', 'Other')]


class Migration(migrations.Migration):
    dependencies = [("vault", "0003_kept_by_the_database")]

    operations = [
        migrations.AddField(
            model_name="storedobject",
            name="origin",
            field=models.CharField(
                choices=ORIGINS, db_default="house", default="house", max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="storedobject",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=12),
        ),
        migrations.RunSQL(KEPT, BEFORE),
    ]
