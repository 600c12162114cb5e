"""The mailbox merges what may merge, counts what it must drop, and wakes once."""

from datetime import UTC, datetime

from controlroom.live.mailbox import Mailbox
from feeds.messages.header import Message, Quality
from feeds.messages.report import TICKER, TOTALS

AT = datetime(2026, 11, 23, 7, 32, 8, tzinfo=UTC)


def message(key: str, seq: int) -> Message[None]:
    return Message(seq=seq, epoch="e", key=key, source="test", observed_at=AT, published_at=AT, quality=Quality.MEASURED)


def test_latest_keeps_the_newest_per_key_in_order_of_arrival() -> None:
    mailbox = Mailbox()
    for key, seq in (("a", 1), ("b", 2), ("a", 3)):
        mailbox.put(TOTALS, message(key, seq))
    (parcel,) = mailbox.drain()
    assert [(m.key, m.seq) for m in parcel.messages] == [("b", 2), ("a", 3)]
    assert not parcel.is_reset


def test_events_never_merge_and_drops_are_counted() -> None:
    mailbox = Mailbox(event_capacity=3)
    for seq in range(1, 6):
        mailbox.put(TICKER, message("same", seq))
    (parcel,) = mailbox.drain()
    assert [m.seq for m in parcel.messages] == [3, 4, 5]
    assert parcel.dropped == 2


def test_a_snapshot_forgets_what_was_pending_and_later_messages_follow_it() -> None:
    mailbox = Mailbox()
    mailbox.put(TOTALS, message("old", 1))
    mailbox.put_snapshot(TOTALS, [message("a", 5), message("b", 6)])
    mailbox.put(TOTALS, message("a", 7))
    (parcel,) = mailbox.drain()
    assert parcel.is_reset
    assert {m.key: m.seq for m in parcel.messages} == {"b": 6, "a": 7}


def test_one_wake_up_is_pending_until_the_mailbox_is_emptied() -> None:
    mailbox, wakes = Mailbox(), []
    mailbox.on_mail(lambda: wakes.append(1))
    for seq in range(5):
        mailbox.put(TOTALS, message("a", seq))
    assert len(wakes) == 1
    mailbox.drain()
    mailbox.put(TICKER, message("a", 9))
    assert len(wakes) == 2
    mailbox.drain()
    assert mailbox.drain() == []
