"""Under which key a bar's or a list's indexes were made; none is made under one that was retired."""

from django.db import migrations, models

_REFUSE = "".join(
    f"""
create trigger conduct_retired_index_stays_out after insert on {table}
  referencing new table as fresh for each statement
  execute function parties_refuse_retired_index();
create trigger conduct_retired_index_stays_out_later before update of index_key on {table}
  for each row when (new.index_key is distinct from old.index_key)
  execute function parties_refuse_retired_index_row();
"""
    for table in ("conduct_donotcontact", "conduct_industrylist")
)
_ALLOW = "".join(
    f"""
drop trigger conduct_retired_index_stays_out_later on {table};
drop trigger conduct_retired_index_stays_out on {table};
"""
    for table in ("conduct_donotcontact", "conduct_industrylist")
)


class Migration(migrations.Migration):

    dependencies = [("conduct", "0009_flagged_notes"), ("parties", "0010_index_keys")]

    operations = [
        migrations.AddField(
            model_name="donotcontact",
            name="index_key",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="industrylist",
            name="index_key",
            field=models.BinaryField(null=True),
        ),
        migrations.RunSQL(_REFUSE, _ALLOW),
    ]
