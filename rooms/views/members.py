"""A room's members and what moderators do with them; and people to write to."""

from datetime import datetime, timedelta
from typing import TypedDict
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from rooms import ratelimit
from rooms.actions.moderation import members as moderation
from rooms.actions.moderation import sanctions
from rooms.actions.rooms import directory, memberships
from rooms.errors import Invalid, NotFound
from rooms.models import Membership, Room, User
from rooms.protocol import codec
from rooms.views.decorators import (
    Request,
    number,
    signed_in,
    signed_in_json,
    telling,
    usernames,
    words,
)
from rooms.views.rooms import moderated


class Sentence(TypedDict):
    reason: str
    expires_at: datetime | None


@require_safe
@signed_in_json
def room_members(request: Request, slug: str) -> JsonResponse:
    """`{"members": [{id, username, name, avatar, role}], "next": address or null, "muted": {id:
    {until, reason}}}`. Moderators get the mutes in this room, site moderators also those on the
    whole site. `person`, an id, narrows it to one member, `q` to names that match."""
    person, matching = number(request, "person"), words(request, "q")
    members, last = directory.members(
        actor=request.user, slug=slug, after=_after(request), matching=matching, person=person
    )
    people = [member.id for member in members] if person is None else [person]
    address = reverse("room_members", args=[slug])
    place = last and {**dict(zip(("role", "name", "id"), last, strict=True)), "q": matching}
    query = place and urlencode(place)
    return JsonResponse(
        {
            "members": codec.builtins(members),
            "next": f"{address}?{query}" if query else None,
            "muted": codec.builtins(moderation.muted(actor=request.user, slug=slug, people=people)),
        }
    )


@require_safe
@signed_in_json
def people(request: Request) -> JsonResponse:
    """`{"people": [{id, username, name, avatar}]}` whose username or name begins with `q`."""
    found = directory.people(actor=request.user, matching=words(request, "q"))
    return JsonResponse({"people": codec.builtins(found)})


@require_POST
@signed_in
def member_add(request: Request, slug: str) -> HttpResponse:
    """Add these people: usernames in one field or several."""
    moderated(request, slug)
    with telling(request):
        added = memberships.add_people(actor=request.user, slug=slug, people=usernames(request))
        messages.success(request, _added(len(added)))
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def member_role(request: Request, slug: str, user_id: int) -> HttpResponse:
    room, user = _concerned(request, slug, user_id)
    role = words(request, "role")
    with telling(request, _made(role) % {"name": user}):
        memberships.set_role(actor=request.user, room=room, user=user, role=role)
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def member_remove(request: Request, slug: str, user_id: int) -> HttpResponse:
    room, user = _concerned(request, slug, user_id)
    with telling(request, _("%(name)s was removed from the room.") % {"name": user}):
        memberships.remove_member(actor=request.user, room=room, user=user)
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def member_ban(request: Request, slug: str, user_id: int) -> HttpResponse:
    """`days` (without it the ban is permanent) and a `reason` that the person is shown."""
    ratelimit.consume("sanction", request.user.pk)
    room, user = _concerned(request, slug, user_id)
    with telling(request, _("%(name)s was banned from the room.") % {"name": user}):
        sanctions.ban_user(actor=request.user, user=user, room=room, **_sentence(request))
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def member_mute(request: Request, slug: str, user_id: int) -> HttpResponse:
    """`days` and `reason` as for a ban."""
    ratelimit.consume("sanction", request.user.pk)
    room, user = _concerned(request, slug, user_id)
    with telling(request, _("%(name)s was muted.") % {"name": user}):
        sanctions.mute_user(actor=request.user, user=user, room=room, **_sentence(request))
    return redirect("room_settings", slug=slug)


def _sentence(request: Request) -> Sentence:
    """The reason and the end of a ban or mute. Raises Invalid."""
    days = number(request, "days")
    if days is not None and days > 3650:
        raise Invalid(_("Choose at most 3650 days, or make it permanent."))
    end = None if days is None else timezone.now() + timedelta(days=days)
    return {"reason": words(request, "reason", most=250), "expires_at": end}


def _concerned(request: Request, slug: str, user_id: int) -> tuple[Room, User]:
    """The room and the member that a form is about. Raises NotFound or Forbidden."""
    room = moderated(request, slug).room
    membership = room.memberships.with_people().filter(user=user_id).first()
    if membership is None:
        raise NotFound(_("There is no such member."))
    return room, membership.user


def _after(request: Request) -> tuple[int, str, int] | None:
    rank, user_id = number(request, "role"), number(request, "id")
    if rank is None or user_id is None:
        return None
    return rank, words(request, "name"), user_id


def _added(count: int) -> str:
    if not count:
        return _("They are members already.")
    return ngettext("%(count)d person added.", "%(count)d people added.", count) % {"count": count}


def _made(role: str) -> str:
    """The message after giving someone, `%(name)s`, this role."""
    match role:
        case Membership.Role.OWNER:
            return _("%(name)s is now an owner.")
        case Membership.Role.MODERATOR:
            return _("%(name)s is now a moderator.")
    return _("%(name)s is now a member.")
