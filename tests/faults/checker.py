"""The comparison of what clients saw with what the database holds. Every broken promise is a line
in plain words; an empty list means none."""

from collections import Counter
from collections.abc import Iterator

from tests.faults.history import Event, History, Message, Ok, Older, Page, Post, Reading, Stored


def violations(history: History, stored: Stored) -> list[str]:
    return [
        *_of_the_sequence(stored),
        *_of_the_nonces(history, stored),
        *_of_the_posts(history, stored),
        *_of_the_changes(history, stored),
        *(line for reading in history.readings for line in _of_a_reader(reading, stored)),
    ]


# -- stored messages ------------------------------------------------------------------------------


def _of_the_sequence(stored: Stored) -> Iterator[str]:
    numbers = [message.number for message in stored.messages]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"hole: the stored numbers are {numbers}"
    if stored.last_number != len(numbers):
        yield f"the room counts {stored.last_number} messages, but {len(numbers)} are stored"
    revisions = sorted(message.revision for message in stored.messages)
    if len(set(revisions)) != len(revisions):
        yield f"doubled: two messages have one revision: {revisions}"
    if revisions and revisions[-1] != stored.revision:
        yield f"the room is at {stored.revision}, but its last change is {revisions[-1]}"


def _of_the_nonces(history: History, stored: Stored) -> Iterator[str]:
    attempted = {(post.author, post.nonce) for post in history.posts}
    found = Counter((message.author, message.nonce) for message in stored.messages)
    for (author, nonce), count in found.items():
        if count > 1:
            yield f"doubled: {nonce} of {author} is stored {count} times"
        if (author, nonce) not in attempted:
            yield f"from nowhere: {nonce} of {author} is stored, but nobody posted it"


# -- replies --------------------------------------------------------------------------------------


def _of_the_posts(history: History, stored: Stored) -> Iterator[str]:
    rows = {(message.author, message.nonce): message for message in stored.messages}
    for post in history.posts:
        row = rows.get((post.author, post.nonce))
        yield from _of_its_answers(post)
        if row is None:
            if post.acknowledgements:
                yield f"lost: {post.nonce} was acknowledged, but is not stored"
            continue
        if post.is_refused:
            yield f"refused, but stored: {post.nonce} after {post.answers}"
        for ok in post.acknowledgements:
            if ok.message.number != row.number:
                yield (
                    f"{post.nonce} was acknowledged as {ok.message.number}, "
                    f"but is stored as {row.number}"
                )
            if ok.message.revision > row.revision:
                yield f"{post.nonce} was acknowledged at a revision that is not stored"
        if not row.edited and row.body not in (None, post.body):
            yield f"{post.nonce} says {row.body!r}, but its author said {post.body!r}"


def _of_its_answers(post: Post) -> Iterator[str]:
    numbers = {ok.message.number for ok in post.acknowledgements}
    if len(numbers) > 1:
        yield f"{post.nonce} was acknowledged as several messages: {sorted(numbers)}"
    if len(post.answers) > len(post.sent):
        yield f"{post.nonce} was sent {len(post.sent)} times and answered {len(post.answers)} times"


def _of_the_changes(history: History, stored: Stored) -> Iterator[str]:
    rows = {message.number: message for message in stored.messages}
    for change in history.changes:
        body = change.command.get("body")
        if isinstance(change.answer, Ok):
            told = change.answer.message
            row = rows.get(told.number)
            if row is None or row.revision < told.revision:
                yield f"lost: {change.command} was acknowledged, but is not stored"
            elif row.revision == told.revision and row != told:
                yield f"{change.command} was acknowledged as {told}, but is stored as {row}"
        elif change.answer and body and body in {row.body for row in stored.messages}:
            yield f"refused, but stored: {change.command}"


# -- readings -------------------------------------------------------------------------------------


def _of_a_reader(reading: Reading, stored: Stored) -> Iterator[str]:
    position = 0
    for entry in reading.entries:
        if isinstance(entry, Older):
            continue
        who = f"{reading.name} at {position}"
        if isinstance(entry, Page):
            yield from _of_a_page(who, entry, position)
        else:
            yield from _of_an_event(who, entry, position)
        position = entry.revision
    if position != stored.revision:
        yield f"{reading.name} ends at {position}, but the room is at {stored.revision}"
    yield from _of_the_end(reading, stored)


def _of_a_page(who: str, page: Page, position: int) -> Iterator[str]:
    if page.revision < position:
        yield f"{who} was told that the room is only at {page.revision}"
    if page.reset:
        return
    revisions = [message.revision for message in page.messages]
    if revisions != sorted(set(revisions)):
        yield f"out of order: {who} was replayed {revisions}"
    if any(not page.since < revision for revision in revisions):
        yield f"doubled: {who} was replayed {revisions} since {page.since}"


def _of_an_event(who: str, event: Event, position: int) -> Iterator[str]:
    if event.revision == position:
        yield f"doubled: {who} was told {event.revision} again"
    elif event.revision < position:
        yield f"out of order: {who} was told {event.revision}"
    elif event.revision > position + 1:
        yield f"hole: {who} was told {event.revision}"
    if event.message.revision < event.revision:
        yield f"{who} was told {event.revision} with a message of {event.message.revision}"


def _of_the_end(reading: Reading, stored: Stored) -> Iterator[str]:
    held = {message.number: message for message in stored.messages}
    for number in sorted({*reading.shown, *held}):
        if reading.shown.get(number) != held.get(number):
            yield (
                f"did not converge: {reading.name} shows {_brief(reading.shown.get(number))} "
                f"as {number}, but {_brief(held.get(number))} is stored"
            )


def _brief(message: Message | None) -> str:
    return "nothing" if message is None else str(message)
