"""Valid room names, and which of them look the same.

The tests are full of look-alikes on purpose.
"""
# ruff: noqa: RUF001

import itertools
import unicodedata

import pytest

from rooms.errors import Invalid
from rooms.text.lookalikes import MAX_KEY, name_key
from rooms.text.names import MAX_ROOM_NAME, clean_room_name, clean_topic

HONEST = [
    "General",
    "C++ & C#",
    "Wi-Fi роутер",
    "IT-отдел",
    "日本語chat",
    "カタカナとひらがな",
    "한국어 방",
    "Ελλάδα",
    "Привет, мир!",
    "Việt Nam",
    "שָׁלוֹם",
    "مرحبا",
    "می\u200cخواهم",
    "हिन्दी",
    "क्\u200dष",
    "ශ්\u200dරී ලංකා",
    "ทั่วไป",
    "Zoë’s café",
    "🎉",
    "❤️ love",
    "👩🏽\u200d💻 devs",
    "👨\u200d👩\u200d👧\u200d👦",
    "🏳️\u200d🌈",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "1️⃣ first",
    "葛\U000e0100城",
    "!!!",
    "2024",
    "x" * MAX_ROOM_NAME,
]

DECEIVING = {
    "ad\u202emin": "invisible",
    "\u2066general\u2069": "invisible",
    "evil\u202egpj.exe": "invisible",
    "gen\u200beral": "invisible",
    "gen\u200ceral": "invisible",
    "gen\u200deral": "invisible",
    "general\u200d": "invisible",
    "\u200cgeneral": "invisible",
    "gen\u00aderal": "invisible",
    "general\ufeff": "invisible",
    "general\u2060": "invisible",
    "general\u200f": "invisible",
    "general\u061c": "invisible",
    "general\u3164": "invisible",
    "\u3164": "invisible",
    "\u115f\u1160": "invisible",
    "\uffa0": "invisible",
    "\u2800": "invisible",
    "gen\u034feral": "invisible",
    "general\ufe0f": "invisible",
    "general\U000e0061": "invisible",
    "\U0001f3f4\U000e0067": "invisible",
    "general\U000e0100": "invisible",
    "\u200b": "invisible",
    "gen\0eral": "control",
    "gen\x1beral": "control",
    "gen\x7feral": "control",
    "gen\u0084eral": "control",
    "gen\ud800eral": "broken",
    "general\ue000": "private-use",
    "general\U000e0fff": "unassigned",
    "gеneral": "Cyrillic and Latin",
    "раураl": "Cyrillic and Latin",
    "Αdmin": "Greek and Latin",
    "ρоol": "Cyrillic and Greek",
    "Մoscow": "Armenian and Latin",
    "Ꭺdmin": "Cherokee and Latin",
    "a" + "\u0301" * 200: "at most",
    "a" + "\u0301" * 20: "marks",
    "ก" + "\u0e47" * 20: "marks",
    "\u0301a": "begin",
    "": "at least one visible",
    " \t\n\u00a0\u3000": "at least one visible",
    "x" * (MAX_ROOM_NAME + 1): "at most 80",
    "﷽" * 64_000: "at most 80",
}

GENERAL = [
    "General",
    "general ",
    " GENERAL",
    "gеneral",
    "Gen-eral",
    "gen_eral",
    "g.e.n.e.r.a.l",
    "g e n e r a l",
    "#general",
    "“general”",
    "ｇｅｎｅｒａｌ",
    "𝐆𝐞𝐧𝐞𝐫𝐚𝐥",
    "ⓖⓔⓝⓔⓡⓐⓛ",
    "GeneraI",
    "Genera1",
    "Genera|",
    "gen\u200beral",
    "gen\u00aderal",
    "general\ufe0f",
]

APART = [
    "General",
    "Generals",
    "Random",
    "C",
    "C#",
    "C++",
    "mail",
    "mall",
    "resume",
    "résumé",
    "corn",
    "cow",
    "room 2",
    "room 3",
    "日本",
    "日木",
    "中国",
    "中文",
    "コーヒー",
    "コヒ",
    "がく",
    "かく",
    "さくら",
    "サクラ",
    "한국",
    "한글",
    "مرحبا",
    "مرحبتا",
    "علي",
    "سلام",
    "שלום",
    "עולם",
    "हिन्दी",
    "हिन्द",
    "ไทย",
    "ไทยๆ",
    "Привет",
    "Работа",
    "мир",
    "Ελλάδα",
    "Κύπρος",
    "🎉",
    "🎉🎉",
    "👍",
    "❤️",
    "🇯🇵",
    "🇫🇷",
    "!!!",
    "???",
]


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_name_is_kept_as_typed(name: str) -> None:
    assert clean_room_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("name", "reason"), DECEIVING.items(), ids=lambda text: f"{ascii(text)[:40]} of {len(text)}"
)
def test_a_deceptive_name_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        clean_room_name(name)


@pytest.mark.parametrize("name", [" General  chat\n", "General\u00a0chat", "\u3000General\tchat"])
def test_white_space_is_collapsed(name: str) -> None:
    assert clean_room_name(name) == "General chat"


def test_a_name_is_composed() -> None:
    assert clean_room_name("Cafe\u0301") == "Café"


def test_the_refusal_names_the_offending_word() -> None:
    with pytest.raises(Invalid, match="“gеneral”"):
        clean_room_name("my gеneral room")


# -- keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GENERAL, ids=ascii)
def test_every_name_that_reads_as_general_has_its_key(name: str) -> None:
    assert name_key(name) == name_key("general")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("modern", "modem"),
        ("ModeRn", "modem"),
        ("vvindow", "window"),
        ("ТЕСТ", "тест"),
        ("СНАТ", "chat"),
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("ΜΆΪΟΣ", "μάϊος"),
        ("❤️", "❤"),
        ("cafe\u0301", "café"),
        ("ﬁnance", "finance"),
        ("room l", "room 1"),
        ("O2", "02"),
    ],
)
def test_names_that_look_alike_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_names_that_look_different_have_different_keys() -> None:
    keys = {name: name_key(name) for name in APART}
    clashes = [pair for pair in itertools.combinations(APART, 2) if keys[pair[0]] == keys[pair[1]]]
    assert not clashes


@pytest.mark.parametrize("name", sorted({*HONEST, *APART, "-", "...", "_", "。"}))
def test_a_key_is_never_empty_and_fits_its_column(name: str) -> None:
    assert 0 < len(name_key(name)) <= MAX_KEY


def test_a_name_that_grows_when_composed_still_fits() -> None:
    assert len(name_key("\ufdfa" * MAX_ROOM_NAME)) == MAX_KEY


# -- topics ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "topic", ["", "Tea and talk", "Чай и Wi-Fi роутер", "👩‍👩‍👧 welcome", "می‌خواهم", "50 % → 60 %"]
)
def test_an_honest_topic_is_kept_as_typed(topic: str) -> None:
    assert clean_topic(topic) == topic
    assert clean_topic(f"  {topic}\n") == topic


DECEIVING_TOPICS = {
    "see \u202egpj.exe": "invisible",
    "\u2066left\u2069": "invisible",
    "a\u200bb": "invisible",
    "a\x00b": "control",
    "a\x1b[31m": "control",
    "\ud800": "broken",
    "\ue000": "private-use",
    "\u3164": "invisible",
    "Zalgo" + "\u0301" * 9: "marks",
    "\u0301a": "begin",
    "x" * 251: "at most 250",
    "﷽" * 64_000: "at most 250",
}


@pytest.mark.parametrize(
    ("topic", "reason"), DECEIVING_TOPICS.items(), ids=lambda text: ascii(text)[:30]
)
def test_a_deceptive_topic_is_refused_with_the_reason(topic: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        clean_topic(topic)
