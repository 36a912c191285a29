"""What was told of a visit stays, but for the name of who is erased, which is struck out."""

from django.db import migrations

_STAYS = """
create or replace function outreach_visitstep_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'told_sealed' = to_jsonb(old) - 'told_sealed'
     and new.told_sealed is not null then
    return new;
  end if;
  raise exception 'what was told of a visit stays: % of step % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0031_letter_broken'),
    ]

    operations = [migrations.RunSQL(_STAYS, migrations.RunSQL.noop)]
