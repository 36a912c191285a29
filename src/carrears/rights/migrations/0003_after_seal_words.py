"""What people typed and an older release kept in clear lies sealed from now on."""

from django.db import migrations

from carrears.rights.late_sealing import seal_what_is_clear


def _seal(apps, schema_editor):
    seal_what_is_clear()


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('rights', '0002_contested'),
        ('agencies', '0009_reasons_sealed'),
        ('casework', '0030_words_sealed'),
        ('conduct', '0013_disputes'),
        ('outreach', '0025_reasons_sealed'),
        ('parties', '0012_words_sealed'),
        ('recordings', '0006_words_sealed'),
    ]

    operations = [migrations.RunPython(_seal, migrations.RunPython.noop)]
