"""The site's name, look and rules of entry; the rooms that new accounts join."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0024_user_appearance"),
    ]

    operations = [
        migrations.AddField(
            model_name="installation",
            name="name",
            field=models.CharField(db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="installation",
            name="logo",
            field=models.CharField(db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="installation",
            name="accent",
            field=models.CharField(db_default="", default="", max_length=7),
        ),
        migrations.AddField(
            model_name="installation",
            name="language",
            field=models.CharField(db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="installation",
            name="signup",
            field=models.CharField(
                choices=[
                    ("open", "Anyone can create an account"),
                    ("invite", "Only people with an invitation"),
                    ("closed", "Nobody: the people who run the site create accounts"),
                ],
                db_default="open",
                default="open",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="installation",
            name="room_makers",
            field=models.CharField(
                choices=[
                    ("everyone", "Everyone"),
                    ("staff", "Only the people who moderate the site"),
                ],
                db_default="everyone",
                default="everyone",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="installation",
            name="retention",
            field=models.CharField(db_default="", default="", max_length=250),
        ),
        migrations.AddField(
            model_name="room",
            name="is_default",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="New accounts join it.",
            ),
        ),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(
                condition=models.Q(("is_default", True)), fields=["id"], name="room_default"
            ),
        ),
    ]
