"""Texts are folded for searches, and what is found leads back to what was written."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.text.search.folding import Folded, fold, fold_all
from tests.hostile.fuzz import examples
from tests.processes import ROOT

NAMES = json.loads((ROOT / "tests/tables/fold.json").read_text())["texts"]
# What folding changes the length or order of, among what it leaves alone.
TRICKY = (
    "aß\u0149İ\u0131ŁẞﬁΣς½\ufdfae\u0301\u0323ẹ\u0301か\u0334\u3099ｶﾞガㄱㅏ한\u1112\u1161\u11abह\u094d\u200d"
    "\u00ad\u2019\u2011😀👍🏽\ufe0f \n"
)
TEXTS = st.text(st.sampled_from(TRICKY)) | st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(("text", "folded"), NAMES, ids=ascii)
def test_messages_are_folded_like_names(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("con\u00adfi\u200bgu\u2060re", "configure"),
        ("नी\u200cला", "नीला"),  # some keyboards put in the joiner
        ("❤\ufe0f", "❤"),
        ("te\u2800a", "tea"),
        ("don\u2019t", "don't"),
        ("e\u2011mail", "e-mail"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("ㅎㅏㄴ", unicodedata.normalize("NFC", "\u1112\u1161\u1102")),
    ],
    ids=ascii,
)
def test_what_nobody_sees_does_not_count(text: str, folded: str) -> None:
    assert fold(text) == folded


@examples(250)
@given(TEXTS)
def test_folding_twice_is_folding_once_however_a_text_is_composed(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded
    assert fold(unicodedata.normalize("NFC", text)) == folded


@examples(250)
@given(TEXTS)
def test_every_folded_character_knows_where_it_came_from(text: str) -> None:
    folded = Folded.of(text)
    assert folded.text == fold(text)
    assert len(folded.origins) == len(folded.text)
    assert list(folded.origins) == sorted(folded.origins)
    assert folded.length == len(text)
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert folded.text[at] in fold(text[start:end])


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("Die Straße", "strasse", "Straße"),
        ("Die Straße", "s", "S"),
        ("aß", "s", "ß"),  # not half of it
        ("cafe\u0301!", "cafe", "cafe\u0301"),
        ("un\u00adfair", "unf", "un\u00adf"),
        ("ｶﾞｲﾄﾞ", "ガ", "ｶﾞ"),
        ("x😀y", "😀", "😀"),
    ],
    ids=ascii,
)
def test_what_is_found_is_whole_letters_of_what_was_written(
    text: str, term: str, found: str
) -> None:
    folded = Folded.of(text)
    at = folded.text.index(term)
    start, end = folded.span(at, at + len(term))
    assert text[start:end] == found


def test_no_phrase_crosses_from_a_message_to_the_name_of_its_file() -> None:
    assert fold_all(["Fresh", "TEA"]).split() != ["fresh", "tea"]
    assert fold_all(["Fresh"]) == "fresh"
