"""The URLs of the pages. Templates and scripts rely on the names."""

from django.urls import path, re_path, register_converter
from django.urls.converters import IntConverter, StringConverter
from django.views.i18n import set_language

from rooms.views import (
    accounts,
    app,
    downloads,
    emoji,
    export,
    factors,
    files,
    health,
    home,
    ignores,
    inbox,
    invites,
    leaving,
    lobby,
    mail,
    media,
    members,
    notifications,
    oidc,
    previews,
    profile,
    push,
    rights,
    rooms,
    sanctions,
    search,
    sessions,
    setup,
    site,
    web,
)


class SlugConverter(StringConverter):
    """Anything that could be a slug: a class of letters would exclude the vowel signs of some
    scripts. No NUL, since PostgreSQL refuses it in queries."""

    regex = r"[^/\s\0]{1,100}"


class NumberConverter(IntConverter):
    """No larger than a database integer."""

    regex = r"[0-9]{1,18}"


class TokenConverter(StringConverter):
    regex = r"[-_A-Za-z0-9]{20,64}"


class SealedConverter(StringConverter):
    """A value and its signature."""

    regex = r"[-\w]{1,40}:[-\w]{20,64}"


class AvatarConverter(StringConverter):
    regex = r"[0-9a-f]{32}\.webp"


class PictureConverter(StringConverter):
    regex = r"[0-9a-f]{32}(?:-still)?\.webp"


class EmojiNameConverter(StringConverter):
    regex = r"[a-z0-9_+-]{2,32}"


class SpanConverter(StringConverter):
    """Two numbers, of messages: 51-100."""

    regex = r"[0-9]{1,18}-[0-9]{1,18}"


class LogoConverter(StringConverter):
    regex = r"[0-9a-f]{32}\.png"


class PreviewConverter(StringConverter):
    regex = r"[0-9a-f]{32}\.webp"


class HexConverter(StringConverter):
    regex = r"[0-9a-f]{6,8}"


class UploadConverter(StringConverter):
    regex = r"[-_A-Za-z0-9]{22}"


class FileNameConverter(StringConverter):
    """The file's name in its address, for people who save it. The row has the real one."""

    regex = r"[^/]{1,800}"


register_converter(SlugConverter, "room")
register_converter(SpanConverter, "span")
register_converter(NumberConverter, "number")
register_converter(TokenConverter, "token")
register_converter(SealedConverter, "sealed")
register_converter(AvatarConverter, "avatar")
register_converter(PictureConverter, "picture")
register_converter(EmojiNameConverter, "emoji")
register_converter(LogoConverter, "logo")
register_converter(UploadConverter, "upload")
register_converter(FileNameConverter, "file_name")
register_converter(PreviewConverter, "preview")
register_converter(HexConverter, "hex")

urlpatterns = [
    path("", home.home, name="home"),
    path("setup/", setup.setup, name="setup"),
    path("rooms/", lobby.lobby, name="lobby"),
    path("rooms/new/", lobby.room_create, name="room_create"),
    path("rooms/direct/", lobby.direct, name="direct"),
    path("rooms/<room:slug>/", rooms.room, name="room"),
    path("rooms/<room:slug>/<number:number>/", rooms.room, name="room_at"),
    path("rooms/<room:slug>/join/", rooms.room_join, name="room_join"),
    path("rooms/<room:slug>/leave/", rooms.room_leave, name="room_leave"),
    path("rooms/<room:slug>/hide/", rooms.room_hide, name="room_hide"),
    path("rooms/<room:slug>/settings/", rooms.room_settings, name="room_settings"),
    path("rooms/<room:slug>/update/", rooms.room_update, name="room_update"),
    path("rooms/<room:slug>/convert/", rooms.room_convert, name="room_convert"),
    path("rooms/<room:slug>/archive/", rooms.room_archive, name="room_archive"),
    path("rooms/<room:slug>/pace/", rooms.room_pace, name="room_pace"),
    path("rooms/<room:slug>/web/", rooms.room_web, name="room_web"),
    path("rooms/<room:slug>/web/close/", rooms.room_web_close, name="room_web_close"),
    path("rooms/<room:slug>/bans/<number:ban_id>/lift/", sanctions.ban_lift, name="ban_lift"),
    path("rooms/<room:slug>/mutes/<number:mute_id>/lift/", sanctions.mute_lift, name="mute_lift"),
    path("rooms/<room:slug>/members/", members.room_members, name="room_members"),
    path("rooms/<room:slug>/members/add/", members.member_add, name="member_add"),
    path(
        "rooms/<room:slug>/members/<number:user_id>/role/", members.member_role, name="member_role"
    ),
    path(
        "rooms/<room:slug>/members/<number:user_id>/remove/",
        members.member_remove,
        name="member_remove",
    ),
    path("rooms/<room:slug>/members/<number:user_id>/ban/", members.member_ban, name="member_ban"),
    path(
        "rooms/<room:slug>/members/<number:user_id>/mute/", members.member_mute, name="member_mute"
    ),
    path("rooms/<room:slug>/invites/", invites.invite_create, name="invite_create"),
    path(
        "rooms/<room:slug>/invites/<number:invite_id>/revoke/",
        invites.invite_revoke,
        name="invite_revoke",
    ),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.inbox_read, name="inbox_read"),
    path("inbox/unread/", inbox.unread, name="unread"),
    path("inbox/unread/read/", inbox.unread_read, name="unread_read"),
    path("search/", search.search, name="search"),
    path("people/", members.people, name="people"),
    path("rights/", rights.rights_page, name="rights"),
    path("invite/<token:token>/", invites.invite, name="invite"),
    path("unsubscribe/<sealed:seal>/", mail.unsubscribe, name="unsubscribe"),
    path("web/<room:slug>/", web.newest, name="web_room"),
    path("web/<room:slug>/feed/", web.feed, name="web_feed"),
    path("web/<room:slug>/<number:number>/", web.message, name="web_message"),
    path("web/<room:slug>/<span:span>/", web.page, name="web_page"),
    path("robots.txt", web.robots, name="robots"),
    path("sitemap.xml", web.sitemap, name="sitemap"),
    path("media/avatars/<avatar:name>", media.avatar, name="avatar"),
    path("media/emoji/<picture:name>", media.emoji, name="emoji"),
    path("emoji/", emoji.table, name="emoji_table"),
    path("settings/site/emoji/", emoji.site_emoji, name="site_emoji"),
    path("settings/site/emoji/<emoji:name>/remove/", emoji.remove, name="site_emoji_remove"),
    path("previews/<preview:name>", previews.picture, name="preview_picture"),
    path("media/site/<logo:name>", media.logo, name="logo"),
    path("accent/<hex:colour>-<hex:mark>.css", media.accent, name="accent"),
    path("settings/site/", site.site_settings, name="site_settings"),
    path("settings/site/next/", site.next_steps, name="next_steps"),
    path("settings/site/invite/", site.site_invite, name="site_invite"),
    path("settings/site/invite/mail/", site.site_invite_mail, name="site_invite_mail"),
    path("manifest.webmanifest", app.manifest, name="manifest"),
    path("service-worker.js", app.service_worker, name="service_worker"),
    path("push/", push.subscription, name="push"),
    path("push/key", push.key, name="push_key"),
    path("push/test/", push.test, name="push_test"),
    path("push/test/<token:mark>/", push.test_outcome, name="push_test_outcome"),
    path("offline/", app.offline, name="offline"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("language/", set_language, name="set_language"),
    path("files/", files.files, name="files"),
    path("files/<upload:upload_id>", files.file, name="file"),
    path("files/<upload:upload_id>/about", files.about, name="file_about"),
    path(
        "files/<upload:upload_id>/content/<file_name:name>", downloads.content, name="file_content"
    ),
    path("files/<upload:upload_id>/thumbnail", downloads.thumbnail, name="file_thumbnail"),
    path("accounts/", profile.profile, name="settings"),
    path("accounts/profile/", profile.profile, name="profile"),
    path("accounts/security/", profile.security, name="security"),
    path("accounts/appearance/", profile.appearance, name="appearance"),
    path("accounts/notifications/", notifications.notifications, name="notifications"),
    path("accounts/language/", profile.language, name="language"),
    path("accounts/privacy/", profile.privacy, name="privacy"),
    path("accounts/data/", profile.data, name="data"),
    path("accounts/ignored/", ignores.unignore, name="unignore"),
    path("accounts/deactivate/", leaving.deactivate, name="deactivate"),
    path("accounts/delete/", leaving.delete, name="delete_account"),
    path("accounts/export/", export.export, name="export"),
    path("accounts/sessions/", sessions.session_list, name="sessions"),
    path(
        "accounts/sessions/others/revoke/",
        sessions.session_revoke_others,
        name="session_revoke_others",
    ),
    path(
        "accounts/sessions/<number:session_id>/revoke/",
        sessions.session_revoke,
        name="session_revoke",
    ),
    # allauth's pages, under its names.
    path("accounts/login/", accounts.log_in, name="account_login"),
    path("accounts/logout/", accounts.log_out, name="account_logout"),
    path("accounts/signup/", accounts.sign_up, name="account_signup"),
    path("accounts/inactive/", accounts.inactive, name="account_inactive"),
    path("accounts/reauthenticate/", accounts.reauthenticate, name="account_reauthenticate"),
    path("accounts/factors/", factors.index, name="mfa_index"),
    path("accounts/factors/enter/", factors.authenticate, name="mfa_authenticate"),
    path("accounts/factors/again/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/factors/app/", factors.app_add, name="mfa_activate_totp"),
    path("accounts/factors/app/remove/", factors.app_remove, name="mfa_deactivate_totp"),
    path("accounts/factors/codes/", factors.codes_show, name="mfa_view_recovery_codes"),
    path(
        "accounts/factors/codes/file/", factors.codes_download, name="mfa_download_recovery_codes"
    ),
    path("accounts/factors/codes/new/", factors.codes_renew, name="mfa_generate_recovery_codes"),
    path("accounts/passkeys/enter/", factors.passkey_log_in, name="mfa_login_webauthn"),
    path("accounts/passkeys/again/", factors.passkey_again, name="mfa_reauthenticate_webauthn"),
    path("accounts/passkeys/new/", factors.passkey_add, name="mfa_add_webauthn"),
    path(
        "accounts/passkeys/<number:pk>/remove/", factors.passkey_remove, name="mfa_remove_webauthn"
    ),
    path("accounts/oidc/", oidc.connections, name="socialaccount_connections"),
    path("accounts/oidc/signup/", oidc.sign_up, name="socialaccount_signup"),
    path("accounts/oidc/cancelled/", oidc.cancelled, name="socialaccount_login_cancelled"),
    # allauth's views take a `provider_id`; there is only one.
    path("accounts/oidc/login/", oidc.log_in, {"provider_id": "oidc"}, name="openid_connect_login"),
    path(
        "accounts/oidc/login/callback/",
        oidc.callback,
        {"provider_id": "oidc"},
        name="openid_connect_callback",
    ),
    path("accounts/email/", accounts.email, name="account_email"),
    re_path(
        r"^accounts/email/confirm/(?P<key>[-:\w]+)/$",
        accounts.email_confirm,
        name="account_confirm_email",
    ),
    path("accounts/password/change/", accounts.password_change, name="account_change_password"),
    path("accounts/password/set/", accounts.password_set, name="account_set_password"),
    path("accounts/password/reset/", accounts.password_reset, name="account_reset_password"),
    path(
        "accounts/password/reset/done/",
        accounts.password_reset_done,
        name="account_reset_password_done",
    ),
    path(
        "accounts/password/reset/key/done/",
        accounts.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-\w:]+)/$",
        accounts.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
