"""Frame allowances: a burst and a rate, over all the sockets that share one."""

from rooms.server import allowance
from rooms.server.allowance import Allowance, Allowances, Rate, Toll


def test_after_a_burst_only_the_refill_passes() -> None:
    one = Allowance(Rate(3, 2), now=0)
    assert [one.take(0) for _ in range(4)] == [True, True, True, False]
    assert [one.take(1) for _ in range(3)] == [True, True, False]


def test_waiting_saves_no_more_than_the_burst() -> None:
    one = Allowance(Rate(2, 100), now=0)
    assert [one.take(60) for _ in range(3)] == [True, True, False]


def test_a_shared_allowance_outlives_the_sockets_that_shared_it() -> None:
    shared, rate = Allowances(), Rate(3, 0.001)
    codes = []
    for _ in range(2):
        toll = Toll(None, shared)
        toll.charge("eve", rate)
        codes += [toll.pay(), toll.pay()]
    assert codes == [True, True, True, False]
    other = Toll(None, shared)
    other.charge("wanda", rate)
    assert other.pay()


def test_a_socket_pays_for_itself_as_well() -> None:
    toll = Toll(Rate(1, 0.001), Allowances())
    toll.charge("eve", Rate(100, 1))
    assert [toll.pay(), toll.pay()] == [True, False]


def test_without_rates_nothing_is_counted() -> None:
    toll = Toll(None, Allowances())
    toll.charge("eve", None)
    assert all(toll.pay() for _ in range(10_000))


def test_full_allowances_are_forgotten() -> None:
    shared = Allowances()
    for key in range(allowance.SWEEP_AT):
        shared.take(key, Rate(2, 1), now=0)
    shared.take("eve", Rate(2, 1), now=0.5)
    assert len(shared._kept) == allowance.SWEEP_AT + 1, (
        "people who still owe tokens are not forgotten"
    )
    for key in range(allowance.SWEEP_AT):
        shared.take(f"late {key}", Rate(2, 1), now=60)
    assert len(shared._kept) <= allowance.SWEEP_AT + 1
