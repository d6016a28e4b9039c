"""A site that is replaced one worker at a time: the version before goes on writing meanwhile."""

from django.db.migrations import AddField, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader


def test_what_is_added_has_a_value_where_the_version_before_writes_none() -> None:
    migrations = MigrationLoader(None).disk_migrations
    added = [
        (f"{operation.model_name}.{operation.name}", operation.field)
        for (app, _), migration in migrations.items()
        if app == "rooms"
        for operation in migration.operations
        if isinstance(operation, AddField) and operation.model_name not in _made_by(migration)
    ]
    assert added
    missing = [name for name, field in added if not (field.null or field.has_db_default())]
    assert not missing


def _made_by(migration: Migration) -> set[str]:
    """The tables that the version before doesn't know, and never writes."""
    return {one.name_lower for one in migration.operations if isinstance(one, CreateModel)}
