"""Flooders are slowed down and cut off, per person and not per socket, and nobody else notices."""

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from rooms.models import User
from rooms.protocol.codes import Close
from tests.conftest import Measure
from tests.factories import PASSWORD, confirm, make_user
from tests.hostile.test_frames import Lost, Stage, Tab
from tests.processes import PING, RawSocket, frame, quickest
from tests.site import serving


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A site with its limits on."""
    with serving(tmp_path_factory.mktemp("floods"), env={"RATE_LIMITS": "on"}) as site:
        stage = Stage(site)
        yield stage
        stage.wanda.connection.close()


def post(index: int) -> str:
    fields = {"room": "lounge", "nonce": f"flood-{index:04}", "body": f"Buy this {index}"}
    return json.dumps({"type": "message.post", "ref": str(index), **fields})


def test_eight_sockets_can_post_no_more_than_one(stage: Stage) -> None:
    tabs = [stage.attacks() for _ in range(8)]
    for index in range(80):
        tabs[index % len(tabs)].says(post(index))
    replies = []
    for tab in tabs:
        tab.says('{"type":"ping","ref":"done"}')
        replies += tab.replies("done", 80 // len(tabs))
        tab.connection.close()
    codes = [reply.get("code", "ok") for reply in replies]
    assert len(codes) == 80
    # A burst of twenty, and what a slow machine refills meanwhile.
    assert 20 <= codes.count("ok") < 60
    assert set(codes) == {"ok", "rate_limited"}
    assert all(reply["retry_after"] > 0 for reply in replies if reply["type"] == "error")


def test_a_persistent_flooder_is_cut_off_while_others_are_served(stage: Stage) -> None:
    eve = stage.attacks()

    def floods() -> None:
        for index in range(2000):
            eve.says(post(index))
        eve.reads_the_end()

    with pytest.raises(Lost) as lost:
        floods()
    assert lost.value.code in {Close.FLOODING, 0}
    assert quickest(stage.wanda.pings) < 1
    stage.is_unharmed()


def test_frames_count_per_person_over_all_their_sockets(stage: Stage) -> None:
    """Each socket stays below its own limit."""
    codes = []
    for tab in [stage.attacks(source="127.0.0.8") for _ in range(5)]:
        try:
            tab.sends(frame(b"", PING) * 200)
            tab.pings()
        except Lost as lost:
            codes.append(lost.code)
        tab.connection.close()
    assert Close.FLOODING in codes
    stage.is_unharmed()


def floods(stage: Stage, source: str, cookie: str, until: threading.Event) -> None:
    """Send empty pings at a megabyte a second; a client that is cut off comes back at once."""
    piece = frame(b"", PING) * 1700  # 10 KB
    while not until.is_set():
        with stage.site.server.connect(source=source) as connection:
            try:
                RawSocket(connection, "/ws/", cookie).handshake()
                while not until.wait(0.01):
                    connection.sendall(piece)
            except (OSError, EOFError):
                until.wait(0.2)


def waits_under(stage: Stage, attacks: list[Callable[[threading.Event], None]]) -> list[float]:
    """Return how long Wanda waits for each of her pings meanwhile, sorted."""
    until = threading.Event()
    threads = [threading.Thread(target=attack, args=(until,)) for attack in attacks]
    for thread in threads:
        thread.start()
    waits = []
    try:
        for _ in range(100):
            waits.append(stage.wanda.pings())
            time.sleep(0.02)  # as often as her own allowance permits
    finally:
        until.set()
        for thread in threads:
            thread.join()
    return sorted(waits)


@pytest.mark.parametrize(("sockets", "signed_in"), [(1, True), (20, False)])
def test_nobody_else_waits_during_a_flood_of_pings(
    stage: Stage, measure: Measure, sockets: int, signed_in: bool
) -> None:
    """Neither during one from an account nor during those of twenty strangers, who have been turned
    away."""
    cookie = f"Cookie: {stage.eve.headers['Cookie']}\r\n" if signed_in else ""

    def attack(until: threading.Event) -> None:
        floods(stage, "127.0.0.9", cookie, until)

    waits = waits_under(stage, [attack] * sockets)
    p50, p99 = 1000 * waits[len(waits) // 2], 1000 * waits[len(waits) * 99 // 100]
    measure(f"flood of pings over {sockets} sockets: others wait {p50:.1f} ms, p99 {p99:.0f} ms")
    # The whole machine is busy with the flood, too. Before the limits it was 334 ms and 3.3 s.
    assert waits[len(waits) * 9 // 10] < 0.1


def test_reconnecting_again_and_again_is_refused_for_a_while(stage: Stage) -> None:
    """Sixty handshakes in ten seconds, whichever tab they come from."""

    def codes() -> Iterator[int]:
        for _ in range(150):
            try:
                Tab(stage.site, stage.eve).connection.close()
            except Lost as lost:
                yield lost.code

    assert next(codes(), None) == Close.FLOODING
    stage.is_unharmed()


@pytest.mark.parametrize(
    "name", ["bob", "nobody_of_that_name", "bob@example.com", "nobody@example.com"]
)
def test_a_wrong_password_costs_one_hash_whether_or_not_the_name_exists(
    visitor: Client, bob: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The response time must not reveal who has an account, and accounts that share an address must
    not multiply the work."""
    confirm(bob, "bob@example.com")
    for index in range(20):
        crowd = make_user(f"crowd_{index}", email="bob@example.com")
        EmailAddress.objects.create(user=crowd, email="bob@example.com", primary=True)
        other = make_user(f"other_{index}", email="nobody@example.com")
        EmailAddress.objects.create(user=other, email="nobody@example.com", primary=True)
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    visitor.post("/accounts/login/", {"login": name, "password": "wrong-" + PASSWORD})
    assert len(hashed) == 1
