from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0029_visit_by_both")]

    operations = [
        migrations.AlterField(
            model_name="letteragain",
            name="fared",
            field=models.CharField(
                blank=True,
                choices=[
                    ("sent", "Sent"),
                    ("blocked", "Blocked"),
                    ("gone", "Gone"),
                    ("stopped", "Stopped"),
                    ("broken", "Broken"),
                ],
                max_length=7,
            ),
        ),
    ]
