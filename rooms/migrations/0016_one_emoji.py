"""Reactions in one form: `👍` with and without a variation selector was two on one message.

What is no emoji stays where somebody has put it, until they take it back; nothing of the kind is
taken any more. Revisions stay: whoever comes back is shown the same emoji, counted together.
"""

from django.db import migrations, models

from rooms.text.emoji import one_form


def merge_forms(apps, schema_editor):
    reactions = apps.get_model("rooms", "Reaction").objects.using(schema_editor.connection.alias)
    for stored in [*reactions.order_by().values_list("emoji", flat=True).distinct()]:
        form = one_form(stored)
        if form is None or form == stored:
            continue
        there = reactions.filter(
            message=models.OuterRef("message"), user=models.OuterRef("user"), emoji=form
        )
        # Somebody who has put both there keeps the one in the right form.
        twice = reactions.filter(models.Exists(there), emoji=stored)
        reactions.filter(pk__in=[*twice.values_list("pk", flat=True)]).delete()
        reactions.filter(emoji=stored).update(emoji=form)


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0015_decided_as"),
    ]

    operations = [
        migrations.RunPython(merge_forms, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="reaction",
            index=models.Index(fields=["message", "emoji", "id"], name="reaction_emoji"),
        ),
    ]
