"""A busy person's chatter: mostly posts, some of them twice, some of them hopeless."""

import asyncio
import random

from tests.faults.tabs import Tab

MAX_UNANSWERED = 6  # posts of one tab, so that an outage doesn't pile up more work than its length
MAX_BODY = 8000


async def talks(tab: Tab, dice: random.Random) -> None:
    """Act several times a second, for ever."""
    dice = random.Random(dice.random())  # its own dice, unaffected by what others do
    while True:
        await asyncio.sleep(dice.uniform(0.05, 0.2))
        kind = dice.choices(["post", "twice", "hopeless", "change"], [70, 6, 6, 18])[0]
        if kind == "change":
            _change(tab, dice)
        elif len(tab.unanswered) < MAX_UNANSWERED:
            _post(tab, kind, dice)


def _post(tab: Tab, kind: str, dice: random.Random) -> None:
    body = f"{tab.account.name} {dice.getrandbits(64):x}"
    fickle = dice.random() < 0.2
    if kind != "hopeless":
        post = tab.posts(body, fickle=fickle)
        if kind == "twice":
            tab.repeats(post)
    elif dice.random() < 0.5:
        tab.posts(body, reply_to=10**9, fickle=fickle)
    else:
        tab.posts(body + "x" * MAX_BODY, fickle=fickle)


def _change(tab: Tab, dice: random.Random) -> None:
    shown = tab.reading.shown
    if not shown:
        return
    message = shown[dice.choice(sorted(shown))]
    is_mine = message.author == tab.account.id
    kind = dice.choice(["edit", "delete"] if is_mine else ["react", "edit", "react"])
    if kind == "react":
        tab.changes("reaction.add", message.number, emoji=dice.choice("🎉👍🚀"))
    elif kind == "edit":
        body = f"edited by {tab.account.name} {dice.getrandbits(64):x}"
        tab.changes("message.edit", message.number, body=body)
    else:
        tab.changes("message.delete", message.number)
