from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("casework", "0036_replies_of_a_case")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["assignee", "obligor_no"],
                include=[
                    *("id", "party", "arrears", "bucket", "currency", "treatment", "as_of"),
                    *("band", "follow_up_on", "follow_up_at"),
                ],
                condition=Q(state="open"),
                name="case_desk",
            ),
        ),
        RemoveIndexConcurrently(model_name="case", name="case_load"),
    ]
