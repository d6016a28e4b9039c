"""A full disk: stored messages can be read, and nothing new is acknowledged."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.storage_watch import (
    alice_in,
    answer_to,
    full_disk,
    logs_in_at,
    ready,
    stored,
)
from tests.processes import eventually
from tests.site import Site, serving


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("full")


@pytest.fixture(scope="module")
def site(data: Path) -> Iterator[Site]:
    with serving(data) as site:
        site.visitor().signs_up("alice")
        yield site
        assert "Traceback" not in site.server.output


async def test_on_a_full_disk_posts_are_refused_and_reading_goes_on_until_there_is_space(
    site: Site, data: Path
) -> None:
    visitor, alice = await alice_in(site, "Lounge")
    await alice.posts("before")
    with full_disk(site.server):
        for index in range(20):
            post = {"room": "lounge", "body": f"refused {index}", "nonce": f"refused-{index:012}"}
            assert await alice.is_refused("message.post", **post) == "unavailable"
        page = await alice.does("history", room="lounge", before=2)
        assert len(page["messages"]) == 1
        assert "before" in await asyncio.to_thread(visitor.get, "/rooms/lounge/")
        await asyncio.to_thread(eventually, lambda: not ready(site))
        refused = await asyncio.to_thread(answer_to, site, "/readyz")
        assert refused.body == b"The disk can't be read or written.\n"
    assert (await alice.posts("after"))["number"] == 2
    await asyncio.to_thread(eventually, lambda: ready(site))
    assert stored(data) == {"before", "after"}
    await alice.leaves()


def test_logging_in_says_that_the_site_is_busy(site: Site) -> None:
    with full_disk(site.server):
        assert logs_in_at(site, "alice") == 503
    assert logs_in_at(site, "alice") == 302


def test_the_log_has_one_line_and_not_one_for_every_refusal(site: Site) -> None:
    with full_disk(site.server):
        for _ in range(5):
            assert logs_in_at(site, "alice") == 503
    said = [line for line in site.server.lines if "disk can't be read or written" in line]
    assert len(said) == 1
    assert "Traceback" not in site.server.output
