"""Everyone's last room is stored in bulk, and shutdown waits for it."""

import asyncio
import threading

import pytest

from rooms.actions.accounts import profiles
from rooms.jobs import last_rooms
from rooms.jobs.last_rooms import LastRooms


@pytest.mark.parametrize("meanwhile", [{}, {2: 30}], ids=["nothing more", "more meanwhile"])
async def test_shutdown_waits_until_everything_is_written(
    monkeypatch: pytest.MonkeyPatch, meanwhile: dict[int, int]
) -> None:
    written: list[dict[int, int]] = []
    began, go_on = threading.Event(), threading.Event()

    def write(rooms: dict[int, int]) -> None:
        began.set()
        assert go_on.wait(10)
        written.append(rooms)

    monkeypatch.setattr(last_rooms, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(profiles, "remember_rooms", write)
    here = LastRooms()
    here.remember(1, 10)
    here.remember(2, 20)
    await asyncio.to_thread(began.wait, 10)
    for user_id, room_id in meanwhile.items():
        here.remember(user_id, room_id)
    end = asyncio.ensure_future(here.stop())
    await asyncio.sleep(0)  # let it start waiting
    go_on.set()
    await end
    assert written == [{1: 10, 2: 20}, meanwhile][: 1 + len(meanwhile)]
