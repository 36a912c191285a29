from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alert',
            name='kind',
            field=models.CharField(choices=[('worker', 'worker'), ('sender', 'sender'), ('day_run', 'day_run'), ('sequencer', 'sequencer'), ('witness_refuses', 'witness_refuses'), ('witness_silent', 'witness_silent'), ('witness_policy', 'witness_policy'), ('time_stamps', 'time_stamps'), ('anchors', 'anchors'), ('log_check', 'log_check'), ('mailbox', 'mailbox'), ('dead_letters', 'dead_letters'), ('gate', 'gate'), ('service_level', 'service_level'), ('pool', 'pool'), ('rules', 'rules'), ('untold', 'untold'), ('check', 'check')], max_length=16),
        ),
    ]
