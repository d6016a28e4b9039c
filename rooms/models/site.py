"""What is true of the installation as a whole."""

import secrets

from django.db import models


def new_epoch() -> str:
    return secrets.token_hex(8)


class Installation(models.Model):
    """One row. `epoch` changes when the database is restored from a backup: revisions that
    clients remember may then name other changes, so they forget them."""

    epoch = models.CharField(max_length=32, default=new_epoch)

    def __str__(self) -> str:
        return self.epoch

    @classmethod
    def current(cls) -> "Installation":
        return cls.objects.get_or_create(pk=1)[0]
