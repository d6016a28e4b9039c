"""The site's own emoji, which people write and react with as `:name:`."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0018_folded"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomEmoji",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="created at"),
                ),
                ("name", models.CharField(max_length=32, unique=True, verbose_name="name")),
                ("key", models.CharField(editable=False, max_length=32, unique=True)),
                ("animated", models.BooleanField(default=False, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "custom emoji",
                "verbose_name_plural": "custom emoji",
            },
        ),
        migrations.AddField(
            model_name="installation",
            name="emoji_revision",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="reaction",
            name="emoji",
            field=models.CharField(max_length=34, verbose_name="emoji"),
        ),
    ]
