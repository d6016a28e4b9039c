"""The example clients run as they are printed: the one in Python here, the one in JavaScript in
tests/browser/test_readme.py."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.processes import ROOT
from tests.site import PASSWORD, serving


def example(page: str, language: str) -> str:
    """The one block of a page in this language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.S)
    return str(block)


async def test_the_python_client_joins_posts_and_reads(tmp_path: Path) -> None:
    script = tmp_path / "client.py"
    script.write_text(example("rooms/protocol/README.md", "python"))
    with serving(tmp_path / "data") as site:
        alice = await asyncio.to_thread(site.visitor().signs_up, "alice")
        await asyncio.to_thread(site.visitor().signs_up, "bob")
        client = await alice.connects()
        await client.does("room.create", name="General", kind="public")
        await client.opens("general")
        arguments = [site.address, "bob", PASSWORD, "general"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), *arguments,
            stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": ""},
        )  # fmt: skip
        assert process.stdout is not None
        await client.sees("message.posted", body="Hello!")
        assert await process.stdout.readline() == b"bob: Hello!\n"
        await client.posts("Hello yourself!")
        assert await process.stdout.readline() == b"alice: Hello yourself!\n"
        process.kill()
        await process.wait()
        await client.leaves()
