"""File names: what is kept of them, so that they are safe to save."""

import pytest

from rooms.text.filenames import MAX_BYTES, clean_file_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("notes.txt", "notes.txt"),
        (".gitignore", ".gitignore"),
        ("تقرير نهائي.pdf", "تقرير نهائي.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\notes.txt", "notes.txt"),
        ("a\0b\x07\n.txt", "ab.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\u2066b\u2069\u200b\ufeff.txt", "ab.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ('what? "this" <is>|*.txt', "what_ _this_ _is___.txt"),
        ("notes. . .", "notes"),
        ("  two   words.txt ", "two words.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("LPT¹.log", "_LPT¹.log"),
        ("console.txt", "console.txt"),
        ("half\ud800.txt", "half.txt"),
        ("👩\u200d🔬.png", "👩\u200d🔬.png"),
        ("", "file"),
        ("..", "file"),
        ("\u200f\u2800", "file"),
        ("folder/", "file"),
    ],
)
def test_a_name_is_made_safe(sent: str, kept: str) -> None:
    assert clean_file_name(sent) == kept
    assert clean_file_name(kept) == kept


@pytest.mark.parametrize("letter", ["x", "ü", "漢", "👍", "e\u0323\u0302"])
def test_a_long_name_keeps_its_ending_and_whole_letters(letter: str) -> None:
    kept = clean_file_name(letter * 400 + ".tar.gz")
    assert len(kept.encode()) <= MAX_BYTES
    assert len(kept.encode()) > MAX_BYTES - 12
    assert kept.endswith(".gz")
    assert "\ufffd" not in kept


def test_a_name_without_an_end_is_cut() -> None:
    assert len(clean_file_name("a." + "x" * 9000).encode()) == MAX_BYTES
    assert len(clean_file_name("漢" * 9000).encode()) == MAX_BYTES
