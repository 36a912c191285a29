from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("casework", "0027_day_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["lifted_on"], condition=Q(lifted_on__isnull=False), name="hold_lifted"
            ),
        ),
    ]
