# mypy: ignore-errors
# A project of its own, as its tutorial writes it: not ours to type.
from chat.views import history
from django.urls import path

urlpatterns = [path("chat/<str:room_name>/", history)]
