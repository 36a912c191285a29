"""A permission of its own for handing out proof bundles."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0004_timestamps'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='entry',
            options={'permissions': [('make_bundle', 'Can hand out the proof bundle of a case')]},
        ),
    ]
