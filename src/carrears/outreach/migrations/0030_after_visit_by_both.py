from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("outreach", "0033_visit_called_off_for_a_promise")]

    operations = [
        migrations.AddConstraint(
            model_name="fieldvisit",
            constraint=models.CheckConstraint(
                condition=Q(joined_by=None, joined_at=None)
                | Q(joined_at__isnull=False, joined_by__isnull=False, checked_in_by__isnull=False)
                & ~Q(joined_by=F("checked_in_by")),
                name="visit_joined_by_the_other",
            ),
        ),
    ]
