# mypy: ignore-errors
# A project of its own, as its tutorial writes it: not ours to type.
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat.models import Message


@login_required
def history(request: HttpRequest, room_name: str) -> HttpResponse:
    newest = Message.objects.filter(room=room_name).select_related("author").order_by("-pk")[:50]
    context = {"room_name": room_name, "chat_messages": reversed(newest)}
    return render(request, "chat/room.html", context)
