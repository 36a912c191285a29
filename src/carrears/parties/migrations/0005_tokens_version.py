from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("parties", "0004_retired_keys")]

    operations = [
        migrations.AddField(
            model_name="party",
            name="tokens_version",
            field=models.SmallIntegerField(db_default=0, default=1),
        ),
        migrations.AddIndex(
            model_name="party",
            index=models.Index(fields=["tokens_version"], name="party_tokens_version"),
        ),
    ]
