"""The types of single fields, with their bounds."""

from typing import Annotated, Literal

from msgspec import Meta

from rooms.protocol.limits import MAX_PAGE, MAX_REF

Ref = Annotated[str, Meta(max_length=MAX_REF)]
Slug = Annotated[str, Meta(min_length=1, max_length=100)]
Number = Annotated[int, Meta(ge=1, le=2**53)]
Revision = Annotated[int, Meta(ge=0, le=2**53)]
Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
Seconds = Annotated[int, Meta(ge=1, le=10 * 365 * 86_400)]
# The operations check the length of bodies, names and topics: their refusals say more.
Nonce = Annotated[str, Meta(min_length=8, max_length=64)]
Emoji = Annotated[str, Meta(min_length=1, max_length=34)]  # or `:name:`
PageToken = Annotated[str, Meta(max_length=64)]  # where a list continues, as the server named it
SearchPlace = Annotated[str, Meta(max_length=128)]  # where a search goes on, as the server said
ZoneName = Annotated[str, Meta(max_length=64)]
Kind = Literal["public", "private", "direct"]
Role = Literal["owner", "moderator", "member"]
Scope = Literal["hour", "day", "room"]
Section = Literal["favourites", "rooms", "direct"]
SectionId = Annotated[str, Meta(min_length=1, max_length=32)]  # a Section, or one's own
Scheme = Literal["system", "light", "dark"]
Density = Literal["comfortable", "compact"]
TextSize = Literal["small", "normal", "large", "larger"]
Hours = Literal["language", "12", "24"]  # of a clock
Motion = Literal["system", "reduced"]
Presence = Literal["online", "idle", "offline"]
Seen = Literal["today", "yesterday", "week", "month", "earlier"]
Addressed = Literal["here", "room"]  # by `@here` and `@room`
MentionBy = Literal["everyone", "moderators"]
Previews = Literal["shown", "hidden"]  # of links
MutedRooms = Literal["mentions", "nothing"]
Makers = Literal["everyone", "staff"]
AttachmentKind = Literal["image", "video", "audio", "voice", "file"]
UploadId = Annotated[str, Meta(min_length=1, max_length=64)]
NotifyLevel = Literal["all", "mentions", "nothing", "default"]
ItemId = Annotated[str, Meta(pattern="^[1-9][0-9]{0,17}$")]  # of an InboxItem
# Why something is in the inbox, and why somebody is told of a message.
ItemReason = Literal["mention", "room", "direct", "reply", "keyword"]
ToldReason = Literal["mention", "room", "direct", "reply", "keyword", "message"]
