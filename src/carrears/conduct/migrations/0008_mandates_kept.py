"""A mandate says why it was given, and who ended it early and why."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("conduct", "0007_complaints"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            "mandate", {"permissions": [("end_mandate", "Can end a mandate")]}
        ),
        migrations.AddField(
            "mandate",
            "reason",
            models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField("mandate", "ended_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "mandate",
            "ended_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            "mandate",
            "end_reason",
            models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.RemoveConstraint("mandate", "mandate_begins_once"),
        migrations.RemoveConstraint("mandate", "mandate_ends_after_start"),
        migrations.AddConstraint(
            "mandate",
            models.UniqueConstraint(
                fields=["agency", "starts_on"],
                condition=Q(ended_at__isnull=True),
                name="mandate_begins_once",
            ),
        ),
        migrations.AddConstraint(
            "mandate",
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on"))
                | Q(ended_at__isnull=False),
                name="mandate_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            "mandate",
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | (~Q(end_reason="") & Q(ends_on__isnull=False)),
                name="mandate_ended_with_reason",
            ),
        ),
    ]
