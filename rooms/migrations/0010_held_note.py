from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0009_moderators'),
    ]

    operations = [
        migrations.AddField(
            model_name='held',
            name='note',
            field=models.CharField(blank=True, db_default='', default='', help_text='What the author is told.', max_length=250, verbose_name='note'),
        ),
    ]
