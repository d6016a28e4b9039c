"""The checker finds every violation: histories in which one promise is broken, and the message for
it."""

from dataclasses import replace

import pytest

from tests.faults.beliefs import Beliefs, Truth
from tests.faults.checker import violations
from tests.faults.history import (
    Change,
    Event,
    History,
    Json,
    Message,
    Ok,
    Page,
    Post,
    Reading,
    Refusal,
    Stored,
)

WORKER = "http://one"


def message(number: int, /, **changed: object) -> Message:
    true = Message(number, number, f"nonce-{number}", 1, f"body {number}")
    return replace(true, **changed)  # type: ignore[arg-type]


def post(number: int, *answers: Ok | Refusal, sent: int = 1) -> Post:
    told = answers or (Ok(message(number), at=0.0),)
    return Post(f"nonce-{number}", 1, f"body {number}", sent=[WORKER] * sent, answers=[*told])


def posted(number: int) -> Event:
    return Event("message.posted", number, message(number), at=0.1)


def reading(*entries: Page | Event) -> Reading:
    told = Reading("bob")
    for entry in entries:
        told.record(entry)
    return told


def opened(since: int, revision: int, *messages: Message, reset: bool = False) -> Page:
    return Page(since, revision, reset, [*messages], at=0.0)


def history(count: int = 3) -> History:
    numbers = range(1, count + 1)
    return History(
        posts=[post(number) for number in numbers],
        readings=[reading(opened(0, 0), *map(posted, numbers))],
    )


def stored(*messages: Message, revision: int | None = None, last: int | None = None) -> Stored:
    kept = [*messages]
    newest = max((one.revision for one in kept), default=0) if revision is None else revision
    return Stored(newest, len(kept) if last is None else last, kept)


ALL = stored(message(1), message(2), message(3))


def test_a_correct_history_has_no_violations() -> None:
    assert violations(history(), ALL) == []


def test_a_post_without_an_answer_may_be_stored_or_not() -> None:
    unknown = history(2)
    unknown.posts.append(Post("nonce-3", 1, "body 3", sent=[WORKER]))
    assert violations(unknown, stored(message(1), message(2))) == []
    unknown.readings[0].record(posted(3))
    assert violations(unknown, ALL) == []


def test_a_reader_who_was_away_is_caught_up_by_a_page() -> None:
    seen = history()
    edited = message(1, revision=4, body="new", edited=True)
    seen.readings.append(
        reading(opened(0, 1, message(1)), opened(1, 4, message(2), message(3), edited))
    )
    seen.readings[0].record(Event("message.edited", 4, edited, at=0.1))
    assert violations(seen, stored(edited, message(2), message(3))) == []


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (stored(message(1), message(2)), "lost: nonce-3 was acknowledged, but is not stored"),
        (
            stored(message(1), message(2), message(3), message(4, nonce="nonce-3")),
            "doubled: nonce-3 of 1 is stored 2 times",
        ),
        (
            stored(message(1), message(2), message(3, number=4)),
            "hole: the stored numbers are [1, 2, 4]",
        ),
        (
            stored(message(1), message(2), message(3, number=4)),
            "nonce-3 was acknowledged as 3, but is stored as 4",
        ),
        (
            stored(message(1), message(2), message(3), message(4)),
            "from nowhere: nonce-4 of 1 is stored, but nobody posted it",
        ),
        (
            stored(message(1), message(2), message(3, body="bye")),
            "nonce-3 says 'bye', but its author said 'body 3'",
        ),
        (
            stored(message(1), message(2), message(3, revision=2)),
            "doubled: two messages have one revision",
        ),
        (
            stored(message(1), message(2), message(3, revision=2)),
            "nonce-3 was acknowledged at a revision that is not stored",
        ),
        (
            stored(message(1), message(2), message(3), revision=4),
            "the room is at 4, but its last change is 3",
        ),
        (
            stored(message(1), message(2), message(3), last=4),
            "the room counts 4 messages, but 3 are stored",
        ),
    ],
)
def test_a_database_that_differs_from_the_acknowledgements_is_found(
    kept: Stored, words: str
) -> None:
    assert_found(history(), kept, words)


@pytest.mark.parametrize(
    ("answers", "sent", "words"),
    [
        ([Refusal("invalid")], 1, "refused, but stored: nonce-3"),
        ([Refusal("unavailable"), Refusal("unavailable")], 2, "refused, but stored: nonce-3"),
        (
            [Ok(message(3), 0.0), Ok(message(2), 0.0)],
            2,
            "nonce-3 was acknowledged as several messages: [2, 3]",
        ),
        (
            [Ok(message(3), 0.0), Ok(message(3), 0.0)],
            1,
            "nonce-3 was sent 1 times and answered 2 times",
        ),
    ],
)
def test_untrue_replies_are_found(answers: list[Ok | Refusal], sent: int, words: str) -> None:
    told = history()
    told.posts[2] = post(3, *answers, sent=sent)
    assert_found(told, ALL, words)


def test_a_refusal_before_an_acknowledgement_or_without_one_is_allowed() -> None:
    told = history()
    told.posts[1] = post(2, Refusal("unavailable"), Ok(message(2), 0.0), sent=2)
    told.posts[2] = post(3, Refusal("unavailable"), sent=2)
    assert violations(told, ALL) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            Change({"type": "message.edit"}, Ok(message(2, revision=4, body="new"), 0.0)),
            "lost: {'type': 'message.edit'} was acknowledged",
        ),
        (
            Change({"type": "message.edit"}, Ok(message(3, body="new"), 0.0)),
            "but is stored as",
        ),
        (
            Change({"type": "message.edit", "body": "body 3"}, Refusal("forbidden")),
            "refused, but stored: {'type': 'message.edit'",
        ),
    ],
)
def test_changes_that_were_lost_or_made_despite_a_refusal_are_found(
    change: Change, words: str
) -> None:
    told = history()
    told.changes.append(change)
    assert_found(told, ALL, words)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([posted(1), posted(3)], "hole: bob at 1 was told 3"),
        ([posted(1), posted(2), posted(2), posted(3)], "doubled: bob at 2 was told 2 again"),
        ([posted(1), posted(3), posted(2)], "out of order: bob at 3 was told 2"),
        ([posted(1), posted(2)], "bob ends at 2, but the room is at 3"),
        ([posted(1), posted(2)], "did not converge: bob shows nothing as 3"),
        (
            [posted(1), posted(2), Event("message.posted", 3, message(3, body="other"), 0.1)],
            "did not converge: bob shows",
        ),
        (
            [posted(1), posted(2), Event("message.posted", 3, message(2), 0.1)],
            "was told 3 with a message of 2",
        ),
        (
            [posted(1), posted(2), opened(2, 1), opened(1, 3, message(3))],
            "bob at 2 was told that the room is only at 1",
        ),
        (
            [posted(1), posted(2), opened(2, 3, message(2), message(3))],
            "doubled: bob at 2 was replayed [2, 3] since 2",
        ),
        (
            [opened(0, 3, message(1), message(3), message(2))],
            "out of order: bob at 0 was replayed [1, 3, 2]",
        ),
    ],
)
def test_a_reader_who_saw_something_else_is_found(entries: list[Page | Event], words: str) -> None:
    seen = history()
    seen.readings.append(reading(opened(0, 0), *entries))
    assert_found(seen, ALL, words)


def test_a_reset_makes_a_reader_forget_what_it_showed() -> None:
    seen = history()
    seen.readings.append(
        reading(opened(0, 1, message(1)), opened(1, 3, message(2), message(3), reset=True))
    )
    assert_found(seen, ALL, "did not converge: bob shows nothing as 1")


def test_the_longest_wait_is_from_the_acknowledgement_to_the_slowest_reader() -> None:
    waited = history()
    waited.readings.append(reading(Page(0, 3, False, [message(1), message(2), message(3)], at=7.5)))
    assert waited.latest() == 7.5


def assert_found(told: History, kept: Stored, words: str) -> None:
    found = violations(told, kept)
    assert any(words in line for line in found), found


# -- beliefs --------------------------------------------------------------------------------------

WELCOME = {
    "type": "welcome",
    "rooms": [
        {"slug": "lounge", "name": "Lounge", "archived": False},
        {
            "slug": "direct-1",
            "name": "Carol",
            "archived": False,
            "people": [{"id": 3, "username": "carol", "name": "Carol", "avatar": None}],
        },
    ],
    "muted": None,
    "ignored": {"muted": [3], "blocked": []},
}
LOUNGE = {"slug": "lounge", "role": "member", "members": 2, "muted": None}


def believer(*more: Json) -> Beliefs:
    beliefs = Beliefs("bob", 2)
    beliefs.hear(WELCOME)
    beliefs.opened(LOUNGE)
    for frame in more:
        beliefs.hear(frame)
    return beliefs


def truth(**changed: object) -> Truth:
    true = Truth(
        roles={
            (1, "lounge"): "owner",
            (2, "lounge"): "member",
            (2, "direct-1"): "member",
            (3, "direct-1"): "member",
        },
        rooms={"lounge": ("Lounge", False), "direct-1": ("", False)},
        direct={"direct-1"},
        names={1: "Alice", 2: "Bob", 3: "Carol"},
        mutes=set(),
        ignores={(2, 3, "mute")},
    )
    return replace(true, **changed)  # type: ignore[arg-type]


def test_correct_beliefs_have_no_errors() -> None:
    assert [*truth().errors(believer())] == []


ADDED = {"type": "room.added", "room": {"slug": "attic", "name": "Attic", "archived": False}}


@pytest.mark.parametrize(
    ("beliefs", "true", "words"),
    [
        (believer({"type": "room.removed", "room": "lounge"}), truth(), "knows nothing of lounge"),
        (believer(ADDED), truth(), "believes to be in attic"),
        (believer(), truth(rooms={"lounge": ("Salon", False)}), "believes that lounge is"),
        (believer(), truth(rooms={"lounge": ("Lounge", True)}), "believes that lounge is"),
        (believer(), truth(names={3: "Caroline"}), "calls 3 'Carol', who is 'Caroline'"),
        (believer(), truth(mutes={(2, "lounge")}), "role, members, muted"),
        (believer(), truth(mutes={(2, None)}), "not muted everywhere"),
        (
            believer({"type": "mute.changed", "room": None, "muted": {"until": None}}),
            truth(),
            "believes to be muted everywhere",
        ),
        (believer(), truth(roles=truth().roles | {(2, "lounge"): "owner"}), "role, members"),
        (believer(), truth(roles=truth().roles | {(3, "lounge"): "member"}), "role, members"),
        (
            believer({"type": "ignored.changed", "ignored": {"muted": [], "blocked": []}}),
            truth(),
            "believes to ignore",
        ),
    ],
)
def test_wrong_beliefs_are_found(beliefs: Beliefs, true: Truth, words: str) -> None:
    found = [*true.errors(beliefs)]
    assert any(words in line for line in found), found


def test_beliefs_follow_events() -> None:
    salon = {"name": "Salon", "archived": True}
    member = {"id": 2, "name": "Bob", "role": "moderator"}
    beliefs = believer(
        {"type": "room.updated", "room": "lounge", **salon},
        {"type": "person.changed", "room": None, "person": {"id": 3, "name": "Caroline"}},
        {"type": "member.updated", "room": "lounge", "member": member},
        {"type": "member.joined", "room": "lounge", "member": {"id": 4}, "members": 3},
        {"type": "mute.changed", "room": "lounge", "muted": {"until": None}},
        {"type": "room.activity", "room": "lounge", "number": 7, "author": 1},
    )
    assert beliefs.rooms["lounge"] == ("Salon", True)
    assert beliefs.partners == {3: "Caroline"}
    assert beliefs.open == {"lounge": ("moderator", 3, True)}
    assert beliefs.heard == {"lounge": 7}
