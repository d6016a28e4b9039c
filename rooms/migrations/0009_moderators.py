"""The group 'Moderators' of a site that has one gets the rights to what is new; nothing else, since
an operator may have taken rights from it."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

NAME = 'Moderators'
NEW = {
    'mute': ('view', 'add', 'change'),
    'report': ('view', 'change'),
    'removal': ('view', 'add', 'change'),
    'rule': ('view', 'add', 'change', 'delete'),
    'held': ('view', 'change'),
}


def grant(apps, schema_editor):
    using = schema_editor.connection.alias
    group = apps.get_model('auth', 'Group').objects.using(using).filter(name=NAME).first()
    if group is None:
        return  # a new site: made with all of its rights, after the migrations
    # Django makes permissions after all of them, too late for this.
    config = apps.get_app_config('rooms')
    config.models_module = True  # without it, it is an app without models
    create_permissions(config, verbosity=0, using=using, apps=apps)
    codenames = [f'{verb}_{model}' for model, verbs in NEW.items() for verb in verbs]
    permissions = apps.get_model('auth', 'Permission').objects.using(using)
    group.permissions.add(
        *permissions.filter(content_type__app_label='rooms', codename__in=codenames)
    )


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0008_removals'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
