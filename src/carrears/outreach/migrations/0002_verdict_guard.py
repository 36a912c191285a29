"""The database itself ties each attempt to the verdict it claims to have."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial"), ("conduct", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            alter table outreach_attempt
              add constraint attempt_has_its_verdict
              foreign key (verdict_id, gate_action)
              references conduct_verdictrecord (id, gate_action)
              deferrable initially deferred
            """,
            reverse_sql="alter table outreach_attempt drop constraint attempt_has_its_verdict",
        ),
    ]
