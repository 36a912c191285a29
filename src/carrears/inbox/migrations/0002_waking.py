"""Defaults for those who insert by SQL, and a bell that wakes the worker."""

from django.db import migrations

FORWARD = """
alter table event_inbox alter column payload set default '{}';
alter table event_inbox alter column result set default '{}';

create function event_inbox_wake() returns trigger language plpgsql as $$
begin
  perform pg_notify('event_inbox', '');
  return null;
end $$;

create trigger event_inbox_wake after insert on event_inbox
  for each statement execute function event_inbox_wake();
"""

BACKWARD = """
drop function event_inbox_wake cascade;
alter table event_inbox alter column payload drop default;
alter table event_inbox alter column result drop default;
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]

    operations = [migrations.RunSQL(sql=FORWARD, reverse_sql=BACKWARD)]
