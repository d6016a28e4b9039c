from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0032_search'),
    ]

    operations = [
        migrations.AddField(
            model_name='pushsubscription',
            name='gone_at',
            field=models.DateTimeField(null=True),
        ),
    ]
