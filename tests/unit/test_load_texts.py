"""The texts of tests/load resemble what people write: formatted, and stored as typed."""

from rooms.text.bodies import clean_body
from rooms.text.markup import render
from tests.load.texts import mix, number_in, text


def test_load_texts_are_stored_as_typed() -> None:
    for number in range(len(mix())):
        assert clean_body(text(number)) == text(number)
        assert number_in(text(number)) == number


def test_load_texts_are_as_formatted_as_the_demo() -> None:
    """Plain text would give a renderer nothing to do and flatter the figures."""
    shown = [render(text(number)) for number in range(len(mix()))]
    for element in ("<strong>", "<em>", "<code", "<a ", "<br>", "<pre"):
        assert sum(element in one for one in shown) >= 5, element
    formatted = [one for one in shown if one.count("<") > 2]
    assert 0.1 < len(formatted) / len(shown) < 0.5
