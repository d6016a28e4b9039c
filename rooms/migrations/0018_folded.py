"""What people and rooms are found by: their names, folded, for those that are there already."""

from django.db import migrations

import rooms.models.fields

BATCH = 500


def fold_names(apps, schema_editor):
    alias = schema_editor.connection.alias
    for model, name in (("User", "folded_name"), ("Room", "folded")):
        rows = apps.get_model("rooms", model).objects.using(alias).order_by("pk")
        field = rows.model._meta.get_field(name)
        last = 0
        while batch := [*rows.filter(pk__gt=last).only(*field.of)[:BATCH]]:
            last = batch[-1].pk
            for row in batch:
                setattr(row, name, field.folded(row))
            rows.bulk_update([row for row in batch if getattr(row, name)], [name])


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0017_rendering"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="user",
            name="user_display_name",
        ),
        migrations.AddField(
            model_name="room",
            name="folded",
            field=rooms.models.fields.FoldedField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=1000,
                of=("name", "topic", "slug"),
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="folded_name",
            field=rooms.models.fields.FoldedField(
                blank=True,
                db_default="",
                db_index=True,
                default="",
                editable=False,
                max_length=200,
                of=("display_name",),
            ),
        ),
        migrations.RunPython(fold_names, migrations.RunPython.noop, elidable=True),
    ]
