"""Faults inside a server: dying at a commit, a commit whose reply is lost, blind trust in the
layer, impatient presence."""

import os
import random
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.apps import AppConfig
from django.conf import settings
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from tests.faults.control import Control


class FaultsConfig(AppConfig):
    name = "tests.faults"

    def ready(self) -> None:
        from rooms.queries import posting
        from rooms.queries.search import progress

        self.control = Control(Path(os.environ["FAULTS_CONTROL"]))
        hurry_presence()
        know_deliveries()
        hurry_indexing()
        always_ask_index()
        believe_layer(self.control)
        lose_letters(self.control)
        die_at_files(self.control)
        connection_created.connect(self._connected)
        patch.object(posting, "write", self._noting(posting.write)).start()
        patch.object(progress, "advance", self._noting_indexing(progress.advance)).start()
        commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]
        patch.object(BaseDatabaseWrapper, "_commit", self._failing(commit)).start()

    @staticmethod
    def _connected(connection: Any, **more: Any) -> None:
        connection.stores_message = connection.indexes = False

    @staticmethod
    def _noting_indexing(advance: Callable[..., set[int]]) -> Callable[..., set[int]]:
        """Note which transactions add to the index, likewise."""
        from django.db import connection

        def noting(*what: Any) -> set[int]:
            rooms = advance(*what)
            connection.indexes = bool(rooms)  # type: ignore[attr-defined]
            return rooms

        return noting

    @staticmethod
    def _noting(write: Callable[..., None]) -> Callable[..., None]:
        """Note which transactions store messages; faults strike only those."""

        def noting(cursor: Any, *what: Any) -> None:
            cursor.db.stores_message = True
            write(cursor, *what)

        return noting

    def _failing(self, commit: Callable[[Any], None]) -> Callable[[Any], None]:
        control = self.control

        def failing(connection: Any) -> None:
            struck, connection.stores_message = connection.stores_message, False
            indexes, connection.indexes = connection.indexes, False
            if (struck and control.die_before_commit) or (indexes and control.die_before_indexing):
                die(control)
            commit(connection)
            if struck and control.die_after_commit:
                die(control)
            if struck and control.lose_reply_to_commit:
                control.lose_reply_to_commit = 0
                raise OperationalError("The reply to the commit was lost (a test's fault).")

        return failing


def die(control: Control) -> None:
    control.die_before_commit = control.die_after_commit = 0
    control.die_while_decoding = control.die_while_storing = 0
    control.die_before_indexing = 0
    os.kill(os.getpid(), signal.SIGKILL)


def believe_layer(control: Control) -> None:
    """A hub without its safety net, to see whether the checker notices."""
    from rooms.actions.site import polling

    for name, nothing in (("missed", []), ("positions", {})):
        ask = getattr(polling, name)

        def answer(*details: Any, ask: Any = ask, nothing: Any = nothing) -> Any:
            return nothing if control.believes_layer else ask(*details)

        patch.object(polling, name, answer).start()


def lose_letters(control: Control) -> None:
    """Drop a share of other processes' messages on arrival, so that each process misses different
    ones."""
    from rooms.fanout.pubsub import LayerMessage
    from rooms.fanout.relay import Relay

    dice = random.Random(os.environ["FAULTS_SEED"])
    arrived = Relay._receive

    def some_arrived(relay: Relay, messages: Sequence[LayerMessage]) -> None:
        arrived(relay, [one for one in messages if dice.random() >= control.lost_share])

    patch.object(Relay, "_receive", some_arrived).start()


def die_at_files(control: Control) -> None:
    """Die once the decoding child was asked, or after the first of the files that are stored."""
    from rooms.files import decoder, storage

    wait, adopt = decoder._line, storage.Folder.adopt

    def waits(*told: Any) -> bytes:
        if control.die_while_decoding:
            die(control)
        return wait(*told)

    def adopts(*told: Any) -> None:
        adopt(*told)
        if control.die_while_storing:
            die(control)

    patch.object(decoder, "_line", waits).start()
    patch.object(storage.Folder, "adopt", adopts).start()


def know_deliveries() -> None:
    """A kind of job of the tests; a dead process's jobs are taken back in a fraction of the
    time."""
    from rooms.jobs import runner, table
    from tests.faults import sink

    table.KINDS.append(sink.DELIVERY)
    patch.object(settings, "JOB_LEASE_SECONDS", sink.LEASE_SECONDS).start()
    patch.object(runner, "LOOK_SECONDS", sink.LOOK_SECONDS).start()


def hurry_indexing() -> None:
    """What a dead process was indexing is gone on with in a fraction of the time."""
    from rooms.jobs import indexing
    from rooms.queries.search import progress

    patch.object(indexing, "LOOK_SECONDS", 0.5).start()
    patch.object(progress, "LEASE_SECONDS", 1.0).start()


def always_ask_index() -> None:
    """Searches of a small site would look at every message instead."""
    from rooms.queries.search import plan

    for name, cost in (("LITTLE", 0), ("PASS", 1e9), ("BEGIN", 0), ("COMPARE", 0), ("FIND", 0)):
        patch.object(plan, name, cost).start()


def hurry_presence() -> None:
    """Silent processes are forgotten in a tenth of the time: nobody waits 35 s for it."""
    from rooms.realtime import attendance, presence

    for module in (attendance, presence):
        for name in ("SNAPSHOT_SECONDS", "FORGET_SECONDS"):
            patch.object(module, name, getattr(module, name) / 10).start()
