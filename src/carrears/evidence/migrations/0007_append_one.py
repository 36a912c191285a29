"""One entry appended by one call, whose plans a session keeps."""

from django.db import migrations

APPEND = """
create function evidence_append(
  key text, kind text, subject text, actor text, occurred_at timestamptz, payload text,
  leaf_hash bytea
) returns boolean language plpgsql as $$
declare
  added bigint;
begin
  insert into evidence_entry (key, kind, subject, actor, occurred_at, payload, leaf_hash)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict on constraint evidence_entry_key_once do nothing
    returning id into added;
  if added is null then
    return false;
  end if;
  insert into evidence_queuedentry (entry_id) values (added);
  return true;
end
$$;
"""
REVERSE = "drop function evidence_append(text, text, text, text, timestamptz, text, bytea)"


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0006_anchors'),
    ]

    operations = [
        migrations.RunSQL(sql=APPEND, reverse_sql=REVERSE),
    ]
