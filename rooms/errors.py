"""The one list of refusals. Raised low, translated once per door: the consumer answers with the
code, a view with a page or a message, the admin with a message."""

from typing import Any, ClassVar

from django.utils.functional import Promise


class ChatError(Exception):
    """A refusal that the person concerned may read.

    `words` say in a sentence what was wrong and what is accepted; `named` is what stands in it for
    its placeholders, such as `%(name)s`. `retry_after` is in seconds, where waiting helps.
    """

    code: ClassVar[str] = "invalid"

    def __init__(
        self, words: "str | Promise", *, retry_after: float | None = None, **named: Any
    ) -> None:
        super().__init__(words)
        self.words = words
        self.named = named
        self.retry_after = retry_after

    @property
    def detail(self) -> str:
        """In the language of whoever asks: where it was raised, nobody's may have been active."""
        return str(self.words % self.named if self.named else self.words)

    def __str__(self) -> str:
        return self.detail


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


class Muted(ChatError):
    """They may read, not write."""

    code = "muted"


class SlowMode(ChatError):
    """The room wants a pause between two messages of one person."""

    code = "slow_mode"


class Held(ChatError):
    """Not posted yet: a moderator reads it first. Sent again, it is the same one."""

    code = "held"


class RateLimited(ChatError):
    code = "rate_limited"


class TooLarge(ChatError):
    code = "too_large"


class Conflict(ChatError):
    code = "conflict"


class Unavailable(ChatError):
    """The storage is away: nothing was accepted, trying again helps."""

    code = "unavailable"
