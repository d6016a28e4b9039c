"""What the pages' templates ask of Python."""

import functools
import json
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rooms import events, protocol
from rooms.models import User

register = template.Library()

HUES = 12  # of css/avatar.css
# A name of a file can't end the script element or start a comment in it.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag(takes_context=True)
def importmap(context: Context) -> str:
    """Lets modules import each other by their plain addresses and get the hashed files, which
    browsers keep for ever. Nothing where addresses aren't hashed."""
    modules = _importmap()
    if settings.DEBUG or not modules:
        return ""
    nonce = str(context.get("CSP_NONCE", ""))
    return format_html('<script type="importmap" nonce="{}">{}</script>', nonce, modules)


@functools.cache
def _importmap() -> SafeString:
    """Computed once per process: the files don't change while it runs."""
    hashed: dict[str, str] = getattr(staticfiles_storage, "hashed_files", {})
    imports = {
        f"{settings.STATIC_URL}{name}": staticfiles_storage.url(name)
        for name in sorted(hashed)
        if name.startswith("js/") and name.endswith(".js")
    }
    text = json.dumps({"imports": imports}, separators=(",", ":")).translate(ESCAPES)
    return SafeString(text if imports else "")


@register.inclusion_tag("rooms/_avatar.html")
def avatar(person: User | protocol.Person | protocol.Member, size: str = "") -> dict[str, Any]:
    """Somebody's picture or initials. `size`: small, large, or nothing."""
    shown = events.person(person) if isinstance(person, User) else person
    return {
        "url": shown.avatar,
        "initials": initials(shown.name),
        "hue": shown.id % HUES,
        "size": size,
        "pixels": {"small": 24, "large": 80}.get(size, 36),
    }


@register.simple_tag
def nobody_yet() -> bool:
    """The site has no account: only the set-up link leads on."""
    return not User.objects.exists()


def initials(name: str) -> str:
    """One or two letters, the same as `initials` of js/lib/words.js."""
    words = name.split()
    letters = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in letters) or "?"
