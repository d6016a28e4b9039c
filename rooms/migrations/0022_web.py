"""Rooms that outsiders can read on the web, and the people who are named there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0021_people")]

    operations = [
        migrations.AddField(
            "room",
            "web_opened_at",
            models.DateTimeField(editable=False, null=True, verbose_name="on the web since"),
        ),
        migrations.AddField(
            "room",
            "web_floor",
            models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            "room",
            "web_noindex",
            models.BooleanField(db_default=True, default=True, editable=False),
        ),
        migrations.AddIndex(
            "room",
            models.Index(
                condition=models.Q(("web_opened_at__isnull", False)),
                fields=["web_opened_at"],
                name="room_web",
            ),
        ),
        migrations.AddField(
            "user",
            "web_named",
            models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
