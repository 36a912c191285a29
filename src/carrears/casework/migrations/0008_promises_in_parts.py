"""Promises have parts and terms; what was promised before has one part and no tolerance.

Of a promise that is open the book's day is the one before it was made where that was a day like
any other, and its own where the book was a past one played again (``casework.matching``).
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_STATES = [
    ("open", "Open"),
    ("kept", "Kept"),
    ("partly", "Partly"),
    ("broken", "Broken"),
    ("cancelled", "Cancelled"),
]
_FILL = """
update casework_promise p
set currency = c.currency, party_id = c.party_id,
    book_day = case when p.made_on = (p.made_at at time zone 'Asia/Shanghai')::date
      then p.made_on - 1 else p.made_on end,
    cancelled_for = case when p.state = 'cancelled' then 'closed' else '' end
from casework_case c where c.id = p.case_id;
insert into casework_promisepart (promise_id, seq, amount, due_on, state, met, settled_on, met_by)
select id, 1, amount, due_on, case state when 'cancelled' then 'open' else state end,
       least(paid_since, amount), case when state <> 'cancelled' then settled_on end, '[]'
from casework_promise;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0007_placements"),
        ("parties", "0006_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PromisePart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.SmallIntegerField()),
                ("amount", models.BigIntegerField()),
                ("due_on", models.DateField()),
                ("state", models.CharField(choices=_STATES, default="open", max_length=9)),
                ("met", models.BigIntegerField(default=0)),
                ("settled_on", models.DateField(null=True)),
                ("met_by", models.JSONField(default=list)),
                (
                    "promise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="casework.promise",
                    ),
                ),
            ],
            options={
                "ordering": ["promise", "seq"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="promise_part_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("met__gte", 0), ("met__lte", models.F("amount"))),
                        name="promise_part_met",
                    ),
                    models.UniqueConstraint(
                        fields=("promise", "seq"), name="promise_part_seq"
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="promise", name="one_open_promise"),
        migrations.AddField("promise", "attempt", models.BigIntegerField(null=True)),
        migrations.AddField("promise", "book_day", models.DateField(null=True)),
        migrations.AddField(
            "promise", "cancelled_for", models.CharField(blank=True, max_length=12)
        ),
        migrations.AddField("promise", "changes", models.IntegerField(default=0)),
        migrations.AddField("promise", "channel", models.CharField(blank=True, max_length=12)),
        migrations.AddField("promise", "currency", models.CharField(max_length=3, null=True)),
        migrations.AddField("promise", "judged_on", models.DateField(null=True)),
        migrations.AddField(
            "promise",
            "party",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AddField("promise", "payments_seen", models.IntegerField(default=0)),
        migrations.AddField("promise", "slack", models.BigIntegerField(default=0)),
        migrations.AddField("promise", "slack_days", models.SmallIntegerField(default=0)),
        migrations.AlterField(
            "promise",
            "state",
            models.CharField(choices=_STATES, default="open", max_length=9),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        # What was filled is checked at once, or the tables could not be altered further.
        migrations.RunSQL("set constraints all immediate", migrations.RunSQL.noop),
        migrations.AlterField("promise", "book_day", models.DateField()),
        migrations.AlterField("promise", "currency", models.CharField(max_length=3)),
        migrations.RemoveField("promise", "paid_before"),
        migrations.AddIndex("promise", models.Index(fields=["due_on"], name="promise_due")),
        migrations.AddIndex(
            "promise",
            models.Index(
                condition=models.Q(("state", "open")), fields=["case"], name="promise_open"
            ),
        ),
    ]
