"""An attempt leans on the verdict that was given on it, and what was booked stays booked."""

from django.db import migrations, models

_GUARD = """
-- At once, not at the commit: who writes past the gate hears of it in the same statement.
alter table outreach_attempt
  add constraint attempt_has_its_verdict
  foreign key (verdict_id, gate_action, key, case_id, party_id, channel, at)
  references conduct_verdictrecord
    (id, gate_action, attempt_key, case_id, party_id, channel, attempt_at);

create function outreach_attempt_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'an attempt counts for good: delete of attempt % is refused', old.id
      using errcode = 'restrict_violation';
  end if;
  if (new.key, new.case_id, new.party_id, new.channel, new.agency, new.purpose, new.at,
      new.verdict_id, new.gate_action)
     is distinct from
     (old.key, old.case_id, old.party_id, old.channel, old.agency, old.purpose, old.at,
      old.verdict_id, old.gate_action) then
    raise exception 'attempt % is what was judged: whom, how, when and why stay', old.id
      using errcode = 'restrict_violation';
  end if;
  if old.state <> 'booked' and (
       new.state <> old.state
       or old.channel = 'call'
          and (new.result, new.effective) is distinct from (old.result, old.effective)) then
    raise exception 'attempt % has ended as %', old.id, old.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger outreach_attempt_stays before update or delete on outreach_attempt
  for each row execute function outreach_attempt_stays();
"""
_UNGUARD = """
drop function outreach_attempt_stays cascade;
alter table outreach_attempt drop constraint attempt_has_its_verdict;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conduct", "0002_verdict_of_attempt"),
        ("outreach", "0002_verdict_guard"),
    ]

    operations = [
        migrations.AddField(
            "attempt", "agency", models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AlterField(
            "attempt",
            "state",
            models.CharField(
                choices=[
                    ("blocked", "Blocked"),
                    ("booked", "Booked"),
                    ("sent", "Sent"),
                    ("made", "Made"),
                    ("failed", "Failed"),
                ],
                max_length=7,
            ),
        ),
        migrations.AlterModelOptions(
            "attempt",
            options={
                "ordering": ["-at", "-pk"],
                "permissions": [
                    ("send_message", "Can send a message to a debtor"),
                    ("make_call", "Can call a debtor and tell what came of it"),
                ],
            },
        ),
        migrations.RunSQL(_GUARD, _UNGUARD),
    ]
