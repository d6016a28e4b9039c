"""The headers of tus."""

import pytest

from rooms.errors import Invalid
from rooms.files import tus


def test_metadata_survives_being_written_and_read() -> None:
    said = {"filename": "Grüße, 漢.txt", "alt": "", "peaks": "[1,2]"}
    assert tus.metadata(tus.packed_metadata(said)) == said
    assert tus.metadata("filename YQ==, alt") == {"filename": "a", "alt": ""}
    assert tus.metadata("") == {}


@pytest.mark.parametrize("header", ["a !!", "a YQ==,a YQ==", "a /w==", "a ü", "a Y"])
def test_malformed_metadata_is_refused(header: str) -> None:
    with pytest.raises(Invalid):
        tus.metadata(header)


@pytest.mark.parametrize("text", [None, "", "-1", "1.5", "٣", "²", "9" * 16, "0x10"])
def test_only_a_plain_number_of_bytes_is_read(text: str | None) -> None:
    with pytest.raises(Invalid):
        tus.number(text, "Upload-Length")
