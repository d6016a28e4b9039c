"""Who floods is slowed down and cut off, by the person and not by the socket, and others go on."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from rooms.models import User
from rooms.protocol import Close
from tests.factories import PASSWORD
from tests.hostile.test_frames import Lost, Stage, Tab
from tests.processes import quickest
from tests.site import serving


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """With the limits on."""
    with serving(tmp_path_factory.mktemp("floods"), env={"RATE_LIMITS": "on"}) as site:
        stage = Stage(site)
        yield stage
        stage.wanda.connection.close()


def post(index: int) -> str:
    fields = {"room": "lounge", "nonce": f"flood-{index:04}", "body": f"Buy this {index}"}
    return json.dumps({"type": "message.post", "ref": str(index), **fields})


def test_eight_sockets_post_no_more_than_one(stage: Stage) -> None:
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
    # A burst of twenty, and what has come back meanwhile on a slow machine.
    assert 20 <= codes.count("ok") < 60
    assert set(codes) == {"ok", "rate_limited"}
    assert all(reply["retry_after"] > 0 for reply in replies if reply["type"] == "error")


def test_who_goes_on_all_the_same_is_cut_off_while_others_are_served(stage: Stage) -> None:
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


def test_who_comes_again_and_again_is_refused_for_a_while(stage: Stage) -> None:
    """Sixty handshakes in ten seconds, whichever tabs they are of."""

    def codes() -> Iterator[int]:
        for _ in range(150):
            try:
                Tab(stage.site, stage.eve).connection.close()
            except Lost as lost:
                yield lost.code

    assert next(codes(), None) == Close.FLOODING
    stage.is_unharmed()


@pytest.mark.parametrize("name", ["bob", "nobody_of_that_name", "bob@example.com"])
def test_an_unknown_name_costs_the_same_hash_as_a_known_one(
    visitor: Client, bob: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """So that the time tells nobody who has an account."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    visitor.post("/accounts/login/", {"login": name, "password": "wrong-" + PASSWORD})
    assert len(hashed) == 1
