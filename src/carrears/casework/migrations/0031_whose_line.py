"""Whose a line is; those that were there are told in ``agencies.0010_after_whose_line``."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_organisations"),
        ("casework", "0030_words_sealed"),
    ]

    operations = [
        migrations.AddField(
            model_name="caseevent",
            name="agency",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
