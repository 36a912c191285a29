from django.db import migrations


class Migration(migrations.Migration):
    """No table changes: what comes after every migration makes the role of the house's storeys."""

    dependencies = [
        ('access', '0004_people'),
    ]

    operations = []
