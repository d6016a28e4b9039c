"""Every refusal there is. They are raised deep down and translated once per door: the consumer
answers with the code, a view with a page or a message, the admin with a message."""

from typing import Any, ClassVar

from django.utils.functional import Promise


class ChatError(Exception):
    """A refusal, in words that the person concerned may read.

    `words` is a sentence that says what was wrong and what is accepted; `named` are the values of
    its placeholders, such as `%(name)s`. `retry_after` is in seconds, if waiting helps.
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
        """The sentence in the language that is active now, which may not be the one that was active
        where it was raised."""
        return str(self.words % self.named if self.named else self.words)

    def __str__(self) -> str:
        return self.detail


class Invalid(ChatError):
    """A value isn't acceptable; `detail` says what is."""

    code = "invalid"


class UnknownType(ChatError):
    """There is no command of this type."""

    code = "unknown_type"


class NotFound(ChatError):
    """It doesn't exist, or the person may not know that it does."""

    code = "not_found"


class Forbidden(ChatError):
    """The person may not do this."""

    code = "forbidden"


class NotMember(ChatError):
    """Only members of the room can do this."""

    code = "not_member"


class Muted(ChatError):
    """The person may read, but not write."""

    code = "muted"


class SlowMode(ChatError):
    """The room requires a pause between two messages of one person."""

    code = "slow_mode"


class Held(ChatError):
    """Not posted yet: a moderator reads it first. Sending it again adds nothing."""

    code = "held"


class RateLimited(ChatError):
    """Too many of one kind in too little time."""

    code = "rate_limited"


class TooLarge(ChatError):
    """Longer or larger than is accepted."""

    code = "too_large"


class Conflict(ChatError):
    """What exists already is in the way, such as a name that is taken."""

    code = "conflict"


class Unavailable(ChatError):
    """The storage is unavailable. Nothing was accepted; trying again helps."""

    code = "unavailable"
