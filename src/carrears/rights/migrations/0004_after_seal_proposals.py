"""Why a change of an account was proposed or refused lies sealed from now on."""

from django.db import migrations

from carrears.rights.late_sealing import seal_proposals


def _seal(apps, schema_editor):
    seal_proposals()


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('rights', '0003_after_seal_words'),
        ('signin', '0004_people'),
    ]

    operations = [migrations.RunPython(_seal, migrations.RunPython.noop)]
