"""What came of contacts, by code; told once for good."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_STAYS = """
create function outreach_outcome_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what came of a contact stays as it was told: % of outcome % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;
create trigger outreach_outcome_stays before update or delete on outreach_contactoutcome
  for each row execute function outreach_outcome_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0012_moves"),
        ("outreach", "0009_receipts"),
        ("parties", "0010_index_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "ContactOutcome",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=160, unique=True)),
                ("agency", models.CharField(blank=True, max_length=64)),
                ("channel", models.CharField(max_length=12)),
                (
                    "direction",
                    models.CharField(choices=[("out", "Out"), ("in", "In")], max_length=3),
                ),
                ("at", models.DateTimeField()),
                ("code", models.CharField(max_length=24)),
                ("codes_from", models.DateField()),
                ("result", models.CharField(max_length=24)),
                ("effective", models.BooleanField()),
                ("right_party", models.BooleanField()),
                ("answered_by", models.CharField(blank=True, max_length=12)),
                ("staff", models.PositiveSmallIntegerField(null=True)),
                ("next_step", models.CharField(max_length=12)),
                ("follow_up_on", models.DateField(null=True)),
                ("told_at", models.DateTimeField()),
                (
                    "attempt",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcome",
                        to="outreach.attempt",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="casework.case",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="parties.party",
                    ),
                ),
                (
                    "told_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["case", "-told_at"], name="outcome_case"),
                    models.Index(
                        condition=models.Q(("attempt", None)),
                        fields=["party", "-at"],
                        name="outcome_unbooked",
                    ),
                    models.Index(
                        fields=["at"], include=("channel", "right_party"), name="outcome_time"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("attempt", None), ("direction", "out"), _connector="OR"),
                        name="outcome_of_attempt_is_out",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("staff", None), ("channel", "visit"), _connector="OR"),
                        name="outcome_staff_of_visit",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_STAYS, "drop function outreach_outcome_stays cascade"),
    ]
