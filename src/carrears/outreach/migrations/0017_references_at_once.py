"""Enter references in their index at once.

By itself a GIN index keeps what is new in a list that each look-up reads whole: with some
thousand texts under way a receipt took two milliseconds to find its message, and a sender spent
most of its time so.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

_INDEX = "delivery_references"
_TURN = 'alter index "{name}" set (fastupdate = {how})'


class Migration(migrations.Migration):
    dependencies = [("outreach", "0016_received_mails")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        _TURN.format(name=_INDEX, how="off"),
                        f"select gin_clean_pending_list('{_INDEX}')",
                    ],
                    _TURN.format(name=_INDEX, how="on"),
                )
            ],
            state_operations=[
                migrations.RemoveIndex("delivery", _INDEX),
                migrations.AddIndex(
                    "delivery", GinIndex(fields=["references"], name=_INDEX, fastupdate=False)
                ),
            ],
        )
    ]
