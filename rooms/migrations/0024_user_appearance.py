from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("rooms", "0023_user_sections"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="appearance",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
    ]
