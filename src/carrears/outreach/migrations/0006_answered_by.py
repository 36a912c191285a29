"""A call's result says who answered; told once, that stays too."""

from django.db import migrations, models

_STAYS = """
create or replace function outreach_attempt_stays() returns trigger language plpgsql as $$
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
          and ({new}) is distinct from ({old})) then
    raise exception 'attempt % has ended as %', old.id, old.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
"""


def _keeping(*names: str) -> str:
    ends = {each: ", ".join(f"{each}.{name}" for name in names) for each in ("new", "old")}
    return _STAYS.replace("{new}", ends["new"]).replace("{old}", ends["old"])


class Migration(migrations.Migration):
    dependencies = [("outreach", "0005_stopped_by")]

    operations = [
        migrations.AddField(
            "attempt",
            "answered_by",
            models.CharField(
                blank=True,
                choices=[
                    ("addressee", "Addressee"),
                    ("relative", "Relative"),
                    ("colleague", "Colleague"),
                    ("new_holder", "New Holder"),
                    ("unknown", "Unknown"),
                ],
                default="",
                max_length=12,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(
            _keeping("result", "effective", "answered_by"), _keeping("result", "effective")
        ),
    ]
