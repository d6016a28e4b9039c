"""`Range`: which bytes are sent for what was asked."""

import pytest

from rooms.files.ranges import Span, Unsatisfiable, names, wanted


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("Bytes = 10 - 19 ", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
    ],
)
def test_one_span_is_cut_to_the_file(header: str, span: tuple[int, int]) -> None:
    assert wanted(header, 100) == Span(*span)


@pytest.mark.parametrize(
    "header",
    ["", "bytes", "bytes=", "bytes=-", "bytes=9-1", "bytes=0-1,4-5", "lines=1-2", "bytes=²-"],
)
def test_what_is_no_span_is_answered_with_the_whole_file(header: str) -> None:
    assert wanted(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_span_beyond_the_end_cannot_be_had(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted(header, 100)


def test_an_empty_file_has_no_bytes_to_ask_for() -> None:
    with pytest.raises(Unsatisfiable):
        wanted("bytes=0-", 0)


@pytest.mark.parametrize(
    ("header", "known"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False)],
)
def test_a_version_is_recognised(header: str, *, known: bool) -> None:
    assert names(header, '"a"') is known
