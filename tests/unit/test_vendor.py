"""Vendored files are served exactly as published."""

import hashlib

from tests.processes import ROOT

VENDOR = ROOT / "static" / "vendor"
OURS = {"README.md", "SHA256SUMS"}


def test_every_file_is_listed_with_its_checksum() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    listed = {name: checksum for checksum, name in (line.split(maxsplit=1) for line in lines)}
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in OURS
    }
    assert found
    assert found == listed


def test_every_folder_has_its_licence_and_its_line_in_the_readme() -> None:
    readme = (VENDOR / "README.md").read_text()
    folders = [path for path in VENDOR.iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert (folder / "LICENSE").is_file(), folder.name
        assert f"`{folder.name}`" in readme
