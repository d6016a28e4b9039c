"""A name is found with one typing error in a word, and by nothing that is further away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.text import nearness
from tests.hostile.fuzz import examples


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("gallery", "gallery"),
        ("gal", "gallery"),
        ("galery", "gallery"),
        ("glalery", "gallery"),
        ("gardem", "garden"),
        ("gaarden", "garden"),
        ("porject", "project"),
        ("помащь", "помощь"),
        ("lize", "liz"),
    ],
)
def test_one_typing_error_is_forgiven(typed: str, word: str) -> None:
    assert nearness.begins(word, typed)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("gradne", "garden"),
        ("grd", "garden"),
        ("1720", "1702"),
        ("regal", "gallery"),
        ("anns", "ben"),
    ],
)
def test_two_errors_and_errors_in_short_words_and_numbers_are_not(typed: str, word: str) -> None:
    assert not nearness.begins(word, typed)


LETTERS = st.sampled_from("abcd")


@examples(300)
@given(st.text(LETTERS, min_size=4, max_size=9), st.data())
def test_a_word_with_one_edit_is_near_and_shares_a_half(word: str, data: st.DataObject) -> None:
    at, letter = data.draw(st.integers(0, len(word) - 1)), data.draw(LETTERS)
    swapped = word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
    edits = [word[:at] + word[at + 1 :], word[:at] + letter + word[at + 1 :]]
    for typed in [*edits, word[:at] + letter + word[at:], swapped]:
        if nearness.is_tolerant(typed):
            assert nearness.begins(word, typed)
            first, second = nearness.halves(typed)
            assert word.startswith(first) or second in word


def test_each_word_that_is_typed_begins_one_of_a_name() -> None:
    assert nearness.fits(["alice adams"], ["adsm", "ali"])
    assert nearness.fits(["x", "alice_adams"], ["adams"])
    assert not nearness.fits(["alice", "adams"], ["alice", "adams"]), "of one name, not of two"
    assert not nearness.fits(["alice adams"], ["alice", "brown"])
