"""A verdict says of which attempt it is, and stays as it was given; agencies get mandates."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_FILL = """
update conduct_verdictrecord v
set attempt_key = a.key, case_id = a.case_id, party_id = a.party_id, channel = a.channel
from outreach_attempt a where a.verdict_id = v.id;
alter table outreach_attempt drop constraint attempt_has_its_verdict;
"""
_UNFILL = """
alter table outreach_attempt
  add constraint attempt_has_its_verdict foreign key (verdict_id, gate_action)
  references conduct_verdictrecord (id, gate_action) deferrable initially deferred;
"""
_KEEP = """
create function conduct_verdict_stays() returns trigger language plpgsql as $$
begin
  raise exception 'a verdict stays as it was given: % of verdict % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;
create trigger conduct_verdict_stays before update or delete on conduct_verdictrecord
  for each row execute function conduct_verdict_stays();
alter table conduct_verdictrecord
  add constraint verdict_allows_by_its_findings check (
    gate_action <> 'allow' or (
      jsonb_array_length(findings) > 0
      and not jsonb_path_exists(findings, '$[*] ? (!(@.gate_action == "allow"))')));
"""
_LET_GO = """
alter table conduct_verdictrecord drop constraint verdict_allows_by_its_findings;
drop function conduct_verdict_stays cascade;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0001_initial"),
        ("conduct", "0001_initial"),
        ("outreach", "0002_verdict_guard"),
        ("parties", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mandate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agency", models.CharField(max_length=64)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("given_at", models.DateTimeField(auto_now_add=True)),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["agency", "starts_on"], name="mandate_begins_once"
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(agency=""), name="mandate_names_agency"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(ends_on__isnull=True)
                        | models.Q(ends_on__gte=models.F("starts_on")),
                        name="mandate_ends_after_start",
                    ),
                ]
            },
        ),
        migrations.AddField(
            "verdictrecord", "attempt_key", models.CharField(max_length=160, null=True)
        ),
        migrations.AddField(
            "verdictrecord",
            "case",
            models.ForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="casework.case",
            ),
        ),
        migrations.AddField(
            "verdictrecord",
            "party",
            models.ForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AddField(
            "verdictrecord", "channel", models.CharField(max_length=12, null=True)
        ),
        # The foreign keys of what is filled wait for the commit, and no table is altered until then.
        migrations.RunSQL(
            f"{_FILL} set constraints all immediate; set constraints all deferred", _UNFILL
        ),
        migrations.AlterField("verdictrecord", "attempt_key", models.CharField(max_length=160)),
        migrations.AlterField(
            "verdictrecord",
            "case",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="casework.case",
            ),
        ),
        migrations.AlterField(
            "verdictrecord",
            "party",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AlterField("verdictrecord", "channel", models.CharField(max_length=12)),
        migrations.RemoveConstraint("verdictrecord", "verdict_with_action"),
        migrations.AddConstraint(
            "verdictrecord",
            models.UniqueConstraint(
                fields=[
                    "id",
                    "gate_action",
                    "attempt_key",
                    "case",
                    "party",
                    "channel",
                    "attempt_at",
                ],
                name="verdict_of_attempt",
            ),
        ),
        migrations.RunSQL(_KEEP, _LET_GO),
    ]
