"""A case that is due is told of; and of what somebody wants no message in WeCom."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = [('mention', 'Mention'), ('moved', 'Moved'), ('taken', 'Taken'), ('reply', 'Reply'), ('promise_broken', 'Promise Broken'), ('approval', 'Approval'), ('dead_letters', 'Dead Letters'), ('complaint', 'Complaint'), ('complaint_due', 'Complaint Due'), ('dispute', 'Dispute'), ('dispute_due', 'Dispute Due'), ('unplaced', 'Unplaced'), ('staff_message', 'Staff Message'), ('case_due', 'Case Due')]


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_more_to_tell_of"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=16),
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="notice_preference",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("muted", models.JSONField(default=list)),
            ],
        ),
    ]
