"""What tests/load says is what people write: formatted, and stored as it was said."""

from rooms.markup import clean_body, render
from tests.load.texts import mix, number_in, text


def test_it_is_stored_as_it_was_said() -> None:
    for number in range(len(mix())):
        assert clean_body(text(number)) == text(number)
        assert number_in(text(number)) == number


def test_it_is_as_formatted_as_the_demo() -> None:
    """Were it plain, a renderer would have nothing to do, and the figures would flatter."""
    shown = [render(text(number)) for number in range(len(mix()))]
    for element in ("<strong>", "<em>", "<code", "<a ", "<br>", "<pre"):
        assert sum(element in one for one in shown) >= 5, element
    formatted = [one for one in shown if one.count("<") > 2]
    assert 0.1 < len(formatted) / len(shown) < 0.5
