"""Which notices a process acts on, and which may be deleted."""

from rooms.fanout.envelopes import Subject
from rooms.fanout.notices import KEPT_SECONDS, SETTLE_SECONDS, Notices, Retention

HERE, THERE = Subject("membership", 1, 7), Subject("membership", 2, 7)


def test_the_later_of_two_notices_about_one_subject_counts() -> None:
    notices = Notices()
    assert notices.is_last(5, HERE)
    assert not notices.is_last(4, HERE)
    assert notices.is_last(4, THERE)
    assert notices.is_last(5, HERE)


def test_an_overtaken_notice_is_late() -> None:
    notices = Notices()
    assert [notices.is_late(one) for one in (3, 5, 4, 6)] == [False, False, True, False]


def test_settled_notices_cost_no_memory() -> None:
    notices = Notices()
    notices.begin([], now=0)
    for one in range(1, 100):
        assert notices.is_new(one, now=0)
        notices.is_last(one, Subject("member", user=one))
    notices.settle(SETTLE_SECONDS + 1)
    assert not notices._seen
    assert not notices._last
    assert not notices.is_new(99, now=0)


def test_a_process_knows_when_notices_were_deleted_unread() -> None:
    notices = Notices()
    notices.begin([4, 5], now=0)
    notices.settle(SETTLE_SECONDS + 1)
    assert not notices.has_missed(oldest=5)
    assert not notices.has_missed(oldest=6), "there was nothing in between"
    assert notices.has_missed(oldest=7)


def test_a_process_that_started_with_no_notices_has_missed_none() -> None:
    notices = Notices()
    notices.begin([], now=0)
    assert not notices.has_missed(oldest=40), "ids needn't begin with 1"


def test_only_old_notices_may_be_deleted_however_many_there_are() -> None:
    retention = Retention()
    assert retention.below(100, now=0) is None
    assert retention.below(1_000_000, now=KEPT_SECONDS - 1) is None
    assert retention.below(1_000_001, now=KEPT_SECONDS) == 100
    assert retention.below(1_000_001, now=2 * KEPT_SECONDS) == 1_000_001
