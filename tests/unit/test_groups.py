"""The group of a site that was there before."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from rooms import groups
from tests.integration import admin_desk as desk

migration = import_module("rooms.migrations.0009_moderators")


@pytest.mark.django_db
def test_moderators_of_an_old_site_get_the_rights_to_what_is_new_and_no_others() -> None:
    desk.make_moderator()
    group = Group.objects.get(name=groups.NAME)
    new = {f"{verb}_{model}" for model, verbs in migration.NEW.items() for verb in verbs}
    group.permissions.remove(*group.permissions.filter(codename__in=[*new, "delete_message"]))
    migration.grant(apps, SimpleNamespace(connection=connection))
    held = set(group.permissions.values_list("codename", flat=True))
    assert new <= held
    assert "delete_message" not in held
    of_new_sites = {f"{verb}_{model}" for model, verbs in groups.RIGHTS.items() for verb in verbs}
    assert held | {"delete_message"} == of_new_sites
