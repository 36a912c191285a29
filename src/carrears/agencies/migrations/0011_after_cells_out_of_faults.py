"""What stands in a cell leaves what is wrong with it: it lies sealed with the row."""

from django.db import migrations

_OF_CELL = "“%(told)s”"
_TAKE_OUT = """
update {table} r set errors = (
  select jsonb_agg(
    case when strpos(e ->> 1, %(of_cell)s) > 0 then jsonb_set(e, '{{2}}', '""') else e end
    order by n)
  from jsonb_array_elements(r.errors) with ordinality as x (e, n)
)
where exists (
  select from jsonb_array_elements(r.errors) as x (e)
  where strpos(e ->> 1, %(of_cell)s) > 0 and e ->> 2 <> ''
)
"""


def _take_out(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table in ("agencies_contactlogreject", "agencies_recordingreject"):
            cursor.execute(_TAKE_OUT.format(table=table), {"of_cell": _OF_CELL})


class Migration(migrations.Migration):

    atomic = False

    dependencies = [('agencies', '0010_after_whose_line')]

    operations = [migrations.RunPython(_take_out, migrations.RunPython.noop)]
