from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0022_web'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='sections',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
    ]
