"""Who is in a room, and what is done to them; and people to write to."""

from datetime import datetime, timedelta
from typing import TypedDict
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rooms import protocol, ratelimit
from rooms.actions import directory, memberships, sanctions
from rooms.actions import members as moderation
from rooms.errors import Invalid, NotFound
from rooms.models import Membership, Room, User
from rooms.views.door import Request, number, signed_in, signed_in_json, telling, words
from rooms.views.rooms import moderated


class Sentence(TypedDict):
    reason: str
    expires_at: datetime | None


@require_safe
@signed_in_json
def room_members(request: Request, slug: str) -> JsonResponse:
    """`{"members": [{id, username, name, avatar, role}], "next": address or null, "muted": {id:
    {until, reason}}}`, the last for those who moderate: of this room, and of the whole site for
    those who moderate that. With `person`, an id: of them alone."""
    person = number(request, "person")
    members, last = directory.members(
        actor=request.user, slug=slug, after=_after(request), person=person
    )
    people = [member.id for member in members] if person is None else [person]
    address = reverse("room_members", args=[slug])
    query = last and urlencode(dict(zip(("role", "name", "id"), last, strict=True)))
    return JsonResponse(
        {
            "members": protocol.builtins(members),
            "next": f"{address}?{query}" if query else None,
            "muted": protocol.builtins(
                moderation.muted(actor=request.user, slug=slug, people=people)
            ),
        }
    )


@require_safe
@signed_in_json
def people(request: Request) -> JsonResponse:
    """`{"people": [{id, username, name, avatar}]}` whose username or name begins with `q`."""
    found = directory.people(actor=request.user, matching=words(request, "q"))
    return JsonResponse({"people": protocol.builtins(found)})


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
    ratelimit.consume("sanction", request.user.pk)
    """`days` (left out: for good) and a `reason` that the person is told."""
    room, user = _concerned(request, slug, user_id)
    with telling(request, _("%(name)s is banned from the room.") % {"name": user}):
        sanctions.ban_user(actor=request.user, user=user, room=room, **_sentence(request))
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def member_mute(request: Request, slug: str, user_id: int) -> HttpResponse:
    ratelimit.consume("sanction", request.user.pk)
    """`days` and `reason` as for a ban."""
    room, user = _concerned(request, slug, user_id)
    with telling(request, _("%(name)s is muted.") % {"name": user}):
        sanctions.mute_user(actor=request.user, user=user, room=room, **_sentence(request))
    return redirect("room_settings", slug=slug)


def _sentence(request: Request) -> Sentence:
    """For how long, and why. Raises Invalid."""
    days = number(request, "days")
    if days is not None and days > 3650:
        raise Invalid(_("It lasts at most 3650 days, or for good."))
    end = None if days is None else timezone.now() + timedelta(days=days)
    return {"reason": words(request, "reason", most=250), "expires_at": end}


def _concerned(request: Request, slug: str, user_id: int) -> tuple[Room, User]:
    """The room and its member. Raises NotFound or Forbidden."""
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


def _made(role: str) -> str:
    """What is said of somebody, `%(name)s`, who has this role from now on."""
    match role:
        case Membership.Role.OWNER:
            return _("%(name)s is an owner now.")
        case Membership.Role.MODERATOR:
            return _("%(name)s is a moderator now.")
    return _("%(name)s is a member now.")
