from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_evidence_check")]

    operations = [
        migrations.AddField(
            model_name="alertmessage",
            name="tried_at",
            field=models.DateTimeField(null=True),
        ),
    ]
