"""What outsiders may read of a message: no names of people who aren't named, no way in."""

import pytest

from rooms.text import markup
from rooms.text.outside import Curtain, mentioned

HIDDEN = {"bob": "Somebody B", "bob_": "Somebody C"}
HOME = "https://chat.example.com"
MOVED = {f"{HOME}/rooms/lounge/12/": f"{HOME}/web/lounge/12/"}


def shown(body: str, hosts: tuple[str, ...] = ("chat.example.com",)) -> str:
    curtain = Curtain(
        hosts=hosts,
        label=HIDDEN.get,
        address=lambda link: MOVED.get(link, link if "/web/" in link else None),
        instead="(link for members)",
    )
    return curtain.drawn(body, markup.render(body))


@pytest.mark.parametrize(
    "body",
    [
        *(
            "@bob",
            "Hi @bob, look",
            "**@bob** said",
            "_@bob_",
            "(@bob)",
            "@BOB!",
            "@Bob's",
            "> @bob",
        ),
        *("- @bob", "`@bob`", "```python\n@bob\ndef f(): ...\n```", "[@bob](https://example.org)"),
        *("@b**o**b", "@b\\ob is @bob", "\\@bob", "@bob @bob_ @carol", "אז @bob", "x:@bob"),
    ],
)
def test_a_hidden_name_is_nowhere_in_the_text(body: str) -> None:
    html = shown(body)
    assert not {"bob", "bob_"} & mentioned(html)
    assert "bob" not in markup.visible(html).lower()
    assert "@Somebody" in markup.visible(html)


@pytest.mark.parametrize("body", ["@carol **hi**", "mail me: bob@bob.org", "bobsled @bobby", "`x`"])
def test_everything_else_stays_as_it_is(body: str) -> None:
    assert shown(body) == markup.render(body)


def test_the_formatting_around_a_name_stays() -> None:
    assert shown("**@bob** and `x`") == "<p><strong>@Somebody B</strong> and <code>x</code></p>"


@pytest.mark.parametrize(
    "link",
    [
        f"{HOME}/rooms/secret-plans-ab12/",
        f"{HOME}:8443/rooms/secret-plans-ab12/7/",
        "http://chat.example.com/invite/SECRET-plans-aaaaaaaaaaaaaaaa/",
        "HTTPS://CHAT.EXAMPLE.COM/rooms/secret-plans",
        "https://user@chat.example.com/rooms/secret-plans",
        "chat.example.com/rooms/secret-plans",
        "https://chat.example.com./rooms/secret-plans",
        "https://chat.example.com?x=secret-plans",
        "//chat.example.com/rooms/secret-plans",
        "/rooms/secret-plans/",
        "/invite/secret-plans-aaaaaaaaa/",
    ],
)
@pytest.mark.parametrize(
    "text",
    ["{}", "See {}.", "<{}>", "[here]({})", "[{}]({})", "**{}**", "`{}`", "({})", "```\n{}\n```"],
)
def test_a_link_into_the_site_is_taken_out(link: str, text: str) -> None:
    html = shown(text.format(link, link))
    assert "secret-plans" not in html.lower()
    assert "@" not in html


def test_a_link_s_own_words_stay() -> None:
    assert shown(f"[our **plan**]({HOME}/rooms/x/)") == "<p>our <strong>plan</strong></p>"


def test_a_link_to_what_outsiders_can_read_leads_there() -> None:
    html = shown(f"See {HOME}/rooms/lounge/12/.")
    assert markup.links(html) == [f"{HOME}/web/lounge/12/"]
    assert "/rooms/" not in html


def test_other_sites_are_linked_as_before() -> None:
    body = "https://example.org/rooms/x/ and https://chat.example.com.evil.org/rooms/y"
    assert shown(body) == markup.render(body)


def test_every_name_of_the_site_counts() -> None:
    hosts = (".example.net", "xn--80ac.example")
    for link in (
        "https://a.b.example.net/rooms/secret/",
        "https://\u0430\u0431.example/rooms/secret/",
    ):
        assert "secret" not in shown(link, hosts)


def test_the_longest_messages_take_no_time() -> None:
    for piece in ("\\", "[", "//", "@bo ", "chat.example.com", "/rooms/", "[a](", "https://x@"):
        shown((piece * 4000)[:4000])
