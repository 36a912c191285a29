from django.db import migrations, models


class Migration(migrations.Migration):
    """The report of the book can be narrowed to a part; those that are there tell of the whole."""

    dependencies = [
        ("reports", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportschedule",
            name="narrowed",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
