"""A moderator's desk: requests to the admin's pages, as its forms send them."""

from collections.abc import Callable, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.messages import constants
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from rooms.models import User
from rooms.policy import moderator_group
from tests import factories

Response = Any  # the test client's, with the page's context


def make_moderator(username: str = "maud") -> User:
    """Create staff in the Moderators group who are not superusers."""
    # `migrate` creates the group, but a transactional test may have emptied the tables since.
    ContentType.objects.clear_cache()
    moderator_group.make_moderators(apps.get_app_config("rooms"), using="default")
    user = factories.make_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name=moderator_group.NAME))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


async def acts(
    person: User, action: Callable[..., Response], /, *args: Any, **fields: Any
) -> Response:
    """Act in the admin as this person, from an asynchronous test."""
    return await sync_to_async(lambda: action(signed_in(person), *args, **fields))()


def url(model: type[Model], page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:rooms_{model.__name__.lower()}_{page}", args=[*map(quote, args)])


def shown(client: Client, obj: Model) -> Response:
    return client.get(url(type(obj), "change", obj.pk))


def save(client: Client, obj: Model, **fields: Any) -> Response:
    """Submit an object's page. Boxes that aren't named are unticked."""
    return client.post(url(type(obj), "change", obj.pk), fields)


def add(client: Client, model: type[Model], **fields: Any) -> Response:
    return client.post(url(model, "add"), fields)


def delete(client: Client, obj: Model) -> Response:
    """Press "Delete", then "Yes, I'm sure"."""
    return client.post(url(type(obj), "delete", obj.pk), {"post": "yes"})


def run(client: Client, action: str, objs: Sequence[Model], **fields: Any) -> Response:
    """Select rows of a list and run an action on them."""
    data = {"action": action, "_selected_action": [obj.pk for obj in objs], "index": 0, **fields}
    return client.post(url(type(objs[0])), data, follow=True)


def notices(response: Response) -> str:
    """Return the messages at the top of a page."""
    return " ".join(str(message) for message in response.context["messages"])


def was_refused(response: Response) -> bool:
    """Return whether a page says at its top that something was refused."""
    return any(message.level == constants.ERROR for message in response.context["messages"])


def errors(response: Response) -> str:
    """Return the errors of a form that was shown again."""
    assert response.status_code == 200, response.status_code
    return " ".join(str(response.context["errors"].as_text()).split())
