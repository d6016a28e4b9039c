"""The settings: a person's own and, for owners, the site's. Their pages are drawn in the chat's
shell, with the list of sections at the side.

A new section is a line in GROUPS, a view with `@in_settings`, and a template that extends
`rooms/_settings_page.html`.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.models import User
from rooms.views.bootstrap import shell
from rooms.views.decorators import Page, Request, View, signed_in

P = ParamSpec("P")
INDEX = "settings"  # the name of the URL that lists the sections, and shows the first


def everybody(user: User) -> bool:
    return True


def moderators(user: User) -> bool:
    return user.moderates_site


def owners(user: User) -> bool:
    """People who may change the site's own settings."""
    return user.is_superuser


@dataclass(frozen=True, slots=True)
class SettingsSection:
    """A line in the list. `page` is the name of its URL, `icon` one of `rooms/_icon.html`, `pages`
    are the names of other URLs that belong to it."""

    page: str
    title: Promise
    icon: str
    pages: tuple[str, ...] = ()
    is_for: Callable[[User], bool] = everybody


@dataclass(frozen=True, slots=True)
class SettingsGroup:
    title: Promise
    sections: tuple[SettingsSection, ...]


GROUPS = (
    SettingsGroup(
        _("Your account"),
        (
            SettingsSection("profile", _("Profile"), "person"),
            SettingsSection(
                "security",
                _("Account and security"),
                "key",
                (
                    *("account_email", "account_change_password", "account_set_password"),
                    *("account_reauthenticate", "mfa_index", "mfa_reauthenticate"),
                    *("mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes"),
                    *("mfa_generate_recovery_codes", "mfa_reauthenticate_webauthn"),
                    *("mfa_add_webauthn", "mfa_remove_webauthn", "socialaccount_connections"),
                ),
            ),
            SettingsSection("sessions", _("Sessions"), "devices"),
            SettingsSection("notifications", _("Notifications"), "bell"),
            SettingsSection("appearance", _("Appearance"), "contrast"),
            SettingsSection("language", _("Language"), "globe"),
            SettingsSection("privacy", _("Privacy"), "block"),
            SettingsSection("data", _("Your data"), "download", ("deactivate", "delete_account")),
        ),
    ),
    SettingsGroup(
        _("Site"),
        (
            SettingsSection("site_settings", _("Site settings"), "settings", is_for=owners),
            SettingsSection("site_emoji", _("Custom emoji"), "react", is_for=moderators),
            SettingsSection(
                "next_steps",
                _("Next steps"),
                "all-read",
                ("site_invite", "site_invite_mail"),
                is_for=owners,
            ),
        ),
    ),
)


def in_settings(page: Page[P]) -> View[P]:
    """For pages of the settings, allauth's included: like `signed_in`, and a response that isn't
    rendered yet gets what the shell and the list of sections need."""

    @signed_in
    @functools.wraps(page)
    def view(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = page(request, *args, **kwargs)
        if isinstance(response, TemplateResponse):
            response.context_data = {**(response.context_data or {}), **_frame(request)}
            response.render()
        return response

    return view


def settings_page(
    request: Request, template: str, context: dict[str, Any], *, refused: bool = False
) -> TemplateResponse:
    """The response of a view with `in_settings`. `refused`: one of its forms has errors."""
    return TemplateResponse(request, template, context, status=422 if refused else 200)


def _frame(request: Request) -> dict[str, Any]:
    match = request.resolver_match
    here = match.url_name if match is not None else None
    return {
        **shell(request),
        "room": None,
        "settings_groups": _groups(request.user, here),
        "settings_index": here == INDEX,
    }


def _groups(user: User, here: str | None) -> list[dict[str, Any]]:
    """The groups that have sections for this person, each section with whether it is shown."""
    groups = []
    for group in GROUPS:
        sections = [
            {"page": one.page, "title": one.title, "icon": one.icon, "is_here": _has(one, here)}
            for one in group.sections
            if one.is_for(user)
        ]
        if sections:
            groups.append({"title": group.title, "sections": sections})
    return groups


def _has(section: SettingsSection, here: str | None) -> bool:
    return here == section.page or here in section.pages
