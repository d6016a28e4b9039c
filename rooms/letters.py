"""The mails of the site: one template each, from which the text and the HTML are rendered when it
is sent (`rooms/jobs/mail.py`)."""

import re
import secrets
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from rooms import address
from rooms.errors import NotFound
from rooms.models import Job, User
from rooms.queries.jobs import Work, enqueue

UNSUBSCRIBE = "unsubscribe"  # the salt of the links
# Controls, and those that embed, override or isolate a direction.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_GAP = re.compile(r"\n\s*\n")


class Letter(Work, frozen=True):
    """A mail to be sent: what it is made of, never a token or a link."""

    kind: ClassVar[str] = "mail"
    template: str  # one of templates/mail
    to: str
    language: str
    seal: str  # random: a mail that is sent twice has the same Message-ID, and the same token
    asked_at: float  # seconds since 1970
    user: int | None = None
    address: int | None = None  # the EmailAddress to be confirmed
    invite: int | None = None
    facts: dict[str, str] = {}  # of the moment when it was asked for


def post(template: str, *, to: str, **more: Any) -> None:
    """Have a mail sent once this transaction is committed, in the language that is active."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    seal = secrets.token_hex(16)
    enqueue(
        Letter(template=template, to=to, language=language, seal=seal, asked_at=time.time(), **more)
    )


def forget(user: User) -> None:
    """Drop the mails to somebody that wait or were given up."""
    theirs = f'"user":{user.pk},'
    Job.objects.filter(kind=Letter.kind, arguments__contains=theirs).delete()


def unsubscribe_link(user_id: int, what: str) -> str:
    """Make the link that stops the mails of one kind. It works without logging in, for good, and
    for nothing else."""
    seal = Signer(salt=UNSUBSCRIBE).sign(f"{user_id}-{what}")
    return address.canonical(reverse("unsubscribe", args=[seal]))


def subscriber(seal: str) -> tuple[int, str]:
    """Return whom such a link is for, and the kind of mail. Raises NotFound."""
    try:
        user_id, _dash, what = Signer(salt=UNSUBSCRIBE).unsign(seal).partition("-")
    except BadSignature:
        raise NotFound(_("This link isn't complete. Open it from the mail again.")) from None
    return int(user_id), what


def letter(
    name: str, *, to: str, context: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> EmailMultiAlternatives:
    """Compose `templates/mail/<name>.html` in the language that is active.

    The context may have a `username` to greet, and a `url` for the button. Both parts are rendered
    from the same blocks, so neither says more than the other; what needs more than words is in
    `_<name>.html` and `_<name>.txt`.
    """
    username = context.get("username")
    shared = {
        "greeting": _("Hello %(username)s,") % {"username": username} if username else _("Hello,"),
        "home": address.origin(),
        "host": address.host(),
        **context,
    }

    def rendered(layout: str, **more: str) -> str:
        kind = layout.rpartition(".")[2]
        about = {**shared, **more, "layout": f"mail/{layout}", "kind": kind}
        return render_to_string(f"mail/{name}.html", about)

    subject = plain(rendered("_subject.txt"))
    message = EmailMultiAlternatives(
        subject,
        _in_paragraphs(rendered("_layout.txt")),
        settings.DEFAULT_FROM_EMAIL,
        [to],
        headers=dict(headers or {}),
    )
    message.attach_alternative(rendered("_layout.html", subject=subject), "text/html")
    return message


def plain(text: str) -> str:
    """One line of what people wrote, which can neither end the line that it is put into nor turn
    the rest of it around."""
    return " ".join(_CONTROLS.sub("", " ".join(text.split())).split())


def _in_paragraphs(text: str) -> str:
    """One line for each paragraph, whatever the indentation of its template."""
    paragraphs = (" ".join(one.split()) for one in _GAP.split(text))
    return "\n\n".join(one for one in paragraphs if one)
