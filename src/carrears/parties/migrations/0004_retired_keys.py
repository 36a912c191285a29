"""Nothing is wrapped by a master key that was retired."""

from django.db import migrations, models

_REFUSE = """
create function parties_wrapping_key(wrapped bytea) returns bytea
  language sql immutable strict parallel safe as $$
  select substr(wrapped, case length(wrapped) when 64 then 1 else 2 end, 4)
$$;
create function parties_refuse_retired() returns trigger language plpgsql as $$
begin
  if exists (
    select from fresh join parties_retiredkey r on r.key_id = parties_wrapping_key(fresh.wrapped_key)
  ) then
    raise exception 'a data key is wrapped by a master key that was retired; read the keyring anew'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger parties_retired_key_stays_out after insert on parties_party
  referencing new table as fresh for each statement execute function parties_refuse_retired();
create function parties_refuse_retired_row() returns trigger language plpgsql as $$
begin
  if exists (
    select from parties_retiredkey r where r.key_id = parties_wrapping_key(new.wrapped_key)
  ) then
    raise exception 'a data key is wrapped by a master key that was retired; read the keyring anew'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger parties_retired_key_stays_out_later before update of wrapped_key on parties_party
  for each row when (new.wrapped_key is distinct from old.wrapped_key)
  execute function parties_refuse_retired_row();
"""
_ALLOW = """
drop trigger parties_retired_key_stays_out_later on parties_party;
drop trigger parties_retired_key_stays_out on parties_party;
drop function parties_refuse_retired_row();
drop function parties_refuse_retired();
drop function parties_wrapping_key(bytea);
"""


class Migration(migrations.Migration):

    dependencies = [("parties", "0003_erased_people")]

    operations = [
        migrations.CreateModel(
            name="RetiredKey",
            fields=[
                ("key_id", models.BinaryField(primary_key=True, serialize=False)),
                ("retired_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(_REFUSE, _ALLOW),
    ]
