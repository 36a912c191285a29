from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("casework", "0033_held_together")]

    operations = [
        AddIndexConcurrently(
            model_name="caseevent",
            index=models.Index(
                fields=["case", "happened_at"],
                condition=Q(kind="message_unsent"),
                name="case_event_unsent",
            ),
        ),
    ]
