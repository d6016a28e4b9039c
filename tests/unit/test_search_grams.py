"""An index knows a message by its grams: whatever matches, has them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.text.search import grams
from rooms.text.search.folding import fold
from rooms.text.search.terms import Term
from tests.hostile.fuzz import examples


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go on", {"¹g", "¹go", "¹o", "¹on"}),
        ("a", {"¹a"}),
        ("config", {"¹c", "¹co", "con", "onf", "nfi", "fig"}),
        ("_go_ my_dog", {"¹g", "¹go", "¹m", "¹my", "¹d", "¹do", "dog"}),
        ("在上海", {"在", "上", "海", "在上", "上海"}),
        ("用go做", {"用", "¹g", "¹go", "做"}),
        ("हिन्दी", {"¹ह", "¹हि", "हिन", "िन्", "न्द", "्दी"}),
        ("🎉👍!", {"🎉", "👍"}),
        ("…!? --", set()),
    ],
)
def test_words_have_trigrams_and_beginnings_and_other_scripts_have_pairs(
    text: str, expected: set[str]
) -> None:
    assert grams.grams(fold(text)) == expected


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("config", {"con", "onf", "nfi", "fig"}),
        ("go", {"¹go"}),  # see Term: short ones only at the beginning of a word
        ("c++", {"¹c"}),
        ("上海", {"上海"}),
        ("海", {"海"}),
        ("io.open", {"ope", "pen"}),  # audio.open has it, too
        ("x.go", {"¹go"}),
        ("->", set()),
    ],
)
def test_a_term_needs_only_what_every_text_with_it_has(term: str, expected: set[str]) -> None:
    one = Term.of_word(term)
    assert one
    assert one.grams() == expected


LETTERS = st.sampled_from("abAB _-.\n1ßéहिन्上海が한ไทย😀❶\u0301\u00ad")
WORDS = st.text(LETTERS, min_size=1, max_size=6)


@examples(400)
@given(st.data(), st.text(LETTERS, min_size=1, max_size=40))
def test_a_text_that_matches_has_the_grams_that_are_needed(data: st.DataObject, text: str) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    closed = data.draw(st.booleans())
    terms = [
        Term.of_word(part),
        Term.of_phrase(part, closed=closed),
        Term.of_word(data.draw(WORDS)),
    ]
    folded = fold(text)
    known = grams.grams(folded)
    for term in filter(None, terms):
        if term.occurs(folded):
            assert term.grams() <= known
        assert term.occurs(folded) == any(term.spans(folded))


def test_no_text_has_a_gram_of_something_that_is_not_text() -> None:
    marked = [grams.of_author(96), grams.of_room(17), grams.of_bucket(29), grams.LINK]
    text = " ".join([*marked, "a96 r17 b29 b link file ¹¹b29"])
    assert not grams.grams(fold(text)).intersection(marked)
    assert len(set(marked)) == len(marked)


@examples(100)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_grams_hold_nothing_that_an_index_would_read_as_its_syntax(text: str) -> None:
    for gram in grams.grams(fold(text)):
        assert re.fullmatch(r"[^\x00-\x2f\x3a-\x60\x7b-\xa0\s]+", gram)
