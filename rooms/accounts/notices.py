"""What is mailed to the owner of an account, since someone else may have made the change; by
allauth's names."""

from django.utils.translation import gettext_lazy as _

NOTICES = {
    "password_changed": _("Your password was changed."),
    "password_reset": _("Your password was reset."),
    "password_set": _("A password was set for your account."),
    "email_changed": _("Your email address was changed from %(from_email)s to %(to_email)s."),
    "totp_activated": _("An authenticator app was set up for your account."),
    "totp_deactivated": _("The authenticator app was turned off for your account."),
    "webauthn_added": _("A passkey was added to your account."),
    "webauthn_removed": _("A passkey was removed from your account."),
    "recovery_codes_generated": _("New recovery codes were generated for your account."),
    "account_connected": _("An account on another site was connected to yours."),
    "account_disconnected": _("An account on another site was disconnected from yours."),
    "email_deleted": _("Your email address %(deleted_email)s was removed."),
}

VALUES = ("from_email", "to_email", "deleted_email")  # what some of them name
