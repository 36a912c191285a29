from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0007_append_one'),
    ]

    operations = [
        migrations.AddField(
            model_name='witnessstate',
            name='silent_since',
            field=models.DateTimeField(null=True),
        ),
    ]
