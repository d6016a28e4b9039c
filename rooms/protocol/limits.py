"""The bounds of the wire, in both directions."""

HEARTBEAT_SECONDS = 20  # between the server's pings; a client that misses two is disconnected

MAX_FRAME = 64 * 1024  # bytes, from the client
MAX_UNSENT = 1024 * 1024  # bytes that a socket may leave unread before it is disconnected
# Bytes of messages in one reply: half of what a socket may leave unread, so that the events that
# follow don't disconnect it.
PAGE_BYTES = MAX_UNSENT // 2
MAX_BODY = 8000  # characters
MAX_ATTACHMENTS = 10  # of one message
MAX_PART = 8 * 1024 * 1024  # bytes of a file in one request
MAX_REF = 64  # characters
MAX_URL = 2048  # characters
MAX_PAGE = 100  # messages
MAX_QUERY = 300  # characters
MAX_HITS = 50  # of a search, in one reply
MAX_PEOPLE = 9  # in a direct room, not counting yourself
MAX_ADDED = 20  # people made members by one command
MAX_REPLAY = 1000  # changes that `room.open` with `since` replays; beyond that, a fresh page
MAX_STEPS = 300  # read cursors that one `rooms.unread` restores: as many as fit in one frame
MAX_NAMED_ONLINE = 1000  # people in one frame about who is online
MAX_TAKEN = 3000  # steps in the reply to `rooms.read`: half a megabyte of long slugs
MAX_READINGS = 1000  # in one `reads.changed`
MAX_FAVOURITES = 100
MAX_LOBBY = 1000  # public rooms in one reply, if they fit into half a frame
MAX_SECTIONS = 20  # of one's own, in the sidebar
MAX_PLACED = 500  # rooms in all of them: 52 KB of the longest slugs
MAX_ROOMS = 200  # rooms in one frame: every favourite, and a hundred unread ones
MAX_REACTIONS = 20  # different emoji on one message
MAX_WATCHED = 500  # people whom one page watches
MAX_NAMED = 20  # people named beside the count of an emoji
MAX_KEYWORDS = 50  # of one person
MAX_ITEMS_READ = 1000  # of the inbox, in one command

# What the welcome tells the client.
LIMITS = {
    "frame": MAX_FRAME,
    "body": MAX_BODY,
    "attachments": MAX_ATTACHMENTS,
    "part": MAX_PART,
    "page": MAX_PAGE,
    "people": MAX_PEOPLE,
    "reactions": MAX_REACTIONS,
}
