"""Two public rooms may no longer be called `modern` and `modem`. Those that are there stay: the
later of two keeps the key that it has."""

from django.db import migrations


def fold(apps, schema_editor):
    Room = apps.get_model("rooms", "Room")
    rooms = Room.objects.using(schema_editor.connection.alias).exclude(name_key="")
    taken = set(rooms.values_list("name_key", flat=True))
    for room in rooms.order_by("pk").only("name_key").iterator():
        key = room.name_key.replace("rn", "m").replace("vv", "w")
        if key not in taken:
            taken.add(key)
            rooms.filter(pk=room.pk).update(name_key=key)


class Migration(migrations.Migration):
    dependencies = [("rooms", "0010_held_note")]

    operations = [migrations.RunPython(fold, migrations.RunPython.noop)]
