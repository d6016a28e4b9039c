"""The address of the mail server."""

import pytest

from chatsite.environment import Mail, mail


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("", Mail()),
        ("smtp://localhost", Mail("localhost", 25, "", "", "", "chatsite@localhost")),
        (
            "smtp://me%40x.org:p%3Aw@mail.x.org",
            Mail("mail.x.org", 587, "me@x.org", "p:w", "asked for", "me@x.org"),
        ),
        (
            "smtps://me:pw@mail.x.org:1465?from=chat@x.org",
            Mail("mail.x.org", 1465, "me", "pw", "at once", "chat@x.org"),
        ),
    ],
)
def test_a_password_never_travels_without_tls(
    monkeypatch: pytest.MonkeyPatch, url: str, read: Mail
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    assert mail("EMAIL_URL") == read
