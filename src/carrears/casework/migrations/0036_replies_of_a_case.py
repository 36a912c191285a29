from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("casework", "0035_hold_words_struck_out")]

    operations = [
        AddIndexConcurrently(
            model_name="caseevent",
            index=models.Index(
                fields=["case"],
                condition=Q(kind="note", data__has_key="means"),
                name="case_event_reply_of",
            ),
        ),
    ]
