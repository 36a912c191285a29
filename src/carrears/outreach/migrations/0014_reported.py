"""Contacts told of only afterwards are attempts too; what the rules object to is a breach."""

import django.db.models.deletion
from django.db import migrations, models

_STAYS = """
create or replace function outreach_attempt_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'an attempt counts for good: delete of attempt % is refused', old.id
      using errcode = 'restrict_violation';
  end if;
  if (new.key, new.case_id, new.party_id, new.channel, new.agency, new.purpose, new.at,
      new.verdict_id, new.gate_action{more_new})
     is distinct from
     (old.key, old.case_id, old.party_id, old.channel, old.agency, old.purpose, old.at,
      old.verdict_id, old.gate_action{more_old}) then
    raise exception 'attempt % is what was judged: whom, how, when and why stay', old.id
      using errcode = 'restrict_violation';
  end if;
  if old.state <> 'booked' and (
       new.state <> old.state
       or old.channel = 'call'
          and (new.result, new.effective, new.answered_by)
              is distinct from (old.result, old.effective, old.answered_by)) then
    raise exception 'attempt % has ended as %', old.id, old.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
"""
_BREACH = """
create function outreach_breach_stays() returns trigger language plpgsql as $$
begin
  raise exception 'a breach stays as it was found: % of breach % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;
create trigger outreach_breach_stays before update or delete on outreach_breach
  for each row execute function outreach_breach_stays();
"""


def _stays(*, reported: bool) -> str:
    more = {f"more_{each}": f", {each}.reported" if reported else "" for each in ("new", "old")}
    text = _STAYS
    for name, value in more.items():
        text = text.replace("{" + name + "}", value)
    return text


class Migration(migrations.Migration):
    dependencies = [("outreach", "0013_field_visits")]

    operations = [
        migrations.AddField(
            "attempt", "reported", models.BooleanField(default=False, db_default=False)
        ),
        migrations.RemoveConstraint("attempt", "only_allowed_attempts_leave"),
        migrations.AddConstraint(
            "attempt",
            models.CheckConstraint(
                condition=models.Q(gate_action="allow", override=None)
                | models.Q(state="blocked", override=None)
                | models.Q(reported=True, state__in=["made", "sent"], override=None)
                | models.Q(gate_action="review", override__isnull=False),
                name="only_allowed_attempts_leave",
            ),
        ),
        migrations.RunSQL(_stays(reported=True), _stays(reported=False)),
        migrations.CreateModel(
            "Breach",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gate_action", models.CharField(max_length=8)),
                ("rules", models.JSONField()),
                ("late", models.BooleanField(default=False)),
                ("found_at", models.DateTimeField()),
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breach",
                        to="outreach.attempt",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(gate_action__in=["block", "review"]),
                        name="breach_of_a_rule",
                    )
                ],
            },
        ),
        migrations.RunSQL(_BREACH, "drop function outreach_breach_stays cascade"),
    ]
