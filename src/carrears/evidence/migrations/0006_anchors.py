"""Anchors of checkpoints in a chain, which only grow."""

import django.db.models.deletion
from django.db import migrations, models


GROWS = """
create trigger evidence_is_fixed before update or delete on evidence_storedanchor
  for each statement execute function evidence_refuse();
create trigger evidence_is_not_emptied before truncate on evidence_storedanchor
  for each statement execute function evidence_refuse();
"""
REVERSE = """
drop trigger evidence_is_fixed on evidence_storedanchor;
drop trigger evidence_is_not_emptied on evidence_storedanchor;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0005_make_bundle'),
    ]

    operations = [
        migrations.CreateModel(
            name='StoredAnchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_id', models.BigIntegerField()),
                ('contract', models.TextField()),
                ('owner', models.TextField()),
                ('transaction', models.TextField(blank=True)),
                ('block', models.BigIntegerField()),
                ('anchored_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('checkpoint', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='anchors', to='evidence.storedcheckpoint')),
            ],
            options={'constraints': [models.UniqueConstraint(fields=('checkpoint', 'chain_id', 'contract', 'owner'), name='evidence_anchor_once')]},
        ),
        migrations.RunSQL(sql=GROWS, reverse_sql=REVERSE),
    ]
