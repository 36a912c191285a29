"""Consents are a ledger: for which purpose, on which text; never changed, the database refuses."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

KEPT = """
create function consent_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'what a person said is kept as he said it: % of % is refused',
    lower(tg_op), tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger parties_consent_is_kept before update or delete on parties_consent
  for each row execute function consent_refuse();
"""
DROPPED = """
drop trigger parties_consent_is_kept on parties_consent;
drop function consent_refuse();
"""
EMPTY = {"blank": True, "default": "", "db_default": ""}


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0008_unusable_numbers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="consent", name="consent_once_a_moment"),
        migrations.AddField("consent", "key", models.CharField(max_length=160, **EMPTY)),
        migrations.AddField("consent", "language", models.CharField(max_length=10, **EMPTY)),
        migrations.AddField(
            "consent",
            "purpose",
            models.CharField(max_length=32, default="contact", db_default="contact"),
        ),
        # Not known of the rows that are there, so the default comes after.
        migrations.AddField("consent", "recorded_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "consent", "recorded_at", models.DateTimeField(null=True, db_default=Now())
        ),
        migrations.AddField(
            "consent",
            "recorded_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("consent", "text_version", models.CharField(max_length=64, **EMPTY)),
        migrations.AlterField("consent", "channel", models.CharField(blank=True, max_length=12)),
        migrations.AlterField(
            "consent",
            "party",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consents",
                to="parties.party",
            ),
        ),
        migrations.AddConstraint(
            "consent",
            models.UniqueConstraint(
                fields=("party", "purpose", "channel", "given_at"), name="consent_word_once"
            ),
        ),
        migrations.AddConstraint(
            "consent",
            models.UniqueConstraint(
                fields=("key",), condition=~models.Q(key=""), name="consent_key_once"
            ),
        ),
        migrations.RunSQL(KEPT, reverse_sql=DROPPED),
    ]
