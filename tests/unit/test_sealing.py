"""Pushes are sealed for one browser, and are as long as any other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.outgoing import sealing
from tests.hostile.fuzz import examples
from tests.push_service import Keys, bytes_of

# RFC 8291, section 5 and appendix A.
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6T"
    "lzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4"
    "a-fN"
)
TEXT = b"When I grow up, I want to be a watermelon"


@pytest.fixture
def browser() -> Keys:
    return Keys(int.from_bytes(bytes_of(PRIVATE), "big"), bytes_of(AUTH))


def test_the_tests_browser_reads_the_example_of_the_rfc(browser: Keys) -> None:
    assert browser.said == {"p256dh": POINT, "auth": AUTH}
    assert browser.open(bytes_of(SEALED)) == TEXT


def test_the_browser_reads_what_is_sealed_for_it(browser: Keys) -> None:
    assert browser.open(sealing.seal(TEXT, POINT, AUTH)) == TEXT


@examples(30)
@given(st.binary(max_size=sealing.SHORTER - sealing.OVERHEAD))
def test_every_push_is_as_long_as_any_other(text: bytes) -> None:
    for length in (sealing.LENGTH, sealing.SHORTER):
        assert len(sealing.seal(text, POINT, AUTH, length=length)) == length <= 4096


def test_what_does_not_fit_is_refused() -> None:
    longest = sealing.LENGTH - sealing.OVERHEAD
    sealing.seal(b"x" * longest, POINT, AUTH)
    with pytest.raises(ValueError, match="too long"):
        sealing.seal(b"x" * (longest + 1), POINT, AUTH)


def test_no_two_are_sealed_with_one_key() -> None:
    one, other = (sealing.seal(TEXT, POINT, AUTH) for _time in range(2))
    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        *(("", AUTH), (POINT, ""), (POINT[:-2], AUTH), (POINT, AUTH + "AA"), ("é" * 87, AUTH)),
        (
            "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            AUTH,
        ),
        (POINT.replace("-", "+"), AUTH),
    ],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    sealing.check_keys(POINT, AUTH)
    with pytest.raises(ValueError):  # noqa: PT011  cryptography's and ours
        sealing.check_keys(p256dh, auth)


def test_a_token_serves_for_hours() -> None:
    key = sealing.new_key()
    first = sealing.authorization("https://push.example", key=key, contact="mailto:a@b.example")
    assert first == sealing.authorization(
        "https://push.example", key=key, contact="mailto:a@b.example"
    )
    assert first != sealing.authorization(
        "https://other.example", key=key, contact="mailto:a@b.example"
    )
