"""What people are mailed when they weren't there."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0027_people'),
    ]

    operations = [
        migrations.AddField(
            model_name='installation',
            name='mails_missed',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='user',
            name='mail_missed',
            field=models.CharField(choices=[('never', 'Never'), ('soon', 'After 15 minutes'), ('hour', 'After an hour'), ('day', 'Once a day')], db_default='hour', default='hour', editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='user',
            name='mail_weekly',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name='user',
            name='mailed_item',
            field=models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
