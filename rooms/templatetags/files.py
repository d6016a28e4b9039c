"""The files of a message, listed for moderators, and in words."""

from collections.abc import Sequence
from typing import Any

from django import template

from rooms.models import Upload
from rooms.serializers import excerpts
from rooms.serializers.attachments import attachments

register = template.Library()


@register.inclusion_tag("admin/rooms/_files.html")
def files(uploads: Sequence[Upload] | None) -> dict[str, Any]:
    """List files that were read with their messages."""
    kinds = dict(Upload.Kind.choices)
    return {"files": [(one, kinds[one.kind]) for one in attachments(uploads or ())]}


@register.simple_tag
def in_words(uploads: Sequence[Upload]) -> str:
    """Say what files there are, in a few words."""
    return excerpts.words(uploads)
