"""What the audit log's actions are called."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "user.added": _("account added"),
    "user.changed": _("account changed"),
    "user.password": _("password set"),
    "user.factors_removed": _("second factors removed"),
    "user.activated": _("account activated"),
    "user.deactivated": _("account deactivated"),
    "user.owner": _("site set up"),
    "user.banned": _("banned"),
    "user.unbanned": _("let in again"),
    "user.muted": _("muted"),
    "user.unmuted": _("lets write again"),
    "member.added": _("put into the room"),
    "member.removed": _("removed from the room"),
    "member.role": _("role changed"),
    "message.deleted": _("message deleted"),
    "message.restored": _("message restored"),
    "posts.removed": _("what they posted removed"),
    "posts.restored": _("what they posted restored"),
    "reaction.removed": _("reaction removed"),
    "room.updated": _("room changed"),
    "room.pace": _("pace of the room changed"),
    "room.archived": _("room archived"),
    "room.unarchived": _("room opened again"),
    "invite.created": _("invite made"),
    "invite.used": _("invite used"),
    "invite.revoked": _("invite revoked"),
}
