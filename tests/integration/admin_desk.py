"""A moderator's desk: the admin's pages, as its forms send them."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from rooms import groups
from rooms.models import User
from tests import factories

Response = Any  # the test client's, with the context of the page


def make_moderator(username: str = "maud") -> User:
    """Staff in the group Moderators, no superuser."""
    # `migrate` makes the group; a transactional test before this one may have emptied the tables.
    ContentType.objects.clear_cache()
    groups.make_moderators(apps.get_app_config("rooms"), using="default")
    user = factories.make_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name=groups.NAME))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(model: type[Model], page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:rooms_{model.__name__.lower()}_{page}", args=args)


def shown(client: Client, obj: Model) -> Response:
    return client.get(url(type(obj), "change", obj.pk))


def save(client: Client, obj: Model, **fields: Any) -> Response:
    """Submit an object's page. A box that isn't named is not ticked."""
    return client.post(url(type(obj), "change", obj.pk), fields)


def add(client: Client, model: type[Model], **fields: Any) -> Response:
    return client.post(url(model, "add"), fields)


def delete(client: Client, obj: Model) -> Response:
    """Press "Delete", then "Yes, I'm sure"."""
    return client.post(url(type(obj), "delete", obj.pk), {"post": "yes"})


def run(client: Client, action: str, objs: Sequence[Model], **fields: Any) -> Response:
    """Tick rows of a list and run an action on them."""
    data = {"action": action, "_selected_action": [obj.pk for obj in objs], "index": 0, **fields}
    return client.post(url(type(objs[0])), data, follow=True)


def notices(response: Response) -> str:
    """The messages at the top of a page."""
    return " ".join(str(message) for message in response.context["messages"])


def errors(response: Response) -> str:
    """What a form that came back says."""
    assert response.status_code == 200, response.status_code
    return " ".join(str(response.context["errors"].as_text()).split())
