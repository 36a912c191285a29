"""What decided, and who put it into force, is never changed: the database refuses, whoever asks."""

from django.db import migrations

KEPT = ("strategy_strategyversion", "strategy_publication", "strategy_strategyevent")

FUNCTION = """
create function strategy_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'strategies are kept as they decided: % of % is refused',
    lower(tg_op), tg_table_name using errcode = 'restrict_violation';
end $$;
"""
TRIGGERS = "\n".join(
    f"create trigger {table}_is_kept before update or delete on {table}"
    f" for each row execute function strategy_refuse();"
    for table in KEPT
)
DROPPED = "\n".join(f"drop trigger {table}_is_kept on {table};" for table in KEPT)


class Migration(migrations.Migration):
    dependencies = [("strategy", "0002_lifecycle")]

    operations = [
        migrations.RunSQL(
            FUNCTION + TRIGGERS, reverse_sql=DROPPED + "drop function strategy_refuse();"
        )
    ]
