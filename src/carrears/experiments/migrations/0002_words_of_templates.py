"""Experiments try versions of a template's words as well as strategies."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('experiments', '0001_initial'),
        ('strategy', '0004_adopted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='experiment',
            name='one_running_experiment',
        ),
        migrations.AddField(
            model_name='arm',
            name='words',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='delivered_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='promised_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='replied_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='experiment',
            name='template',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AlterField(
            model_name='arm',
            name='strategy',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='strategy.strategyversion'),
        ),
        migrations.AlterField(
            model_name='experiment',
            name='metric',
            field=models.CharField(choices=[('cure', 'Cure'), ('recovery', 'Recovery'), ('delivered', 'Delivered'), ('replied', 'Replied'), ('promised', 'Promised'), ('paid', 'Paid')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='arm',
            constraint=models.CheckConstraint(condition=models.Q(('strategy', None), ('words', ''), _connector='XOR'), name='arm_of_strategy_or_words'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('template',), name='one_running_of_a_kind'),
        ),
    ]
