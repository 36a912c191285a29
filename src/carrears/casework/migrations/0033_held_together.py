import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0032_pages_of_a_showing'),
        ('parties', '0013_portal_accounts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HoldingTogether',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=128, unique=True)),
                ('asked', models.JSONField()),
                ('reason', models.CharField(choices=[('dispute', 'Dispute'), ('hardship', 'Hardship'), ('hospital', 'Hospital'), ('bereavement', 'Bereavement'), ('legal', 'Legal'), ('complaint', 'Complaint'), ('disaster', 'Disaster'), ('death', 'Death'), ('insolvency', 'Insolvency'), ('moratorium', 'Moratorium')], max_length=12)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField(null=True)),
                ('takes_new', models.BooleanField()),
                ('asked_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('lift_at', models.DateTimeField(null=True)),
                ('lifted_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lift_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-asked_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='HeldTogether',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fared', models.CharField(blank=True, choices=[('held', 'Held'), ('before', 'Before'), ('gone', 'Gone'), ('stopped', 'Stopped'), ('broken', 'Broken'), ('lifted', 'Lifted'), ('kept', 'Kept')], max_length=7)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='casework.case')),
                ('hold', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='casework.hold')),
                ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='casework.holdingtogether')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddIndex(
            model_name='holdingtogether',
            index=models.Index(condition=models.Q(('done_at', None), models.Q(('lift_at__isnull', False), ('lifted_at', None)), _connector='OR'), fields=['asked_at'], name='holding_under_way'),
        ),
        migrations.AddIndex(
            model_name='holdingtogether',
            index=models.Index(condition=models.Q(('lift_at', None)), fields=['from_on'], name='holding_stands'),
        ),
        migrations.AddIndex(
            model_name='heldtogether',
            index=models.Index(fields=['order', 'fared', 'id'], name='held_together_waiting'),
        ),
        migrations.AddConstraint(
            model_name='heldtogether',
            constraint=models.UniqueConstraint(condition=models.Q(('party__isnull', False)), fields=('order', 'party'), name='held_together_once'),
        ),
        migrations.AddConstraint(
            model_name='heldtogether',
            constraint=models.UniqueConstraint(fields=('order', 'case'), name='case_held_together_once'),
        ),
    ]
