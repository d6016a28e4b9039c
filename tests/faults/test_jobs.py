"""Workers are killed while they work through a queue: every job is done, and none stays."""

import asyncio
import http.client
import random
import time
from contextlib import suppress
from functools import partial

import pytest

from tests import corpus
from tests.chat_client import Closed
from tests.conftest import Measure
from tests.courier import Courier
from tests.elsewhere import elsewhere
from tests.faults.cluster import Cluster
from tests.faults.sink import DELIVERY, LEASE_SECONDS, listening
from tests.processes import eventually
from tests.site import Visitor


@pytest.mark.thorough
def test_every_job_is_done_whoever_dies_meanwhile(
    cluster: Cluster, dice: random.Random, fault_jobs: int, fault_kills: int, measure: Measure
) -> None:
    """A kill may double what was under way, no more."""
    names = [f"job{n}" for n in range(fault_jobs)]
    with listening() as sink:
        sink.queue(cluster, names)
        for kill in range(fault_kills):
            enough = (kill + 1) * fault_jobs // (fault_kills + 2)
            eventually(partial(sink.has, enough))
            victim = dice.choice(cluster.workers)
            killed = time.monotonic()
            victim.kill()
            victim.start()
        eventually(partial(sink.has, fault_jobs))
        eventually(lambda: sink.left(cluster) == 0)
        ended = time.monotonic() - killed
    assert set(sink.arrived) == set(names)
    doubles = sum(sink.arrived.values()) - fault_jobs
    assert doubles <= fault_kills * DELIVERY.places
    measure(
        f"{fault_jobs} jobs, {fault_kills} kills: {doubles} done twice, "
        f"none left {ended:.1f} s after the last kill with a lease of {LEASE_SECONDS:.0f} s"
    )


async def test_a_post_whose_worker_dies_at_its_commit_is_told_all_the_same(
    cluster: Cluster,
) -> None:
    author, reader = cluster.accounts[:2]
    dying, other = cluster.workers[0], cluster.workers[-1]
    slug = f"told-{len(cluster.workers)}"
    async with author.tab(dying.address) as writer:
        await writer.does("room.create", name=slug, kind="public", slug=slug)
        async with reader.tab(other.address) as tab:
            await tab.does("room.join", room=slug)
            dying.control.die_after_commit = 1
            with suppress(Closed, AssertionError):
                await writer.posts(f"@{reader.name}", room=slug)
            await asyncio.to_thread(dying.process.wait)
            await asyncio.to_thread(dying.start)
            if other is not dying:
                assert (await tab.sees("notification", room=slug))["reason"] == "mention"
    async with reader.tab(other.address) as tab:
        page = await tab.does("inbox")
        assert [item["room"] for item in page["items"]] == [slug], "once"
    await asyncio.to_thread(eventually, lambda: cluster.jobs("tell") == 0)


@pytest.mark.parametrize("moment", ["die_while_decoding", "die_while_storing"])
async def test_a_file_whose_worker_dies_while_it_is_made_is_ready_all_the_same(
    cluster: Cluster, moment: str
) -> None:
    slug = moment.replace("_", "-")
    person = Visitor(cluster.workers[0].address).signs_up(moment)
    tab = await person.connects()
    await tab.does("room.create", name=slug, kind="private", slug=slug)
    await tab.leaves()
    sender = Courier(person, slug)
    for worker in cluster.workers:  # either may take the job
        setattr(worker.control, moment, 1)
    content = corpus.jpeg(6)
    place = sender.begins(len(content), filename="cat.jpg").headers["Location"]
    with suppress(OSError, http.client.HTTPException):  # it may die before it has answered
        sender.adds(place, 0, content)
    await asyncio.to_thread(eventually, lambda: not all(one.is_running for one in cluster.workers))
    for worker in cluster.workers:
        worker.control.reset()
    await asyncio.to_thread(cluster.heal)
    tab = await person.connects(room=slug, to=cluster.workers[-1].address)
    await tab.posts("", attachments=[place.rpartition("/")[2]])
    (message,) = await tab.opens_until(lambda page: page[0]["attachments"][0]["ready"])
    (file,) = message["attachments"]
    await tab.leaves()
    assert (file["kind"], file["thumbnail"] is not None) == ("image", True)
    served = await asyncio.to_thread(sender.asks, "GET", file["url"])
    assert (served.status, len(served.body)) == (200, file["size"])
    assert corpus.MARK not in served.body
    await asyncio.to_thread(eventually, lambda: cluster.jobs("files.process") == 0)
    left = [*(cluster.folder / "files" / "working").iterdir()]
    left += (cluster.folder / "files" / "incoming").iterdir()
    assert left == []


async def test_a_page_is_fetched_once_whichever_workers_it_is_posted_through(
    cluster: Cluster,
) -> None:
    slug = "linked"
    with elsewhere() as web:
        url = web.page("/story", "Story", image=web.picture("/a.png"))
        tabs = [
            await account.connects(worker.address)
            for account, worker in zip(cluster.accounts, cluster.workers, strict=False)
        ]
        await tabs[0].does("room.create", name=slug, kind="public", slug=slug)
        await tabs[1].does("room.join", room=slug)
        posts = (tab.posts(f"{url} {number}", room=slug) for number in range(5) for tab in tabs)
        await asyncio.gather(*posts)
        for tab in tabs:
            page = await tab.opens_until(lambda page: all("previews" in one for one in page), slug)
            titles = [[one["title"] for one in message["previews"]] for message in page]
            assert titles == [["Story"]] * 10
            await tab.leaves()
        assert web.asked == ["/story", "/a.png"]
