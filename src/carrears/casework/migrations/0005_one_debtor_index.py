"""Cases have their debtor in a column with an index of its own; the one on the JSON goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casework", "0004_watch_files")]

    operations = [migrations.RemoveIndex(model_name="case", name="case_open_obligor")]
