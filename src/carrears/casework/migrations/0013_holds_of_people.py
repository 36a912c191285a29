"""A hold may be of a person with all that he owes; what is done to holds stays."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_BORROWERS = """
update casework_hold h set party_id = c.party_id from casework_case c
where c.id = h.case_id and h.party_id is null
"""
_STAYS = """
create function casework_holdstep_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was done to a hold stays: % of step % is refused', lower(tg_op), old.id
    using errcode = 'restrict_violation';
end $$;
create trigger casework_holdstep_stays before update or delete on casework_holdstep
  for each row execute function casework_holdstep_stays();
"""
_REASONS = [
    ("dispute", "Dispute"),
    ("hardship", "Hardship"),
    ("hospital", "Hospital"),
    ("bereavement", "Bereavement"),
    ("legal", "Legal"),
    ("complaint", "Complaint"),
    ("disaster", "Disaster"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0012_moves"),
        ("parties", "0010_index_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "hold",
            "party",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="parties.party",
            ),
        ),
        migrations.AlterField(
            "hold",
            "case",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="holds",
                to="casework.case",
            ),
        ),
        migrations.AlterField(
            "hold", "reason", models.CharField(choices=_REASONS, max_length=12)
        ),
        migrations.CreateModel(
            "HoldStep",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("placed", "Placed"), ("moved", "Moved"), ("lifted", "Lifted")],
                        max_length=9,
                    ),
                ),
                ("until_on", models.DateField(null=True)),
                ("why_sealed", models.BinaryField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="casework.hold",
                    ),
                ),
            ],
            options={"ordering": ["at", "pk"]},
        ),
        migrations.RunSQL(_BORROWERS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "hold",
            models.CheckConstraint(
                condition=models.Q(("case__isnull", False), ("party__isnull", False), _connector="OR"),
                name="hold_of_case_or_person",
            ),
        ),
        migrations.AddIndex(
            "hold",
            models.Index(
                condition=models.Q(("lifted_on", None)), fields=["until_on"], name="hold_standing"
            ),
        ),
        migrations.AddIndex(
            "hold",
            models.Index(condition=models.Q(("case", None)), fields=["party"], name="hold_of_person"),
        ),
        migrations.RunSQL(_STAYS, "drop function casework_holdstep_stays cascade"),
    ]
