"""Usernames and display names."""
# ruff: noqa: RUF001

import time
from contextlib import suppress

import pytest

from rooms.errors import Invalid
from rooms.text.names import (
    MAX_DISPLAY_NAME,
    clean_display_name,
    clean_new_username,
    clean_own_name,
    clean_username,
)
from rooms.text.reserved import RESERVED_USERNAMES
from tests.processes import quickest


@pytest.mark.parametrize(
    ("text", "username"),
    [
        ("alice", "alice"),
        ("Alice", "alice"),
        (" bob ", "bob"),
        ("_x_", "_x_"),
        ("42", "42"),
        ("a" * 32, "a" * 32),
        ("admin", "admin"),
        ("root", "root"),
    ],
)
def test_a_plain_username_is_accepted(text: str, username: str) -> None:
    assert clean_username(text) == username


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a" * 33,
        "al ice",
        "al-ice",
        "al.ice",
        "...",
        "@alice",
        "alice\n\nx",
        "al\0ice",
        "аdmin",
        "ａｄｍｉｎ",
        "\u212aelvin",
        "İvan",
        "zoë",
        "\u3164\u3164",
        "ad\u200bmin",
        "ad\u202emin",
        "١٢٣",
        "alice🎉",
    ],
    ids=ascii,
)
def test_an_invalid_username_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="2 to 32"):
        clean_username(text)


@pytest.mark.parametrize("text", ["__", "_" * 32])
def test_a_username_needs_a_letter_or_digit(text: str) -> None:
    with pytest.raises(Invalid, match="letter or digit"):
        clean_username(text)


@pytest.mark.parametrize(
    "text",
    ["admin", "Admin", "admins", "_admin_", "adm1n", "4dm1n", "admin2", "a_d_m_i_n", "moderator",
     "m0derators", "mod", "staff", "5upport", "support_24", "root", "modi", "site_admin",
     "siteadmin", "alice_admin", "mod_alice", "support_team", "realadmin", "moderatorin"],
)  # fmt: skip
def test_a_stranger_cannot_take_a_staff_name(text: str) -> None:
    with pytest.raises(Invalid, match="run the site"):
        clean_new_username(text)


@pytest.mark.parametrize(
    "text",
    [
        "adminah",
        "modeste",
        "rooty",
        "helper",
        "amos",
        "badminton",
        "teammate",
        "4711",
        "commodore",
        "modibo",
        "headmaster",
        "themis",
        "narendra_modi",
    ],
)
def test_names_that_only_resemble_staff_names_are_free(text: str) -> None:
    assert clean_new_username(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Admin",
        "A D M I N",
        "\uff21dmin",
        "Administrators",
        "(Moderator)",
        "Deleted account",
        "Staff 2",
        "modi",
        "Alice (admin)",
        "Alice [Mod]",
        "Alice, moderator",
        "Alice | Support",
        "Alice – Staff",
        "Alice ✓ Admin",
        "Alice (m0d)",
        "Alice (a d m i n)",
        "Alice “Admin”",
        "ADMIN Alice",
        "Site Admin",
        "S1te Adm1n",
        "The Support Team",
        "Official Support",
        "Chatsite Security",
        "Moderatorin Anna",
        "מנהל האתר",
        "אליס (אדמין)",
    ],
)
def test_nobody_can_pose_as_staff(text: str) -> None:
    with pytest.raises(Invalid, match="run the site"):
        clean_own_name(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Adminah", "Rooty McRoot", "Ana", "42", "Modest", "Narendra Modi", "Leopold Staff"),
        *("Dave Root", "Team Rocket Fan", "O’Mod", "Anne-Marie", "Supportive Sam", "Damien"),
        *("The Real Slim Shady", "Security Guard Sam", "Commodore 64"),
    ],
)
def test_other_names_are_free_to_choose(text: str) -> None:
    assert clean_own_name(text) == text


@pytest.mark.parametrize("word", sorted(RESERVED_USERNAMES))
def test_names_that_address_everyone_are_refused(word: str) -> None:
    for text in (word, word.upper(), f" {word} "):
        with pytest.raises(Invalid, match="addressing everyone"):
            clean_username(text)


# -- display names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Alice",
        "Zoë O’Brien-Šmíd",
        "Иван Smith",
        "李小龍 Bruce",
        "محمد Ali",
        "Μαρία Παπά",
        "Nguyễn Văn A",
        "🦊 Fox",
        "x" * MAX_DISPLAY_NAME,
    ],
)
def test_a_display_name_may_be_in_any_script(name: str) -> None:
    assert clean_display_name(name) == name


def test_white_space_in_a_display_name_is_collapsed() -> None:
    assert clean_display_name("  Alice \t Liddell\n") == "Alice Liddell"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "visible"),
        ("\u3164", "invisible"),
        ("Ali\u202ece", "invisible"),
        ("Ali\u200bce", "invisible"),
        ("Ali\0ce", "control"),
        ("Аlice", "Cyrillic and Latin"),
        ("a" + "\u0336" * 30, "marks"),
        ("x" * (MAX_DISPLAY_NAME + 1), "at most 40"),
    ],
    ids=ascii,
)
def test_a_deceptive_display_name_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        clean_display_name(name)


@pytest.mark.parametrize("text", ["modteam" * 5, "the" * 13, "admin" * 8, "a b " * 10, "()" * 20])
def test_no_name_is_slow_to_check(text: str) -> None:
    def clean() -> None:
        with suppress(Invalid):
            clean_own_name(text[:MAX_DISPLAY_NAME])

    assert quickest(clean, clock=time.thread_time) < 0.01
