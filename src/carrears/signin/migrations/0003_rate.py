from django.db import migrations

CREATE = """
create unlogged table signin_rate (
  key varchar(120) primary key, period bigint not null, taken integer not null
)
"""


class Migration(migrations.Migration):
    dependencies = [("signin", "0002_sessions")]
    operations = [migrations.RunSQL(CREATE, "drop table signin_rate")]
