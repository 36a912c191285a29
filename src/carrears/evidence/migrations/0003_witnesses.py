"""Witnesses: their cosignatures, which only grow, and what each last did."""

import django.db.models.deletion
from django.db import migrations, models


GROWS = """
create trigger evidence_is_fixed before update or delete on evidence_storedcosignature
  for each statement execute function evidence_refuse();
create trigger evidence_is_not_emptied before truncate on evidence_storedcosignature
  for each statement execute function evidence_refuse();
"""
REVERSE = """
drop trigger evidence_is_fixed on evidence_storedcosignature;
drop trigger evidence_is_not_emptied on evidence_storedcosignature;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='WitnessState',
            fields=[
                ('vkey', models.TextField(primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('url', models.TextField()),
                ('size', models.BigIntegerField(default=0)),
                ('cosigned_at', models.DateTimeField(null=True)),
                ('asked_at', models.DateTimeField(null=True)),
                ('failures', models.IntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('refusal', models.TextField(blank=True)),
                ('refused_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='StoredCosignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('key_id', models.BinaryField()),
                ('line', models.TextField()),
                ('cosigned_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField()),
                ('checkpoint', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='cosignatures', to='evidence.storedcheckpoint')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('checkpoint', 'name', 'key_id'), name='evidence_cosignature_once')],
            },
        ),
        migrations.RunSQL(sql=GROWS, reverse_sql=REVERSE),
    ]
