from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("casework", "0026_team_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="caseevent",
            index=models.Index(
                fields=["actor", "happened_at"],
                include=["id", "case"],
                condition=Q(actor__isnull=False),
                name="case_event_person",
            ),
        ),
        AddIndexConcurrently(
            model_name="caseevent",
            index=models.Index(
                fields=["happened_at"],
                include=["case", "kind"],
                condition=Q(kind__in=["promise_kept", "promise_broken", "promise_partly"]),
                name="case_event_promise",
            ),
        ),
        AddIndexConcurrently(
            model_name="plannedaction",
            index=models.Index(
                fields=["until_on"],
                include=["as_of", "case", "channel"],
                condition=Q(state="planned", until_on__isnull=False),
                name="action_ends",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["follow_up_on"],
                include=["id", "assignee"],
                condition=Q(state="open", follow_up_on__isnull=False),
                name="case_put_off",
            ),
        ),
        RemoveIndexConcurrently(model_name="case", name="case_follow_up"),
    ]
