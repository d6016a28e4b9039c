"""Files that people send, and the pages that their links lead to."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.text import descriptions

MAX_NAME = 255  # characters


def new_id() -> str:
    """128 random bits, as they stand in addresses."""
    return secrets.token_urlsafe(16)


class Upload(models.Model):
    """A file that somebody sends for a room, in parts. Posted with a message, it is one of its
    attachments, and whoever may read the message may read it; until then, only who sent it."""

    class Kind(models.TextChoices):
        IMAGE = "image", _("Picture")
        VIDEO = "video", _("Video")
        AUDIO = "audio", _("Audio")
        VOICE = "voice", _("Voice message")
        FILE = "file", _("File")

    class State(models.TextChoices):
        RECEIVING = "receiving", _("Being sent")
        RECEIVED = "received", _("Being checked")  # all of it is here, not served yet
        READY = "ready", _("Ready")
        REFUSED = "refused", _("Refused")  # for what it contains; its bytes are gone

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    user = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="uploads",
        db_index=False,
        verbose_name=_("sent by"),
    )
    room = models.ForeignKey(
        "rooms.Room", on_delete=models.PROTECT, related_name="+", verbose_name=_("room")
    )
    message = models.ForeignKey(
        "rooms.Message",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="uploads",
        db_index=False,
        verbose_name=_("message"),
    )
    # While the message waits for a moderator.
    held = models.ForeignKey(
        "rooms.Held",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="uploads",
        verbose_name=_("held message"),
    )
    position = models.PositiveSmallIntegerField(default=0)  # in the message
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=State,
        default=State.RECEIVING,
        db_default=State.RECEIVING,
    )
    kind = models.CharField(
        _("kind"), max_length=5, choices=Kind, default=Kind.FILE, db_default=Kind.FILE
    )
    name = models.CharField(_("name"), max_length=MAX_NAME)
    type = models.CharField(  # by its content
        _("type"), max_length=100, default="application/octet-stream"
    )
    length = models.PositiveBigIntegerField()  # bytes that were announced
    received = models.PositiveBigIntegerField(default=0)  # bytes so far
    size = models.PositiveBigIntegerField(_("size"), default=0)  # bytes that are served
    # Bytes that count against the limits: `length`, then what is really kept, thumbnail included.
    stored = models.PositiveBigIntegerField(_("stored bytes"), default=0)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration = models.FloatField(null=True)  # seconds
    peaks = models.TextField(default="", blank=True)  # of a voice message: JSON, numbers up to 100
    alt = models.CharField(
        _("description"), max_length=descriptions.MAX_ALT, default="", blank=True
    )
    transcript = models.TextField(_("transcript"), default="", blank=True)
    animated = models.BooleanField(default=False)
    has_thumbnail = models.BooleanField(default=False)
    # A picture of a video, which is shown for as long as the video is.
    poster = models.OneToOneField(
        "self", null=True, editable=False, on_delete=models.SET_NULL, related_name="poster_of"
    )
    created_at = models.DateTimeField(_("begun at"), auto_now_add=True)
    # When a byte last arrived. What was never posted goes a day later.
    touched_at = models.DateTimeField(_("last byte at"), auto_now_add=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            models.Index(fields=["message", "position"], name="upload_message"),
            models.Index(fields=["user", "-created_at"], name="upload_user"),
            models.Index(fields=["-stored"], name="upload_stored"),
            models.Index(
                fields=["touched_at"],
                condition=Q(message=None, held=None),
                name="upload_unposted",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LinkPreview(models.Model):
    """What a page said of itself when it was last fetched, shared by all messages that link to it.
    A page that couldn't be fetched, or says nothing, has neither title nor picture."""

    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the URL, which may be long
    url = models.TextField(_("address"))
    title = models.CharField(_("title"), max_length=200, default="", blank=True)
    description = models.CharField(_("description"), max_length=300, default="", blank=True)
    site = models.CharField(_("site"), max_length=100, default="", blank=True)
    picture = models.CharField(max_length=40, default="", blank=True)  # its name in the storage
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    # Earlier than it was, if the page asks not to be kept: then it is soon fetched again.
    fetched_at = models.DateTimeField(_("fetched at"), null=True)

    class Meta:
        verbose_name = _("link preview")
        verbose_name_plural = _("link previews")
        indexes = [models.Index(fields=["fetched_at"], name="preview_fetched")]

    def __str__(self) -> str:
        return self.title or self.url


class MessageLink(models.Model):
    """A link in a message, whose preview is shown unless its author or a moderator removed it."""

    message = models.ForeignKey(
        "rooms.Message",
        on_delete=models.PROTECT,
        related_name="links",
        db_index=False,
    )
    position = models.PositiveSmallIntegerField()
    preview = models.ForeignKey(LinkPreview, on_delete=models.PROTECT, related_name="links")
    removed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "position"], name="link_position"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.preview_id}"
