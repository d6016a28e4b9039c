"""Invitations to the site by mail: a link for each address, which works once."""

import base64
import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from rooms import letters, ratelimit
from rooms.actions.rooms import invites
from rooms.errors import Invalid, Unavailable
from rooms.models import Invite, User
from rooms.policy.site import require_staff
from rooms.queries import site as sites
from rooms.queries.invites import counting

MAX_ADDRESSES = 20  # in one go
DAYS = 14


def invite_by_mail(*, actor: User, addresses: str, origin: str) -> int:
    """Send an invitation to each of these addresses, separated by spaces, commas or lines; return
    how many there were. Their links begin with `origin`."""
    require_staff(actor)
    if not settings.MAIL.host:
        raise Unavailable(_("This site can't send mail yet. Send people the link instead."))
    wanted = _clean(addresses)
    # In the site's language: nobody knows the readers'.
    language = sites.current().language or translation.get_language()
    with transaction.atomic(), translation.override(language):
        for one in wanted:
            ratelimit.consume("invite.mail", actor.pk)
            invite = invites.create_invite(actor=actor, room=None, days=DAYS, max_uses=1)[0]
            letters.post("invitation", to=one, invite=invite.pk, facts={"origin": origin})
    return len(wanted)


def _clean(text: str) -> list[str]:
    """Split a list of addresses. Raises Invalid."""
    found = [*dict.fromkeys(re.split(r"[\s,;]+", text.strip().lower()))]
    if not found[0] or len(found) > MAX_ADDRESSES:
        raise Invalid(_("Enter 1 to %(most)d email addresses."), most=MAX_ADDRESSES)
    for one in found:
        try:
            validate_email(one)
        except ValidationError as error:
            raise Invalid(_("“%(address)s” isn't an email address."), address=one) from error
    return found


def mailed(*, invite: int, seal: str) -> tuple[Invite, str] | None:
    """Return an invite that is about to be mailed and its token, or None if it can't be used now.

    The token is made of the mail's seal and the site's secret, so that it is stored nowhere, and
    the same when the mail has to be sent again.
    """
    row = Invite.objects.usable().filter(pk=invite).select_related("created_by").first()
    if row is None or not counting([invite]):
        return None
    digest = salted_hmac(__name__, seal, algorithm="sha256").digest()
    token = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    Invite.objects.filter(pk=invite).update(token_hash=Invite.hash(token))
    return row, token
