"""The one list of refusals. Raised low, translated once per door: the consumer answers with the
code, a view with a page or a message, the admin with a message."""

from typing import ClassVar


class ChatError(Exception):
    """A refusal that the person concerned may read.

    `detail` says in a sentence what was wrong and what is accepted; `retry_after` is in seconds,
    where waiting helps.
    """

    code: ClassVar[str] = "invalid"

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class Invalid(ChatError):
    code = "invalid"


class UnknownType(ChatError):
    code = "unknown_type"


class NotFound(ChatError):
    """Also for what the person may not know to exist."""

    code = "not_found"


class Forbidden(ChatError):
    code = "forbidden"


class NotMember(ChatError):
    code = "not_member"


class RateLimited(ChatError):
    code = "rate_limited"


class TooLarge(ChatError):
    code = "too_large"


class Conflict(ChatError):
    code = "conflict"


class Unavailable(ChatError):
    """The storage is away: nothing was accepted, trying again helps."""

    code = "unavailable"
