from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("casework", "0025_absence_hours")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["assignee", "obligor_no"],
                include=["id", "party", "arrears"],
                condition=Q(state="open"),
                name="case_load",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["follow_up_on"],
                condition=Q(state="open", follow_up_on__isnull=False),
                name="case_follow_up",
            ),
        ),
        AddIndexConcurrently(
            model_name="plannedaction",
            index=models.Index(
                fields=["as_of"],
                include=["case", "channel", "planned_for"],
                condition=Q(state="planned"),
                name="action_waiting",
            ),
        ),
    ]
