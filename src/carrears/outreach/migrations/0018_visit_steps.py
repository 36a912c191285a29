"""What visitors tell from the way, once for good."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_STAYS = """
create function outreach_visitstep_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was told of a visit stays: % of step % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;
create trigger outreach_visitstep_stays before update or delete on outreach_visitstep
  for each row execute function outreach_visitstep_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0017_references_at_once"),
        ("vault", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "VisitStep",
            [
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("check_in", "Check In"),
                            ("photo", "Photo"),
                            ("signature", "Signature"),
                            ("result", "Result"),
                            ("check_out", "Check Out"),
                        ],
                        max_length=9,
                    ),
                ),
                ("claimed_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("clock_off_s", models.IntegerField(null=True)),
                ("late", models.BooleanField()),
                ("outside_window", models.BooleanField(default=False)),
                (
                    "position",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("given", "Given"),
                            ("denied", "Denied"),
                            ("unavailable", "Unavailable"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("kept", "Kept"),
                            ("stopped", "Stopped"),
                            ("conflict", "Conflict"),
                        ],
                        max_length=8,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=200)),
                ("told_sealed", models.BinaryField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stored",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit_step",
                        to="vault.storedobject",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="outreach.fieldvisit",
                    ),
                ),
            ],
            options={
                "ordering": ["received_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind", "photo"), _negated=True)
                        | models.Q(("stored__isnull", False)),
                        name="visit_photo_is_there",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("standing", "stopped"), _negated=True)
                        | models.Q(("kind", "check_in")),
                        name="visit_stopped_arriving",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_STAYS, "drop function outreach_visitstep_stays cascade"),
    ]
