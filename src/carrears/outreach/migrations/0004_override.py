"""Two people may let one contact go that a rule sent to a person to decide; nothing else may."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

_GUARD = """
alter table outreach_attempt add constraint attempt_as_stopped unique
  (id, gate_action, case_id, party_id, channel, purpose, agency, template);
alter table outreach_override
  add constraint override_of_its_attempt
  foreign key
    (stopped_id, gate_action, case_id, party_id, channel, purpose, agency, template)
  references outreach_attempt
    (id, gate_action, case_id, party_id, channel, purpose, agency, template);
alter table outreach_override add constraint override_ends_soon
  check (valid_until <= decided_at + interval '3 days');
alter table outreach_override add constraint override_as_given unique
  (id, case_id, party_id, channel, purpose, agency, template);
alter table outreach_attempt
  add constraint attempt_has_its_override
  foreign key (override_id, case_id, party_id, channel, purpose, agency, template)
  references outreach_override
    (id, case_id, party_id, channel, purpose, agency, template);

create function outreach_override_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'an override is kept: delete of override % is refused', old.id
      using errcode = 'restrict_violation';
  end if;
  if old.state <> 'asked' then
    raise exception 'override % was decided', old.id using errcode = 'restrict_violation';
  end if;
  if (new.stopped_id, new.gate_action, new.case_id, new.party_id, new.channel, new.purpose,
      new.agency, new.template, new.rules, new.reason, new.asked_by_id, new.asked_at)
     is distinct from
     (old.stopped_id, old.gate_action, old.case_id, old.party_id, old.channel, old.purpose,
      old.agency, old.template, old.rules, old.reason, old.asked_by_id, old.asked_at) then
    raise exception 'override % is what was asked for', old.id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger outreach_override_stays before update or delete on outreach_override
  for each row execute function outreach_override_stays();

create function outreach_override_begins() returns trigger language plpgsql as $$
begin
  if new.state <> 'asked' then
    raise exception 'an override is asked for before it is approved'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger outreach_override_begins before insert on outreach_override
  for each row execute function outreach_override_begins();

create function outreach_override_counts() returns trigger language plpgsql as $$
declare
  given outreach_override;
begin
  if tg_op = 'UPDATE' then
    if new.override_id is distinct from old.override_id then
      raise exception 'attempt % is what was judged: its override stays', old.id
        using errcode = 'restrict_violation';
    end if;
    return new;
  end if;
  if new.override_id is null then
    return new;
  end if;
  select * into given from outreach_override where id = new.override_id for update;
  if given.state is distinct from 'approved' or given.valid_until < clock_timestamp() then
    raise exception 'override % is not approved, or no longer', new.override_id
      using errcode = 'restrict_violation';
  end if;
  if exists (
    select from conduct_verdictrecord v, jsonb_array_elements(v.findings) as f
    where v.id = new.verdict_id and f ->> 'gate_action' <> 'allow'
      and not given.rules ? (f ->> 'rule_id')
  ) then
    raise exception 'a rule objects that override % does not speak of', new.override_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger outreach_override_counts before insert or update on outreach_attempt
  for each row execute function outreach_override_counts();
"""
_UNGUARD = """
drop function outreach_override_counts cascade;
drop function outreach_override_begins cascade;
drop function outreach_override_stays cascade;
alter table outreach_attempt drop constraint attempt_has_its_override;
alter table outreach_override drop constraint override_of_its_attempt;
alter table outreach_override drop constraint override_as_given;
alter table outreach_override drop constraint override_ends_soon;
alter table outreach_attempt drop constraint attempt_as_stopped;
"""


def _user(*, null: bool) -> models.ForeignKey:
    return models.ForeignKey(
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0001_initial"),
        ("outreach", "0003_own_verdict"),
        ("parties", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gate_action", models.CharField(default="review", max_length=8)),
                ("channel", models.CharField(max_length=12)),
                ("purpose", models.CharField(max_length=24)),
                ("agency", models.CharField(blank=True, max_length=64)),
                ("template", models.CharField(blank=True, max_length=40)),
                ("rules", models.JSONField()),
                ("reason", models.TextField()),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("decision", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("asked_by", _user(null=False)),
                ("decided_by", _user(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="casework.case",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "stopped",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked_override",
                        to="outreach.attempt",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
                "permissions": [
                    ("ask_override", "Can ask that a contact under review may be made"),
                    ("approve_override", "Can decide, as a second person, on an override"),
                ],
                "indexes": [
                    models.Index(
                        condition=Q(state="asked"), fields=["asked_at"], name="override_asked"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(gate_action="review"), name="override_of_review_only"
                    ),
                    models.CheckConstraint(
                        condition=~Q(reason=""), name="override_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            state="asked", decided_by=None, decided_at=None, valid_until=None
                        )
                        | Q(
                            ~Q(decided_by=F("asked_by")),
                            state__in=["approved", "refused"],
                            decided_by__isnull=False,
                            decided_at__isnull=False,
                        ),
                        name="override_by_two_people",
                    ),
                    models.CheckConstraint(
                        condition=~Q(state="approved")
| Q(valid_until__isnull=False, valid_until__gt=F("decided_at")),
                        name="override_ends",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "attempt",
            "override",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="booking",
                to="outreach.override",
            ),
        ),
        migrations.RemoveConstraint("attempt", "only_allowed_attempts_leave"),
        migrations.AddConstraint(
            "attempt",
            models.CheckConstraint(
                condition=Q(gate_action="allow", override=None)
                | Q(state="blocked", override=None)
                | Q(gate_action="review", override__isnull=False),
                name="only_allowed_attempts_leave",
            ),
        ),
        migrations.RunSQL(_GUARD, _UNGUARD),
    ]
