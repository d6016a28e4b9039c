"""Moderating the site is a permission, which the group 'Moderators' has; until now `is_staff` alone
was enough for it in the chat. The staff of today join the group, so that nobody loses what they do.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

NAME = 'Moderators'
PERMISSION = 'moderate_site'
# For a site whose operator has deleted the group: it is made anew, as it is on a new site.
RIGHTS = {
    'user': ('view', 'change'),
    'room': ('view', 'add', 'change'),
    'membership': ('view', 'add', 'change', 'delete'),
    'message': ('view', 'change', 'delete'),
    'reaction': ('view', 'delete'),
    'ban': ('view', 'add', 'change'),
    'mute': ('view', 'add', 'change'),
    'report': ('view', 'change'),
    'removal': ('view', 'add', 'change'),
    'rule': ('view', 'add', 'change', 'delete'),
    'held': ('view', 'change'),
    'invite': ('view', 'add', 'change'),
    'auditentry': ('view',),
}


def appoint(apps, schema_editor):
    using = schema_editor.connection.alias
    groups = apps.get_model('auth', 'Group').objects.using(using)
    staff = [*apps.get_model('rooms', 'User').objects.using(using).filter(is_staff=True)]
    group = groups.filter(name=NAME).first()
    if group is None and not staff:
        return  # a new site: made with all of its rights, after the migrations
    # Django makes permissions after all of them, too late for this.
    config = apps.get_app_config('rooms')
    config.models_module = True  # without it, it is an app without models
    create_permissions(config, verbosity=0, using=using, apps=apps)
    codenames = [PERMISSION]
    if group is None:
        group = groups.create(name=NAME)
        codenames += [f'{verb}_{model}' for model, verbs in RIGHTS.items() for verb in verbs]
    permissions = apps.get_model('auth', 'Permission').objects.using(using)
    group.permissions.add(
        *permissions.filter(content_type__app_label='rooms', codename__in=codenames)
    )
    group.user_set.add(*staff)


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0012_retired_names'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='user',
            options={
                'permissions': [
                    ('moderate_site', 'Can moderate the site, in the chat and the admin')
                ],
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
            },
        ),
        migrations.RunPython(appoint, migrations.RunPython.noop),
    ]
