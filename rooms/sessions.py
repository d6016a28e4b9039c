"""Where Django keeps who is signed in: its own table, read by a statement by hand."""

from typing import Any

from django.contrib.sessions.backends import db

from rooms import arriving


class SessionStore(db.SessionStore):
    """As Django's, which each page begins with."""

    def load(self) -> dict[str, Any]:
        # What there isn't is Django's business: it forgets the key, and may have to log why.
        return arriving.session(str(self.session_key)) or super().load()
