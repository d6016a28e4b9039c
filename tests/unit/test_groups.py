"""The Moderators group of a site that existed before the upgrade."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps as installed
from django.contrib.auth.models import Group
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from rooms.models import User, moderators
from rooms.policy import moderator_group
from tests import factories
from tests.integration import admin_desk as desk

NAME = ("rooms", "0009_moderators")
migration = import_module(".".join((NAME[0], "migrations", NAME[1])))


@pytest.mark.django_db
def test_moderators_of_an_upgraded_site_get_the_new_rights_and_no_others() -> None:
    desk.make_moderator()
    group = Group.objects.get(name=moderator_group.NAME)
    new = {f"{verb}_{model}" for model, verbs in migration.NEW.items() for verb in verbs}
    group.permissions.remove(*group.permissions.filter(codename__in=[*new, "delete_message"]))
    as_it_was = MigrationLoader(connection).project_state([NAME]).apps
    migration.grant(as_it_was, SimpleNamespace(connection=connection))
    held = set(group.permissions.values_list("codename", flat=True))
    assert new <= held
    assert "delete_message" not in held


NEXT = ("rooms", "0013_moderate_site")
next_migration = import_module(".".join((NEXT[0], "migrations", NEXT[1])))


def appoint_like_the_migration() -> None:
    as_it_was = MigrationLoader(connection).project_state([NEXT]).apps
    next_migration.appoint(as_it_was, SimpleNamespace(connection=connection))


@pytest.mark.django_db
@pytest.mark.parametrize("has_group", [True, False])
def test_staff_of_an_upgraded_site_still_moderate(has_group: bool, alice: User) -> None:
    moderator = desk.make_moderator()
    clerk = factories.make_user("clerk", is_staff=True)
    group = Group.objects.get(name=moderator_group.NAME)
    group.permissions.remove(
        *group.permissions.filter(codename__in=[moderators.PERMISSION, "delete_message"])
    )
    if not has_group:
        group.delete()
    appoint_like_the_migration()
    assert clerk.moderates_site
    assert moderator.moderates_site
    assert not alice.groups.exists()
    held = Group.objects.get(name=moderator_group.NAME).permissions.values_list(
        "codename", flat=True
    )
    # Permissions that an operator removed stay removed; a missing group is created in full.
    assert ("delete_message" in held) is not has_group


@pytest.mark.django_db
def test_a_new_site_gets_its_group_after_the_migrations() -> None:
    Group.objects.all().delete()
    appoint_like_the_migration()
    assert not Group.objects.exists()
    moderator_group.make_moderators(installed.get_app_config("rooms"), using="default")
    held = set(Group.objects.get().permissions.values_list("codename", flat=True))
    assert held == {
        f"{verb}_{model}" for model, verbs in moderator_group.RIGHTS.items() for verb in verbs
    }
    assert moderators.PERMISSION in held
