"""Columns that fill themselves."""

import functools
from collections.abc import Collection, Sequence
from typing import Any

from django.db import models

from rooms.text.folding import fold


class FoldedField(models.CharField):  # type: ignore[type-arg]
    """Other columns' texts, folded for searching (rooms/text/folding.py).

    Every save keeps it up to date, bulk operations included; a model's `save` that is given
    `update_fields` passes them through `with_folded`. A QuerySet's `update` doesn't touch it.
    """

    def __init__(self, *, of: Sequence[str], **options: Any) -> None:
        self.of = tuple(of)
        defaults = {"blank": True, "default": "", "db_default": "", "editable": False}
        super().__init__(**{**defaults, **options})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.folded(model_instance)
        setattr(model_instance, self.attname, value)
        return value

    def folded(self, row: Any) -> str:
        """The value for a row, which may be a migration's historical model."""
        return fold(" ".join(getattr(row, name) for name in self.of))[: self.max_length]


def with_folded(
    model: type[models.Model], fields: Collection[str] | None
) -> Collection[str] | None:
    """Add the folded fields that depend on these `update_fields`."""
    if fields is None:
        return None
    return {*fields, *(name for name, of in _folded(model) if not of.isdisjoint(fields))}


@functools.cache
def _folded(model: type[models.Model]) -> list[tuple[str, frozenset[str]]]:
    """The model's folded fields by name, each with the fields that it is made from."""
    fields = [field for field in model._meta.concrete_fields if isinstance(field, FoldedField)]
    return [(field.name, frozenset(field.of)) for field in fields]
