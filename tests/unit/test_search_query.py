"""What people type to find messages means what rooms/text/README.md says."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import Invalid
from rooms.text.search.folding import fold
from rooms.text.search.query import NOTHING, ONLY_EXCLUSIONS, Filter, Period, Query, parse
from tests.hostile.fuzz import examples
from tests.processes import quickest

BERLIN = ZoneInfo("Europe/Berlin")


def query(text: str) -> Query:
    return parse(text, zone=BERLIN)


def found(text: str, body: str) -> list[str]:
    """What would be highlighted in a body, as the page cuts it out."""
    units = body.encode("utf-16-le")
    return [
        units[2 * start : 2 * end].decode("utf-16-le") for start, end in query(text).ranges(body)
    ]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("fig", "the config file"),
        ("FIG", "the config file"),
        ("上海", "我在上海工作"),
        ("海", "我在上海工作"),
        ("straße", "STRASSE"),
        ("strasse", "Straße"),
        ("cafe", "Cafe\u0301"),
        ("οδοσ", "ΟΔΌΣ"),
        ("go", "ask google"),
        ("go", "_go_ now"),
        ("go", "用go做"),
        ("c++", "in C++ or C"),
        ("tea cake", "cake with tea"),  # all of them, in any order
        ("->", "a -> b"),
        ("--force", "git push --force"),
        ('"fresh tea"', "Fresh\n  tea!"),
        ('"fresh te', "fresh tea"),  # not closed yet
        ("“fresh tea”", "fresh tea"),
        ('"of the"', "one of the best"),
        ('"上海"', "我在上海工作"),
        ("tea -cake", "tea"),
        ("don't", "I don’t"),
        ("https://a.example/x", "see https://a.example/x?y"),
        ("10:30", "at 10:30"),
        ("👍", "ok👍🏽"),
    ],
)
def test_what_is_asked_for_is_found(text: str, body: str) -> None:
    assert query(text).matches(fold(body))


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("fig", "the confg file"),
        ("か", "が"),
        ("фул", "фол"),
        ("go", "a cargo"),
        ("c++", "abc++"),
        ("tea cake", "tea"),
        ('"fresh tea"', "tea, fresh"),
        ('"fresh tea"', "fresh teapot"),
        ('"fresh tea"', "refresh tea"),
        ('"of the"', "proof there"),
        ("tea -cake", "tea and cheesecake"),
        ('tea -"hot cake"', "tea, hot cake"),
        ("tea -🎉", "tea🎉"),
        ("tea -@ann", "tea for @ann"),
        ("note:this", "this note"),
    ],
)
def test_what_is_not_asked_for_is_not_found(text: str, body: str) -> None:
    assert not query(text).matches(fold(body))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from:ann", Filter("from", "ann")),
        ("From:@Ann", Filter("from", "Ann")),
        ("-from:ann tea", Filter("from", "ann", negated=True)),
        ("in:#General", Filter("in", "general")),
        ("with:bob", Filter("with", "bob")),
        ("has:Link", Filter("has", "link")),
        ("is:mine", Filter("is", "mine")),
        ("thread:12 in:a", Filter("thread", 12)),
    ],
)
def test_filters_are_recognised(text: str, expected: Filter) -> None:
    assert query(text).filters[0] == expected
    assert not query(text).unknown


def test_days_are_those_of_the_persons_time_zone() -> None:
    begin, end = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert query("on:2026-03-29").filters == (Filter("on", Period(begin, end)),)  # 23 hours long
    assert query("before:2026-03-29").filters == (Filter("before", Period(end=begin)),)
    assert query("after:2026-03-29").filters == (Filter("after", Period(start=end)),)
    # Two times in one zone would be compared without their offsets.
    day = query("on:2026-03-29").filters[0].value
    assert isinstance(day, Period)
    assert day.start
    assert day.start.tzinfo is UTC
    assert parse("on:2026-01-01", zone=UTC).filters[0].value == Period(
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    )


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Midway"])
def test_the_first_and_the_last_day_can_be_asked_for(day: str, zone: str) -> None:
    for name in ("before", "after", "on"):
        assert parse(f"{name}:{day}", zone=ZoneInfo(zone)).filters


@pytest.mark.parametrize(
    "text",
    [
        "author:ann",
        "has:cake",
        "is:blue",
        "before:tomorrow",
        "on:2026-02-30",
        "thread:x",
        "on:٢٠٢٦-01-01",
    ],
)
def test_an_unknown_filter_is_a_word_and_says_so(text: str) -> None:
    assert query(text).unknown == (text,)
    assert not query(text).filters
    assert query(text).matches(fold(f"They wrote {text}."))


@pytest.mark.parametrize(
    "text", ["https://a.example", "10:30", "std::vector", "C:\\x", "from:", ":tada:", "a:b"]
)
def test_a_word_with_a_colon_is_no_unknown_filter(text: str) -> None:
    assert not query(text).unknown
    assert query(text).terms


@pytest.mark.parametrize("text", ["", "  ", '"', '""', "\u00ad", "“ ”"])
def test_a_search_for_nothing_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        query(text)
    assert refused.value.words == NOTHING


@pytest.mark.parametrize("text", ["-tea", '-"hot tea"', "-from:ann", "-tea -in:general"])
def test_a_search_that_only_excludes_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        query(text)
    assert refused.value.words == ONLY_EXCLUSIONS


def test_what_is_typed_twice_is_looked_for_once() -> None:
    assert len(query("tea TEA téa").terms) == 1


@pytest.mark.parametrize(
    ("text", "body", "expected"),
    [
        ("fig", "config and figs", ["fig", "fig"]),
        ("con fig", "config", ["config"]),
        ("strasse", "Die Straße 😀", ["Straße"]),
        ("x", "😀 x", ["x"]),
        ("😀", "a😀b", ["😀"]),
        ("tea -cake", "tea", ["tea"]),
        ('"fresh tea"', "fresh\ntea, tea", ["fresh\ntea"]),
        ("go", "cargo go", ["go"]),
        ("from:ann", "ann", []),
    ],
)
def test_highlights_are_what_was_found(text: str, body: str, expected: list[str]) -> None:
    assert found(text, body) == expected


LETTERS = st.sampled_from('ab-" :1ßé上が한😀👍🏽\u0301\u00ad\n')
TYPED = st.text(LETTERS, max_size=12) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=12
)


@examples(300)
@given(TYPED, st.text(LETTERS, max_size=60))
def test_ranges_are_sorted_apart_and_whole_characters(text: str, body: str) -> None:
    try:
        asked = query(text)
    except Invalid:
        return
    ends = 0
    units = body.encode("utf-16-le")
    for start, end in asked.ranges(body):
        assert ends <= start < end
        assert 2 * end <= len(units)
        units[2 * start : 2 * end].decode("utf-16-le")
        ends = end + 1
    if asked.matches(fold(body)):
        assert bool(asked.terms) == bool(asked.ranges(body))


def test_a_message_of_nothing_but_hits_has_a_bounded_number_of_highlights() -> None:
    assert len(query("a").ranges("a b " * 2000)) == 200


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ('"' + "a " * 140 + "b", "a " * 3999 + "bb"),  # nearly everywhere, word by word
        (
            " ".join(f"{one}{two}" for one in "abcdefghij" for two in "abcdefghij"),
            "abcdefgh " * 880,
        ),
    ],
    ids=["phrase", "many words"],
)
def test_long_texts_are_compared_in_a_bounded_time(text: str, body: str) -> None:
    asked, folded = query(text[:300]), fold(body)
    assert quickest(lambda: asked.matches(folded), clock=time.thread_time) < 0.005, (
        "0.02 ms on a quiet machine"
    )
    assert quickest(lambda: asked.ranges(body), clock=time.thread_time) < 0.05, (
        "2 ms on a quiet machine"
    )


@examples(100)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_whatever_is_typed_is_a_query_or_a_refusal(text: str) -> None:
    try:
        asked = query(text)
    except Invalid:
        return
    assert asked.terms or asked.filters
