"""The worker thread of the group commit runs its jobs in order, even when one fails."""

import threading
from functools import partial

import pytest

from rooms.storage.lane import Lane


def test_jobs_run_in_order_on_one_thread() -> None:
    lane = Lane("lane")
    done: list[tuple[int, str]] = []

    def note(number: int) -> None:
        done.append((number, threading.current_thread().name))

    for number in range(100):
        lane.put(partial(note, number))
    lane.wait()
    assert done == [(number, "lane") for number in range(100)]


def test_simultaneous_first_callers_share_one_thread() -> None:
    lane = Lane("crowded lane")
    together = threading.Barrier(8)
    threads: set[int] = set()

    def put() -> None:
        together.wait(5)
        lane.put(lambda: threads.add(threading.get_ident()))

    crowd = [threading.Thread(target=put) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    lane.wait()
    assert len(threads) == 1


def test_a_failing_job_is_logged_and_does_not_affect_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lane = Lane("lane")
    lane.put(lambda: 1 / 0)
    lane.wait()
    assert "ZeroDivisionError" in caplog.text


def test_a_thread_that_cannot_start_is_started_for_the_next_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lane, done = Lane("lane"), threading.Event()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", lambda _thread: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            lane.put(lambda: None)
    lane.put(done.set)
    assert done.wait(5)
