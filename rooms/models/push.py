"""Web Push: the site's own key, and the browsers that asked to be told."""

import hashlib

from django.db import models


class PushKey(models.Model):
    """The key pair by which push services know the site (RFC 8292). One row, made once: a browser's
    subscription holds for this key alone, so it never changes, and backups keep it."""

    private = models.CharField(max_length=64)  # base64url; P-256
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return "push key"


class PushSubscription(models.Model):
    """A browser that somebody is logged in with, by the address that its push service gave it. Ends
    with the session in which it was made."""

    user = models.ForeignKey(
        "rooms.User", on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    session_key = models.CharField(max_length=40, db_index=True)
    endpoint = models.TextField()
    digest = models.CharField(max_length=64, unique=True)  # of the endpoint, which may be long
    service = models.TextField()  # the endpoint's origin
    p256dh = models.CharField(max_length=100)  # base64url: the browser's point on P-256
    auth = models.CharField(max_length=40)  # base64url: a secret of the browser and the site
    created_at = models.DateTimeField()
    last_ok_at = models.DateTimeField(null=True)  # to a day
    # Since when its service has known it no longer. It is told nothing, and stays here so that the
    # browser learns to ask for another address.
    gone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"push to {self.service}"

    @staticmethod
    def digest_of(endpoint: str) -> str:
        return hashlib.sha256(endpoint.encode()).hexdigest()
