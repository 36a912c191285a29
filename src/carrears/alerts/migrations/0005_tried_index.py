from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("alerts", "0004_tried_at")]

    operations = [
        AddIndexConcurrently(
            model_name="alertmessage",
            index=models.Index(fields=["target", "-tried_at"], name="alert_tried"),
        ),
    ]
