"""A moderator's desk: the admin's pages, as its forms send them."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from rooms import groups
from rooms.models import User
from tests import factories


def make_moderator(username: str = "maud") -> User:
    """Staff in the group Moderators, no superuser."""
    user = factories.make_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name=groups.NAME))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(model: type[Model], page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:rooms_{model.__name__.lower()}_{page}", args=args)


def shown(client: Client, obj: Model) -> HttpResponse:
    return client.get(url(type(obj), "change", obj.pk))  # type: ignore[return-value]


def save(client: Client, obj: Model, **fields: Any) -> HttpResponse:
    """Submit an object's page. A box that isn't named is not ticked."""
    return client.post(url(type(obj), "change", obj.pk), fields)  # type: ignore[return-value]


def add(client: Client, model: type[Model], **fields: Any) -> HttpResponse:
    return client.post(url(model, "add"), fields)  # type: ignore[return-value]


def delete(client: Client, obj: Model) -> HttpResponse:
    """Press "Delete", then "Yes, I'm sure"."""
    return client.post(url(type(obj), "delete", obj.pk), {"post": "yes"})  # type: ignore[return-value]


def run(client: Client, action: str, objs: Sequence[Model], **fields: Any) -> HttpResponse:
    """Tick rows of a list and run an action on them."""
    data = {"action": action, "_selected_action": [obj.pk for obj in objs], "index": 0, **fields}
    return client.post(url(type(objs[0])), data, follow=True)  # type: ignore[return-value]


def notices(response: HttpResponse) -> str:
    """The messages at the top of a page."""
    return " ".join(str(message) for message in response.context["messages"])  # type: ignore[attr-defined]


def errors(response: HttpResponse) -> str:
    """What a form that came back says."""
    assert response.status_code == 200, response.status_code
    return " ".join(response.context["errors"].as_text().split())  # type: ignore[attr-defined]
