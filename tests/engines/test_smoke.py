"""Everyday use in Firefox and WebKit. `tests/browser` tests the details."""

from tests.browser.site import Site
from tests.engines.conftest import Bob
from tests.engines.drivers import Driver
from tests.engines.reader import Reader

FROM_END = """
await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
const { scrollHeight, scrollTop, clientHeight } = document.querySelector(".timeline__scroll");
return Math.round(scrollHeight - scrollTop - clientHeight);
"""
FIRST_SEEN = """
const scroller = document.querySelector(".timeline__scroll");
const { top } = scroller.getBoundingClientRect();
const seen = [...scroller.querySelectorAll("article.message")]
  .find((node) => node.getBoundingClientRect().bottom > top);
return { number: Number(seen.dataset.number), top: seen.getBoundingClientRect().top };
"""
LONG = "\n".join(f"line {number}" for number in range(1, 13))


def is_at_the_end(alice: Reader) -> None:
    assert alice.run(FROM_END) <= 1


def test_posting_and_receiving_work(alice: Reader, room: str, bob: Bob) -> None:
    alice.opens(room)
    alice.posts("hello from here")
    alice.sees_sent("hello from here")
    bob.posts(room, "hello from there")
    alice.sees_sent("hello from there")
    is_at_the_end(alice)


def test_editing_in_place_works(alice: Reader, room: str) -> None:
    alice.opens(room)
    alice.posts("a tpyo")
    alice.sees_sent("a tpyo")
    alice.presses("ArrowUp")
    alice.sees(".editor textarea:focus")
    for _ in "tpyo":
        alice.presses("Backspace")
    alice.types(f"typo\n{LONG}")
    is_at_the_end(alice)
    alice.presses("Enter")
    alice.sees_sent("a typo")
    alice.sees(".message__edited")
    is_at_the_end(alice)


def test_a_long_message_leaves_the_reader_at_the_end(alice: Reader, room: str, bob: Bob) -> None:
    alice.opens(room)
    alice.clicks("chat-composer textarea")
    for line in LONG.split("\n"):
        alice.types(f"{line}\n")
        is_at_the_end(alice)
    bob.posts(room, "meanwhile")
    alice.sees_sent("meanwhile")
    is_at_the_end(alice)
    alice.presses("Enter")
    alice.sees_sent("line 12")
    is_at_the_end(alice)


def test_an_emoji_is_picked_and_the_picker_closes(alice: Reader, room: str) -> None:
    alice.opens(room)
    alice.clicks("[data-part=emoji]")
    alice.sees(".emoji__search:focus")
    alice.types("rocket")
    alice.presses("Enter")
    alice.sees_no(".emoji")
    alice.waits("return document.querySelector('#body').value === '🚀'")
    alice.clicks("[data-part=emoji]")
    alice.sees(".emoji__search:focus")
    alice.clicks(".room-title")
    alice.sees_no(".emoji")
    alice.clicks("chat-composer textarea")
    alice.presses("Enter")
    alice.sees_sent("🚀")


def test_the_switcher_shows_rooms_and_leads_to_them(
    site: Site, alice: Reader, logged_in: str, room: str
) -> None:
    site.clerk.make_room(f"Lounge of {logged_in}", logged_in, [], topic="Tea", kind="public")
    alice.opens(room)
    alice.presses("Control+k")
    alice.sees(".switcher__goal")
    assert alice.box(".switcher")["height"] > 90
    goal = alice.box(".switcher__goal")
    assert goal["bottom"] <= alice.box(".switcher")["bottom"]
    alice.types("lounge")
    alice.sees(".switcher__goal[aria-selected=true]", "Lounge")
    alice.presses("Escape")
    alice.sees_no(".switcher")


def test_scrolling_up_loads_history_and_back_returns_to_it(alice: Reader, room: str) -> None:
    alice.opens(room)
    alice.sees_sent("message 121")
    for number in (72, 23):  # the first message of a page
        alice.waits(
            """
            document.querySelector(".timeline__scroll").scrollTop = 0;
            await new Promise((done) => setTimeout(done, 50));
            return document.querySelector(`[data-number="${given[0] - 20}"]`) !== null;
            """,
            number,
        )
    alice.run("document.querySelector('.timeline__scroll').scrollTop += 700")
    before = alice.waits(FIRST_SEEN)
    assert before["number"] < 60
    alice.clicks("a[href$='/settings/']")
    alice.sees("#members-title")
    alice.run("setTimeout(() => history.back())")
    alice.is_connected()
    alice.waits("return !!document.querySelector(`[data-number='${given[0]}']`)", before["number"])
    after = alice.waits(
        f"const now = await (async () => {{ {FIRST_SEEN} }})();"
        "return Math.abs(now.top - given[0].top) <= 2 && now",
        before,
    )
    assert after["number"] == before["number"]


def test_messages_written_while_the_server_is_away_are_sent_when_it_is_back(
    site: Site, driver: Driver, alice: Reader, room: str
) -> None:
    alice.opens(room)
    site.kill()
    alice.sees("html:not([data-connection=open])")
    alice.posts("into the dark")
    alice.sees("article.message:not([data-state=sent])", "into the dark")
    site.start()
    # The page also retries by itself, and may be quicker.
    alice.run("document.querySelector('chat-banner button')?.click()")
    alice.sees_sent("into the dark")
    alice.is_connected()
    lines = [body for _, _, body in site.clerk.messages(room)]
    assert lines.count("into the dark") == 1
    driver.complaints.clear()  # about the lost connection


def test_in_a_right_to_left_page_the_composer_is_visible(
    site: Site, alice: Reader, room: str
) -> None:
    alice.goes_to("/accounts/language/")
    alice.run("document.querySelector('[name=language]').value = 'he'")
    alice.clicks("[type=submit][value=language]")
    alice.sees("html[dir=rtl][data-connection=open]")  # or the next page could be this one
    alice.opens(room)
    field = "chat-composer textarea"
    alice.sees(field)
    alice.run("document.activeElement.blur()")
    words = alice.run("return document.querySelector(given[0]).placeholder", field)
    alice.run("document.querySelector(given[0]).placeholder = ''", field)
    blank = alice.picture(field)
    alice.run("document.querySelector(given[0]).placeholder = given[1]", field, words)
    alice.sees_pixels(field, unlike=blank)
    alice.posts("שלום")
    alice.sees_sent("שלום")
    assert alice.run("return document.documentElement.scrollWidth <= innerWidth")
