from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """By it the different time zones of people are found without reading them all."""

    atomic = False

    dependencies = [
        ("parties", "0013_portal_accounts"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="party",
            index=models.Index(fields=["time_zone"], name="party_time_zone"),
        ),
    ]
