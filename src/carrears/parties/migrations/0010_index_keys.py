"""Under which key the indexes of a person were made; none is made under one that was retired."""

from django.db import migrations, models

_REFUSE = """
create function parties_refuse_retired_index() returns trigger language plpgsql as $$
begin
  if exists (select from fresh join parties_retiredkey r on r.key_id = fresh.index_key) then
    raise exception 'an index was made under a key that was retired; read the keyring anew'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create function parties_refuse_retired_index_row() returns trigger language plpgsql as $$
begin
  if exists (select from parties_retiredkey r where r.key_id = new.index_key) then
    raise exception 'an index was made under a key that was retired; read the keyring anew'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger parties_retired_index_stays_out after insert on parties_party
  referencing new table as fresh for each statement
  execute function parties_refuse_retired_index();
create trigger parties_retired_index_stays_out_later before update of index_key on parties_party
  for each row when (new.index_key is distinct from old.index_key)
  execute function parties_refuse_retired_index_row();
"""
_ALLOW = """
drop trigger parties_retired_index_stays_out_later on parties_party;
drop trigger parties_retired_index_stays_out on parties_party;
drop function parties_refuse_retired_index_row();
drop function parties_refuse_retired_index();
"""


class Migration(migrations.Migration):

    dependencies = [("parties", "0009_consent_ledger")]

    operations = [
        migrations.AddField(
            model_name="party",
            name="index_key",
            field=models.BinaryField(null=True),
        ),
        migrations.RunSQL(_REFUSE, _ALLOW),
    ]
