"""The addresses of rooms, derived from a name or chosen."""
# ruff: noqa: RUF001

from urllib.parse import unquote

import pytest
from django.urls import resolve, reverse

from rooms.errors import Invalid
from rooms.text.names import MAX_SLUG, clean_slug, slugify_name
from rooms.text.reserved import RESERVED_SLUGS


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("General", "general"),
        ("General Chat!", "general-chat"),
        ("  --a -- b-- ", "a-b"),
        ("Don’t panic", "dont-panic"),
        ("snake_case", "snake-case"),
        ("C++ & C#", "c-c"),
        ("日本語 チャット", "日本語-チャット"),
        ("Привет, мир", "привет-мир"),
        ("İstanbul", "istanbul"),
        ("ΜΑΣ", "μας"),
        ("Cafe\u0301", "café"),
        ("ＷＩＤＥ", "wide"),
        ("می\u200cخواهم", "میخواهم"),
        ("हिन्दी", "हिन्दी"),
        ("🎉 party", "party"),
        ("2024", "2024"),
        ("🎉", ""),
        ("!!!", ""),
        ("", ""),
    ],
)
def test_a_name_becomes_an_address(name: str, slug: str) -> None:
    assert slugify_name(name) == slug


@pytest.mark.parametrize("reserved", sorted(RESERVED_SLUGS))
def test_no_room_takes_the_address_of_a_page(reserved: str) -> None:
    assert slugify_name(reserved.upper()) == f"{reserved}-room"
    with pytest.raises(Invalid, match="this site's own addresses"):
        clean_slug(reserved)


def test_the_site_s_own_pages_beside_the_rooms_are_reserved() -> None:
    beside = {
        reverse(page).removeprefix("/rooms/").strip("/") for page in ("room_create", "direct")
    }
    assert beside <= RESERVED_SLUGS


@pytest.mark.parametrize("name", ["x " * 100, "y" * 300, "long words " * 20, "\ufdfa" * 80])
def test_an_address_is_short_and_ends_with_a_word(name: str) -> None:
    slug = slugify_name(name)
    assert 0 < len(slug) <= MAX_SLUG
    assert not slug.endswith("-")


def test_an_address_is_cut_between_words() -> None:
    assert slugify_name("a" * 40 + " " + "b" * 40) == "a" * 40


@pytest.mark.parametrize("name", ["हिन्दी", "ไทย", "שָׁלוֹם", "a\u0336b", "½ ²", "x_y", "日本"])
def test_every_address_can_be_requested(name: str) -> None:
    slug = slugify_name(name)
    assert unquote(reverse("room", args=[slug])) == f"/rooms/{slug}/"
    assert resolve(f"/rooms/{slug}/").kwargs == {"slug": slug}
    assert clean_slug(slug) == slug


@pytest.mark.parametrize("text", ["general", "General ", "ＧＥＮＥＲＡＬ"])
def test_a_chosen_address_is_normalised(text: str) -> None:
    assert clean_slug(text) == "general"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "letters and digits"),
        ("a b", "letters and digits"),
        ("a--b", "letters and digits"),
        ("-a", "letters and digits"),
        ("a-", "letters and digits"),
        ("a_b", "letters and digits"),
        ("a/b", "letters and digits"),
        ("../x", "letters and digits"),
        ("%2e", "letters and digits"),
        ("a?b#c", "letters and digits"),
        ("🎉", "letters and digits"),
        ("ad\u202emin", "letters and digits"),
        ("a\0b", "letters and digits"),
        ("a" * (MAX_SLUG + 1), "at most 60"),
        ("a" * 100_000, "at most 60"),
        ("gеneral", "Cyrillic and Latin"),
        ("New", "this site's own addresses"),
    ],
    ids=lambda text: f"{ascii(text)[:30]} of {len(text)}",
)
def test_an_impossible_address_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        clean_slug(text)
