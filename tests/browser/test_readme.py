"""README's JavaScript client runs in a browser as printed."""

from tests.browser.person import Person
from tests.integration.test_readme import example


def test_the_javascript_client_posts_and_reads(alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    bob.goes_to("/rooms/")
    said: list[str] = []
    bob.page.on("console", lambda line: said.append(line.text))
    client = example("README.md", "javascript").replace("general", room)
    bob.page.evaluate(f"() => {{ {client} }}")
    alice.sees("Hello!")
    with bob.page.expect_console_message(lambda line: line.text == "Alice Adams: Hello yourself!"):
        alice.posts("Hello yourself!")
    assert said == ["Bob Brown: Hello!", "Alice Adams: Hello yourself!"]
