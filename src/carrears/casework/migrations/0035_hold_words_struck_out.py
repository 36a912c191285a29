"""What was done to a hold stays, but for the name of who is erased, which is struck out."""

from django.db import migrations

_STAYS = """
create or replace function casework_holdstep_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'why_sealed' = to_jsonb(old) - 'why_sealed'
     and new.why_sealed is not null then
    return new;
  end if;
  raise exception 'what was done to a hold stays: % of step % is refused', lower(tg_op), old.id
    using errcode = 'restrict_violation';
end $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0034_messages_unsent'),
    ]

    operations = [migrations.RunSQL(_STAYS, migrations.RunSQL.noop)]
