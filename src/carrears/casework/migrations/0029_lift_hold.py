from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casework", "0028_hold_lifted")]

    operations = [
        migrations.AlterModelOptions(
            name="hold",
            options={
                "ordering": ["-from_on", "-pk"],
                "permissions": [
                    ("lift_hold", "Can let collection go on after a hold of any reason")
                ],
            },
        ),
    ]
