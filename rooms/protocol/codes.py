"""The codes that say why something ended."""

from enum import IntEnum
from typing import Literal


class Close(IntEnum):
    """Close codes of a WebSocket, with their meaning. A client treats every other code as
    "reconnect"."""

    means: str

    def __new__(cls, code: int, means: str) -> "Close":
        close = int.__new__(cls, code)
        close._value_ = code
        close.means = means
        return close

    RESTART = 1012, "The server restarts: reconnect when `server.restarting` said."
    TOO_MANY_INVALID = 4400, "Too many invalid frames."
    SIGNED_OUT = 4401, "Not signed in, or signed out."
    BANNED = 4403, "Banned from the site."
    SILENT = 4408, "The client didn't answer a ping."
    TOO_SLOW = 4410, "The client read too slowly: reconnect, and resume with `since`."
    RESTART_PLAIN = 4012, "As 1012, from a server that can't send that."
    FRAME_TOO_LARGE = 4413, "A frame was larger than 64 KiB."
    FLOODING = 4429, "Too many frames, handshakes or tabs."


# Why a person is no longer in a room, and why a session has ended.
Removed = Literal["left", "removed", "banned", "archived", "deleted"]
Ending = Literal["signed_out", "password", "deactivated", "expired", "banned"]
