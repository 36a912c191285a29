"""Find the replies that ask for a person without a look at every line of every timeline."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Built while the table is used."""

    atomic = False
    dependencies = [("casework", "0017_hold_reasons")]
    operations = [
        AddIndexConcurrently(
            "caseevent",
            models.Index(
                fields=["happened_at"],
                condition=Q(kind="note", data__has_key="means"),
                name="case_event_reply",
            ),
        ),
    ]
