"""Folders for files that are being made."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pytest_django import Settings

from rooms.files import working


def test_many_who_make_something_at_once_each_keep_their_folder(
    tmp_path: Path, settings: Settings
) -> None:
    """Each sweeps before it begins, also what others have made and don't hold yet."""
    settings.FILES_DIR = tmp_path

    def make(number: int) -> str:
        with working.folder() as folder:
            (folder / "file").write_text(str(number))
            return (folder / "file").read_text()

    with ThreadPoolExecutor(8) as crowd:
        assert [*crowd.map(make, range(400))] == [str(number) for number in range(400)]
    assert [*(tmp_path / working.PREFIX).iterdir()] == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path, settings: Settings) -> None:
    settings.FILES_DIR = tmp_path
    left = tmp_path / working.PREFIX / "left"
    left.mkdir(parents=True)
    with working.folder() as first, working.folder() as second:
        assert first.exists()
        assert second.exists()
        assert not left.exists()
