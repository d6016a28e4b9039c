"""What people say about themselves, and which direct rooms they hide."""

from django.db import migrations, models

import rooms.models.users


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0020_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="hidden_to",
            field=models.PositiveBigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="pronouns",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=40,
                validators=[rooms.models.users.validate_pronouns],
                verbose_name="pronouns",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="about",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=200,
                validators=[rooms.models.users.validate_about],
                verbose_name="about",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="zone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Empty: the one of their browser.",
                max_length=64,
                verbose_name="time zone",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="browser_zone",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=64
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="shows_time",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="shows their local time"
            ),
        ),
    ]
