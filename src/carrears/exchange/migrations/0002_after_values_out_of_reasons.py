"""Values leave the reasons for which rows are kept aside: they lie sealed with the row."""

from django.db import migrations

_VALUE = r"""^('([^'\\]|\\.)*'|"([^"\\]|\\.)*") """
_TAKE_OUT = """
update exchange_rejectedrow r set errors = (
  select jsonb_agg(
    case when e ->> 'reason' ~ %(value)s
      then e || jsonb_build_object(
        'reason', regexp_replace(e ->> 'reason', %(value)s, ''), 'of_value', true)
      else e end order by n)
  from jsonb_array_elements(r.errors) with ordinality as x (e, n)
)
where exists (
  select from jsonb_array_elements(r.errors) as x (e) where e ->> 'reason' ~ %(value)s
)
"""


def _take_out(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_TAKE_OUT, {"value": _VALUE})


class Migration(migrations.Migration):

    atomic = False

    dependencies = [('exchange', '0001_initial')]

    operations = [migrations.RunPython(_take_out, migrations.RunPython.noop)]
