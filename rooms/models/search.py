"""How far the messages of each room are in the index of the search, and what that index needs to
know. The index itself is no model: `rooms/queries/search/` makes it, one for each database."""

from django.db import models


class SearchedRoom(models.Model):
    """A room whose messages up to `indexed_number` are in the index.

    Numbers are gapless and in the order of the commits, so nothing is missed below it. What comes
    after it is looked at directly. A room without a row has nothing in the index.
    """

    room = models.OneToOneField(
        "rooms.Room", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    indexed_number = models.PositiveBigIntegerField(default=0, db_default=0)
    version = models.PositiveSmallIntegerField()  # of the grams, see rooms/text/search/grams.py
    # The process that indexes this room, until then. It renews that with each step.
    lease = models.CharField(max_length=16, default="", db_default="")
    leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.room_id}: {self.indexed_number}"


class SearchedText(models.Model):
    """What is in the index of a message besides its body: the names and descriptions of its files.

    SQLite's index deletes an entry only by the very same grams, which can't be made again once a
    file is gone. A message that has nothing but its body has no row.
    """

    message = models.OneToOneField(
        "rooms.Message", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    text = models.TextField()
    marks = models.TextField(default="", db_default="")  # separated by spaces

    def __str__(self) -> str:
        return str(self.message_id)


class SearchIndex(models.Model):
    """What is known of the index as a whole. One row."""

    class Sweep(models.TextChoices):
        WANTED = "wanted"
        BEGUN = "begun"

    # How many of the newest messages have each gram, as JSON, and how many were counted.
    frequencies = models.TextField(default="", db_default="")
    counted = models.PositiveIntegerField(default=0, db_default=0)
    newest = models.PositiveBigIntegerField(default=0, db_default=0)  # the id of the newest of them
    # Of what was replaced or erased, something stays in the index's files until they are swept.
    sweep = models.CharField(max_length=6, choices=Sweep, default="", db_default="", blank=True)

    def __str__(self) -> str:
        return "search index"
