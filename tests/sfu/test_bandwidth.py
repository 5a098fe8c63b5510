import pytest

from sfu.core.bandwidth import LEAST_BPS, Allotment

PACKET = 1_250  # bytes: 10 kbit


class Sender:
    """Heeds what it is told, over a line that takes so long."""

    def __init__(self, most_bps: int = 2_500_000) -> None:
        self.allotment = Allotment(most_bps)
        self.now = 100.0

    def half_a_second(self, kbit_per_s: int, *, lost: float = 0.0, delay_s: float = 0.02) -> int:
        packets = kbit_per_s // 20
        for n in range(packets):
            at = self.now + n * 0.5 / packets
            sent = int((at - delay_s) * (1 << 18)) & 0xFFFFFF
            self.allotment.arrived(PACKET, sent.to_bytes(3), now=at)
        self.now += 0.5
        return self.allotment.update(lost, now=self.now)


@pytest.mark.rule("MEDIA-32")
def test_it_grows_by_half_of_what_arrives_and_a_little_as_far_as_the_tracks_need() -> None:
    sender = Sender(most_bps=1_500_000)
    told = [sender.half_a_second(600) for _ in range(3)]
    assert told == pytest.approx([1_000_000] * 3)
    assert [sender.half_a_second(1000) for _ in range(3)][-1] == 1_500_000


def test_a_sender_with_little_to_send_is_not_told_less() -> None:
    sender = Sender()
    sender.half_a_second(600)
    assert sender.half_a_second(20) == pytest.approx(1_000_000)


def test_loss_lowers_at_once_and_its_absence_raises_slowly() -> None:
    sender = Sender()
    sender.half_a_second(600)
    assert sender.half_a_second(600, lost=0.5) == pytest.approx(750_000)
    assert sender.half_a_second(600, lost=0.05) == pytest.approx(750_000)
    assert sender.half_a_second(600) == pytest.approx(810_000)


@pytest.mark.rule("MEDIA-32")
def test_a_queue_that_grows_lowers_to_less_than_what_arrives_and_one_that_empties_does_not() -> None:
    sender = Sender()
    sender.half_a_second(600)
    assert sender.half_a_second(600, delay_s=0.1) == pytest.approx(510_000)
    assert sender.half_a_second(400, delay_s=0.2) == pytest.approx(425_000)
    assert sender.half_a_second(400, delay_s=0.15) == pytest.approx(425_000)
    assert sender.half_a_second(400, delay_s=0.02) == pytest.approx(459_000)


def test_it_never_falls_to_nothing() -> None:
    sender = Sender()
    for _ in range(50):
        sender.half_a_second(600, lost=1.0)
    assert sender.allotment.bits_per_s == LEAST_BPS


def test_a_sender_that_says_no_times_is_judged_by_loss() -> None:
    allotment = Allotment(2_500_000)
    for n in range(30):
        allotment.arrived(PACKET, b"", now=1.0 + n / 60)
    assert allotment.update(0.0, now=1.5) == pytest.approx(1_000_000)
