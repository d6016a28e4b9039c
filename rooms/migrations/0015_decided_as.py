"""Bans, mutes, removals and archived rooms keep the rank of the decider, so that nobody of a lower
one takes it back. What the site has decided until now is known by who decided it."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery

STAFF = 4  # the rank of the people who moderate the site


def rank():
    return models.PositiveSmallIntegerField(editable=False, null=True)


def remember(apps, schema_editor):
    using = schema_editor.connection.alias

    def rows(model):
        return apps.get_model('rooms', model).objects.using(using)

    staff = rows('User').filter(models.Q(is_staff=True) | models.Q(is_superuser=True))
    for model in ('Ban', 'Mute', 'Removal'):
        rows(model).filter(created_by__in=staff).update(decided_as=STAFF)
    deeds = rows('AuditEntry').filter(action='room.archived', room=OuterRef('pk'))
    last = Subquery(deeds.order_by('-created_at', '-pk').values('actor_id')[:1])
    archived = rows('Room').exclude(archived_at=None).annotate(archived_by=last)
    by_the_site = archived.filter(archived_by__in=staff.values('pk')).values_list('pk', flat=True)
    rows('Room').filter(pk__in=[*by_the_site]).update(archived_as=STAFF)


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0014_unread'),
    ]

    operations = [
        migrations.AddField(model_name='ban', name='decided_as', field=rank()),
        migrations.AddField(model_name='mute', name='decided_as', field=rank()),
        migrations.AddField(model_name='removal', name='decided_as', field=rank()),
        migrations.AddField(model_name='room', name='archived_as', field=rank()),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
