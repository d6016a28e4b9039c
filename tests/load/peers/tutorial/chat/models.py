# mypy: ignore-errors
# A project of its own, as its tutorial writes it: not ours to type.
from django.conf import settings
from django.db import models


class Message(models.Model):
    """What the page of a room shows."""

    room = models.CharField(max_length=100, db_index=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.body
