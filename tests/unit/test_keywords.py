"""Keywords are found as whole words, in any script."""

import pytest

from rooms.errors import Invalid
from rooms.text import keywords
from rooms.text.keywords import Lookout


def finds(keyword: str, text: str) -> bool:
    return bool(Lookout([(keywords.key(keyword), 1)]).found(text))


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("launch", "The LAUNCH, tomorrow."),
        ("launch", "(launch)"),
        ("on call", "who is on-call?"),
        ("Straße", "STRASSE"),
        ("naïve", "nai\u0308ve"),  # composed or not
        ("don't", "don’t"),
        ("שלום", "שָׁלוֹם עולם"),  # without the points, which few people type
        ("дела", "как ДЕЛА?"),
        ("部署", "我们需要部署吗"),  # no spaces between words
        ("部署", "部署2024"),
        ("ตั้งค่า", "การตั้งค่าใหม่"),
        ("C++", "I like C++ more"),
        ("c#", "C# or Java"),
        ("🚀", "let's go🚀!"),
        ("a b", "a a b"),
        ("fi\u200bsh", "fish"),  # an invisible character
    ],
)
def test_a_keyword_is_found_whatever_the_case_and_punctuation(keyword: str, text: str) -> None:
    assert finds(keyword, text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("launch", "launched"),
        ("launch", "prelaunch"),
        ("launch", "launch_pad"),
        ("on call", "on the call"),
        ("cafe", "café"),
        ("C++", "C and D"),
        ("क", "कि"),  # a vowel sign belongs to the letter before it
        ("1", "10"),
        ("I", "l"),  # it isn't a rule: nobody hides what they are called
    ],
)
def test_nothing_else_is(keyword: str, text: str) -> None:
    assert not finds(keyword, text)


def test_everybody_s_keywords_are_looked_for_at_once() -> None:
    keys = [("launch", 1), ("launch day", 2), ("day", 3), ("night", 4), ("launch", 5)]
    assert Lookout(keys).found("On launch day") == {1, 2, 3, 5}
    assert not Lookout(())


@pytest.mark.parametrize("keyword", ["", " ", "...", "\u200b", "x" * 51, "\ufdfa" * 20])
def test_a_keyword_by_which_nothing_could_be_found_is_refused(keyword: str) -> None:
    with pytest.raises(Invalid):
        keywords.clean(keyword)
