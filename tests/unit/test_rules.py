"""Rules match what people read, however it was typed, in a time independent of their number."""
# ruff: noqa: RUF001

import random
import string
import time
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import Invalid
from rooms.text import bodies, markup, matcher
from rooms.text.automaton import Automaton
from rooms.text.matcher import Action, Matcher, Pattern
from tests.hostile.fuzz import examples
from tests.processes import quickest


def rule(pattern: str, *, is_link: bool = False, action: Action = Action.HOLD) -> Pattern:
    return Pattern(pattern, is_link, action, None, "")


def is_found(pattern: str, body: str, *, is_link: bool = False) -> bool:
    kept = matcher.clean_pattern(pattern, is_link=is_link)
    rendered = markup.render(bodies.clean_body(body))
    return bool(Matcher([rule(kept, is_link=is_link)]).found(rendered))


@pytest.mark.parametrize(
    ("pattern", "body"),
    [
        ("viagra", "Buy VIAGRA!"),
        ("viagra", "v1agra"),
        ("viagra", "v\u200bia\u00adgra"),
        ("viagra", "vi**ag**ra, vi`agr`a"),
        ("viagra", "v\u0456\u0430gr\u0430"),
        ("Viagra", "ｖｉａｇｒａ"),
        ("spam", "s̶p̶a̶m̶"),
        ("spam", "𝓼𝓹𝓪𝓶"),
        ("spam", "> spam"),
        ("spam", "```x\nspam\n```"),
        ("spam", "- one\n- spam\n- two"),
        ("spam", "[spam](https://other.example/)"),
        ("please", "pIease"),
        ("spill", "SPILL"),
        ("viagra*", "viagras"),
        ("*agra", "viagra"),
        ("*agr*", "viagras"),
        ("buy now", "Buy,\nnow!"),
        ("don't", "don\u2019t"),
        ("cafe", "Café"),
        ("שלום", "שָׁלוֹם"),
        ("🍆", "x🍆y"),
    ],
)
def test_a_word_is_found_however_it_is_typed(pattern: str, body: str) -> None:
    assert is_found(pattern, body)


@pytest.mark.parametrize(
    ("pattern", "body"),
    [
        ("viagra", "viagras"),
        ("viagra*", "xviagra"),
        ("*agra", "viagras"),
        ("ball", "bail"),
        ("buy now", "buy it now"),
        ("spam", "[ham](https://spam.example/)"),
        ("p", "a **b** c"),
        ("href", "https://other.example/"),
        ("가", "각"),
    ],
)
def test_another_word_is_not(pattern: str, body: str) -> None:
    assert not is_found(pattern, body)


@pytest.mark.parametrize(
    "body",
    [
        "https://example.com/x",
        "HTTP://EXAMPLE.com:8000",
        "[here](https://a.b.example.com/)",
        "`https://example.com`",
        "example.com",
        "Go to www.Example.com.",
        "https://bank.example@example.com/",
        "exam\u200bple.com",
        "example\u3002com",
        "ｅｘａｍｐｌｅ．com",
    ],
)
def test_a_site_is_found_however_it_is_written(body: str) -> None:
    assert is_found("example.com", body, is_link=True)


@pytest.mark.parametrize(
    "body",
    [
        "notexample.com",
        "example.com.other.example",
        "me@example.com",
        "[mail](mailto:me@example.com)",
        "example com",
    ],
)
def test_another_site_is_not(body: str) -> None:
    assert not is_found("example.com", body, is_link=True)


@pytest.mark.parametrize("body", ["BÜCHER.example", "https://xn--bcher-kva.example/"])
@pytest.mark.parametrize("pattern", ["bücher.example", "https://u@XN--bcher-kva.example:80/x"])
def test_a_site_has_one_name_in_letters_and_in_punycode(pattern: str, body: str) -> None:
    assert is_found(pattern, body, is_link=True)


@pytest.mark.parametrize(
    "body",
    [
        "https://BÜCHER.example/",
        "[x](https://BÜCHER.example/)",
        "[x](https://bü\u00adcher.example/)",
        "https://" + "xn--9ca." * 20 + "xn--bcher-kva.example/",
        "https://" + "é." * 20 + "bücher.example/",
        "[x](https://" + "é." * 7 + "bücher.example/)",
        "é." * 300 + "bücher.example",
    ],
)
def test_no_spelling_hides_a_site(body: str) -> None:
    assert is_found("bücher.example", body, is_link=True)


@pytest.mark.parametrize("pattern", ["", " ", "*", "**", "!?", "\u200b"])
def test_a_word_that_finds_nothing_or_everything_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        matcher.clean_pattern(pattern, is_link=False)


@pytest.mark.parametrize("pattern", ["", "*", "https://", "a b", "example..com", "exa*mple.com"])
def test_an_invalid_site_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        matcher.clean_pattern(pattern, is_link=True)


def test_the_strictest_rule_that_applies_decides() -> None:
    flag, hold, refuse = (
        Pattern(action.name, False, action, room_id, "")
        for action, room_id in zip(Action, [None, 1, 2], strict=True)
    )
    found = [hold, refuse, flag]
    assert matcher.strictest(found, 1) is hold
    assert matcher.strictest(found, 2) is refuse
    assert matcher.strictest(found, 3) is flag
    assert matcher.strictest([hold], None) is None


@examples(200)
@given(
    st.lists(st.text("ab ", min_size=1, max_size=4), min_size=1, max_size=8),
    st.text("ab ", max_size=30),
)
def test_many_words_are_found_together_as_they_are_one_by_one(
    needles: list[str], text: str
) -> None:
    many: Automaton[Pattern] = Automaton()
    each = {needle: rule(needle) for needle in needles}
    for needle, one in each.items():
        many.add(needle, one)
    many.prepare()
    assert many.found(text) == {one for needle, one in each.items() if needle in text}


def test_nested_rules_cost_no_more_than_others() -> None:
    nested = Matcher(
        rule(f"*{word * length}*") for word in ("a", "b", "ab") for length in range(1, 51)
    )
    others = Matcher(
        rule(f"*{chr(0x4E00 + number)}{chr(0x5E00 + length)}*")
        for number in range(3)
        for length in range(50)
    )
    for unit in ("a", "ab", "a" * 50 + "b" * 50):
        rendered = markup.render((unit * 8000)[:8000])

        def took(these: Matcher, text: str = rendered) -> float:
            return quickest(partial(these.found, text), clock=time.thread_time)

        # 1 ms; it was 260 for 300 rules when every letter started every one of them.
        assert took(nested) < 5 * took(others) + 0.002, unit


def test_international_hosts_cost_a_rule_no_more_than_others() -> None:
    one = Matcher([rule("bücher.example", is_link=True)])
    for body in (
        " ".join(f"{chr(0x4E00 + index)}.é" for index in range(1900)),
        " ".join(".".join(chr(0x4E00 + i * 60 + j) for j in range(60)) for i in range(60)),
        " ".join("".join(chr(0x4E00 + i * 60 + j) for j in range(60)) + ".a" for i in range(120)),
    ):
        rendered = markup.render(body[:8000])
        # 2 to 5 ms; encoding each label took 35 to 110.
        assert quickest(partial(one.found, rendered), clock=time.thread_time) < 0.025


def test_a_thousand_rules_cost_a_long_message_only_milliseconds() -> None:
    dice = random.Random(1)

    def word(length: int) -> str:
        return "".join(dice.choices(string.ascii_lowercase, k=length))

    many = Matcher(
        [
            *(rule(word(dice.randint(3, 20)) + dice.choice(["", "*"])) for _ in range(500)),
            *(rule(f"*{word(6)}*") for _ in range(300)),
            *(rule(f"{word(8)}.example", is_link=True) for _ in range(200)),
        ]
    )
    long = {
        "words": " ".join(word(5) for _ in range(1333)),
        "one word": "a" * 8000,
        "dots": "a." * 4000,
        "dashes": "a-" * 4000,
        "links": " ".join(f"https://{word(8)}.example" for _ in range(300)),
        "users": "://a@" * 1600,
        "one user": "://" * 2600,
        "either": "I1|" * 2600,
        "marks": "e\u0301" * 4000,
        "pictures": "🍆" * 8000,
        "Chinese": "".join(chr(0x4E00 + index) for index in range(8000)),
    }
    for name, body in long.items():
        rendered = markup.render(bodies.clean_body(body[:8000]))
        # 2 to 30 ms; anything quadratic takes seconds.
        assert quickest(partial(many.found, rendered)) < 0.3, name
