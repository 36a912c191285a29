"""A message keeps the arm of an experiment by which it says its words.

An arm holds words only that are approved for the experiment's template when it is planned.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
create function outreach_arm_is_approved() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.words, new.strategy_id, new.experiment_id)
     is distinct from (old.words, old.strategy_id, old.experiment_id) then
    raise exception 'an arm keeps what it tries' using errcode = 'restrict_violation';
  end if;
  if tg_op = 'INSERT' and new.words <> '' and not exists (
      select from outreach_templateversion v
      join experiments_experiment e on e.id = new.experiment_id and e.template = v.key
      where v.version = new.words and v.state = 'approved') then
    raise exception 'an arm holds approved words of its template'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger outreach_arm_is_approved before insert or update on experiments_arm
  for each row execute function outreach_arm_is_approved();
"""
UNGUARD = """
drop trigger outreach_arm_is_approved on experiments_arm;
drop function outreach_arm_is_approved();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0019_cadence_steps'),
        ('conduct', '0013_disputes'),
        ('experiments', '0002_words_of_templates'),
        ('outreach', '0020_status_files'),
        ('parties', '0010_index_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='arm',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='experiments.arm'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('arm__isnull', False)), fields=['arm'], name='attempt_arm'),
        ),
        migrations.RunSQL(GUARD, reverse_sql=UNGUARD),
    ]
