"""Rules find what people read, however it was typed, in a time that doesn't grow with them."""
# ruff: noqa: RUF001

import random
import string
from functools import partial

import pytest

from rooms import markup, rules
from rooms.errors import Invalid
from rooms.rules import Action, Rule, Rules
from tests.processes import quickest


def rule(pattern: str, *, is_link: bool = False, action: Action = Action.HOLD) -> Rule:
    return Rule(pattern, is_link, action, None, "")


def is_found(pattern: str, body: str, *, is_link: bool = False) -> bool:
    kept = rules.clean_pattern(pattern, is_link=is_link)
    rendered = markup.render(markup.clean_body(body))
    return bool(Rules([rule(kept, is_link=is_link)]).found(rendered))


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


@pytest.mark.parametrize("pattern", ["", " ", "*", "**", "!?", "\u200b"])
def test_a_word_that_finds_nothing_or_everything_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        rules.clean_pattern(pattern, is_link=False)


@pytest.mark.parametrize("pattern", ["", "*", "https://", "a b", "example..com", "exa*mple.com"])
def test_a_site_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        rules.clean_pattern(pattern, is_link=True)


def test_the_strictest_rule_of_the_place_decides() -> None:
    flag, hold, refuse = (
        Rule(action.name, False, action, room_id, "")
        for action, room_id in zip(Action, [None, 1, 2], strict=True)
    )
    found = [hold, refuse, flag]
    assert rules.strictest(found, 1) is hold
    assert rules.strictest(found, 2) is refuse
    assert rules.strictest(found, 3) is flag
    assert rules.strictest([hold], None) is None


def test_a_thousand_rules_cost_a_long_message_no_more_than_milliseconds() -> None:
    dice = random.Random(1)

    def word(length: int) -> str:
        return "".join(dice.choices(string.ascii_lowercase, k=length))

    many = Rules(
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
        rendered = markup.render(markup.clean_body(body[:8000]))
        # 2 to 30 ms; anything quadratic takes seconds.
        assert quickest(partial(many.found, rendered)) < 0.3, name
