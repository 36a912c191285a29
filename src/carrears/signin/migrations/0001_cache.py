from django.db import migrations

# What Django's DatabaseCache expects (`manage.py createcachetable`). It holds what all processes
# have to agree on for a moment: codes that were used, attempts that were counted.
CREATE = """
create table signin_cache (
  cache_key varchar(255) primary key, value text not null, expires timestamptz not null
);
create index signin_cache_expires on signin_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, "drop table signin_cache")]
