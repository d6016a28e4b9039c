"""The site's URLs: chat, accounts and admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("rooms.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "rooms.views.errors.bad_request"
handler403 = "rooms.views.errors.forbidden"
handler404 = "rooms.views.errors.not_found"
handler500 = "rooms.views.errors.server_error"
