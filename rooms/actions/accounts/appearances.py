"""How the site looks to one person, on every device: colours, density, text size, clock, motion."""

from typing import Any, get_args, get_type_hints

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from msgspec import structs

from rooms import ratelimit
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import Invalid
from rooms.fanout.envelopes import Subject
from rooms.models import User
from rooms.protocol import codec, events
from rooms.protocol.shapes import Appearance

# The values of each field but the revision.
CHOICES: dict[str, tuple[str, ...]] = {
    name: get_args(kind) for name, kind in get_type_hints(Appearance).items() if name != "revision"
}


def appearance(user: User) -> Appearance:
    """Return what a user has chosen, from the row as it was loaded. A value that only another
    version has counts as not chosen."""
    kept = msgspec.json.decode(user.appearance) if user.appearance else {}
    known = {name: kept[name] for name, values in CHOICES.items() if kept.get(name) in values}
    return Appearance(**known, revision=kept.get("revision", 0))


def set_appearance(*, actor: User, **chosen: str) -> Appearance:
    """Change the fields that are given, here and in all other tabs. Raises Invalid."""
    ratelimit.consume("appearance", actor.pk)
    if any(value not in CHOICES.get(name, ()) for name, value in chosen.items()):
        raise Invalid(_("This choice isn't available."))
    with transaction.atomic():
        rows = User.objects.select_for_update(no_key=True)  # posts may refer to the row meanwhile
        now = appearance(rows.only("appearance").get(pk=actor.pk))
        fields: dict[str, Any] = dict(chosen)
        then = structs.replace(now, **fields)
        if then == now:
            return now
        then = structs.replace(then, revision=now.revision + 1)
        User.objects.filter(pk=actor.pk).update(appearance=codec.encode(then).decode())
        event = events.AppearanceChanged(appearance=then)
        about = Subject("appearance", user=actor.pk)
        publish_on_commit(envelope(user_group(actor.pk), event, about=about))
    return then
