"""Templates have a tone and an offer; an attempt keeps why its words were chosen, and its arm.

What is kept of a template's words, and of an attempt, the database keeps with these.
"""

from django.db import migrations, models

_TEMPLATE = """
create or replace function outreach_template_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'draft' and not new.from_file then
      raise exception 'a template begins as a draft' using errcode = 'restrict_violation';
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' then
    raise exception 'templates are kept' using errcode = 'restrict_violation';
  end if;
  if old.state <> new.state and (old.state, new.state) not in (
      ('draft', 'proposed'), ('draft', 'discarded'), ('proposed', 'draft'),
      ('proposed', 'approved'), ('approved', 'withdrawn')) then
    raise exception 'a template goes from % to %: refused', old.state, new.state
      using errcode = 'restrict_violation';
  end if;
  if (new.key, new.number, new.from_file, new.author_id, new.base_id, new.created_at)
      is distinct from
     (old.key, old.number, old.from_file, old.author_id, old.base_id, old.created_at)
    or (old.state <> 'draft' and
     (new.channel, new.purpose, new.about, new.stages, new.variables, new.locales{new})
      is distinct from
     (old.channel, old.purpose, old.about, old.stages, old.variables, old.locales{old}))
    or (old.state <> 'draft' and new.state <> 'draft' and
     (new.version, new.proposed_by_id) is distinct from (old.version, old.proposed_by_id))
    or (old.state in ('approved', 'withdrawn') and
     (new.approved_by_id, new.effective_on) is distinct from (old.approved_by_id, old.effective_on))
  then
    raise exception 'templates are kept as they were proposed and decided'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
"""
_ATTEMPT = """
create or replace function outreach_attempt_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'an attempt counts for good: delete of attempt % is refused', old.id
      using errcode = 'restrict_violation';
  end if;
  if (new.key, new.case_id, new.party_id, new.channel, new.agency, new.purpose, new.at,
      new.verdict_id, new.gate_action, new.reported{new})
     is distinct from
     (old.key, old.case_id, old.party_id, old.channel, old.agency, old.purpose, old.at,
      old.verdict_id, old.gate_action, old.reported{old}) then
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


def _keeping(function: str, *columns: str) -> str:
    for row in ("new", "old"):
        function = function.replace("{" + row + "}", "".join(f", {row}.{one}" for one in columns))
    return function


_WORDS = ("template", "template_version", "arm_id", "choice", "locale")


class Migration(migrations.Migration):
    dependencies = [("outreach", "0021_template_arms")]

    operations = [
        migrations.AddField(
            "templateversion",
            "variant_of",
            models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            "templateversion",
            "tone",
            models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            "templateversion",
            "offer",
            models.CharField(blank=True, db_default="", default="", max_length=24),
        ),
        migrations.AddField("attempt", "choice", models.JSONField(null=True)),
        migrations.RunSQL(
            _keeping(_TEMPLATE, "variant_of", "tone", "offer"), _keeping(_TEMPLATE)
        ),
        migrations.RunSQL(_keeping(_ATTEMPT, *_WORDS), _keeping(_ATTEMPT)),
    ]
