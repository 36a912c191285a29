"""What an experiment has proven comes into force by two people as well."""

from django.db import migrations, models
from django.db.models import F, Q

KINDS = [
    ("approved", "Approved"),
    ("adopted", "Adopted"),
    ("rolled_back", "Rolled Back"),
    ("file", "File"),
]


class Migration(migrations.Migration):
    dependencies = [("strategy", "0003_never_changed")]

    operations = [
        migrations.AlterField(
            model_name="publication",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=12),
        ),
        migrations.RemoveConstraint(model_name="publication", name="publication_by_two_people"),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                name="publication_by_two_people",
                condition=~Q(kind__in=["approved", "adopted"])
                | (
                    Q(proposed_by__isnull=False, approved_by__isnull=False)
                    & ~Q(approved_by=F("proposed_by"))
                ),
            ),
        ),
    ]
