"""Complaints, disputes, texts without a place and messages that reached nobody are told of."""

from django.db import migrations, models

KINDS = [('mention', 'Mention'), ('moved', 'Moved'), ('taken', 'Taken'), ('reply', 'Reply'), ('promise_broken', 'Promise Broken'), ('approval', 'Approval'), ('dead_letters', 'Dead Letters'), ('complaint', 'Complaint'), ('complaint_due', 'Complaint Due'), ('dispute', 'Dispute'), ('dispute_due', 'Dispute Due'), ('unplaced', 'Unplaced'), ('staff_message', 'Staff Message')]


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_wecom")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=16),
        ),
    ]
