import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("outreach", "0028_written_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="fieldvisit",
            name="joined_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="fieldvisit",
            name="joined_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="visitstep",
            name="standing",
            field=models.CharField(
                choices=[
                    ("kept", "Kept"),
                    ("stopped", "Stopped"),
                    ("waits", "Waits"),
                    ("conflict", "Conflict"),
                ],
                max_length=8,
            ),
        ),
    ]
