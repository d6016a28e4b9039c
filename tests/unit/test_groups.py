"""The group of a site that was there before."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from rooms import groups
from tests.integration import admin_desk as desk

NAME = ("rooms", "0009_moderators")
migration = import_module(".".join((NAME[0], "migrations", NAME[1])))


@pytest.mark.django_db
def test_moderators_of_an_old_site_get_the_rights_to_what_is_new_and_no_others() -> None:
    desk.make_moderator()
    group = Group.objects.get(name=groups.NAME)
    new = {f"{verb}_{model}" for model, verbs in migration.NEW.items() for verb in verbs}
    group.permissions.remove(*group.permissions.filter(codename__in=[*new, "delete_message"]))
    as_it_was = MigrationLoader(connection).project_state([NAME]).apps
    migration.grant(as_it_was, SimpleNamespace(connection=connection))
    held = set(group.permissions.values_list("codename", flat=True))
    assert new <= held
    assert "delete_message" not in held
