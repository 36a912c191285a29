"""Time-stamps of checkpoints, which only grow."""

import django.db.models.deletion
from django.db import migrations, models


GROWS = """
create trigger evidence_is_fixed before update or delete on evidence_storedtimestamp
  for each statement execute function evidence_refuse();
create trigger evidence_is_not_emptied before truncate on evidence_storedtimestamp
  for each statement execute function evidence_refuse();
"""
REVERSE = """
drop trigger evidence_is_fixed on evidence_storedtimestamp;
drop trigger evidence_is_not_emptied on evidence_storedtimestamp;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0003_witnesses'),
    ]

    operations = [
        migrations.CreateModel(
            name='StoredTimestamp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('authority', models.TextField()),
                ('response', models.BinaryField()),
                ('stamped_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('checkpoint', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='timestamps', to='evidence.storedcheckpoint')),
            ],
        ),
        migrations.RunSQL(sql=GROWS, reverse_sql=REVERSE),
    ]
