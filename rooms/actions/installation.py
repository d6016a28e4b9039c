"""What concerns the installation as a whole."""

from rooms.models import Installation
from rooms.models.site import new_epoch


def renew_epoch() -> str:
    """Make every client forget the revisions that it remembers: the database was restored, and
    the same revisions will name other changes. Returns the new epoch."""
    installation = Installation.current()
    installation.epoch = new_epoch()
    installation.save(update_fields=["epoch"])
    return installation.epoch
