"""A rolling upgrade: the previous version keeps writing until its last worker is replaced."""

from django.db.migrations import AddField, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader


def test_new_columns_have_a_default_for_the_previous_version() -> None:
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
    """Return the tables that the previous version doesn't know and never writes to."""
    return {one.name_lower for one in migration.operations if isinstance(one, CreateModel)}
