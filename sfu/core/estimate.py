"""What a viewer's line can carry, in bits a second, from what the viewer reports.

Pure.  The smaller of two figures, as in draft-ietf-rmcat-gcc-02: one follows delay, which the viewer measures itself
and tells by REMB, and which shows in round trips; the other follows loss.

A viewer's REMB grows to half as much again as what it gets, and falls only when packets queue.  So its height means
little and its fall everything: what a probe has proved is held above it until it falls.
"""

from collections import deque

START_BPS = 600_000  # our choice, as mediasoup's; a picture of middling size
LEAST_BPS = 50_000  # a voice
MOST_BPS = 50_000_000  # what is told beyond it is no estimate

_FEW, _MANY, _HEAVY = 0.02, 0.10, 0.30  # of the packets; beyond `_HEAVY` what arrives is all that can
_RAISE = 1.08  # a judgement
_BEYOND = 1.5  # times what is sent: what is not used is not known
_BACK = 0.85
_FELL = 0.97  # of the REMB before; less of a fall is rounding
QUEUE_S = 0.15  # more than the shortest round trip of late
_PROOF = 3  # judgements without any sign
_SETTLES = 2  # judgements until the queue that a probe made is empty
_SMOOTHING = 0.25  # a judgement's share: of fifty packets a twentieth or a tenth may be lost by the same chance
_REMEMBERED = 20  # judgements, 10 to 20 s


class Estimate:
    def __init__(self) -> None:
        self.wanted_bps = 0.0  # what would be put to use if there were more; the allocation sets it, 0: nothing
        self._by_delay = float(START_BPS)
        self._by_loss = float(MOST_BPS)
        self.remb_bps: int | None = None  # the newest
        self._undisturbed = 0  # judgements in which nothing spoke against what was sent
        self._sent: deque[float] = deque(maxlen=_PROOF)  # bits a second, in each judgement
        self._round_trips: deque[float] = deque(maxlen=_REMEMBERED)
        self.queue_s = 0.0
        self.lost = self.lost_now = 0.0  # of the packets: lately; by the newest judgement
        self._lowered = False  # by the loss of the judgement before
        self._before_probe = self._by_delay, self._by_loss
        self._settling = 0  # judgements in which a probe that failed still shows

    @property
    def bits_per_s(self) -> float:
        return max(LEAST_BPS, min(self._by_delay, self._by_loss))

    @property
    def short(self) -> bool:
        """There is a use for more."""
        return self.wanted_bps > self.bits_per_s

    @property
    def calm(self) -> bool:
        """The line shows no sign of being full.  Steady loss of a few in a hundred is none: it would not go away."""
        return self.lost <= _MANY and self.lost_now <= _HEAVY and self.queue_s <= QUEUE_S

    def remb(self, bits_per_s: int, sound_bps: float = 0.0) -> None:
        """What the viewer tells, and what is sent beside it: browsers measure pictures only."""
        bits_per_s = min(bits_per_s, MOST_BPS)
        before, self.remb_bps = self.remb_bps, bits_per_s
        figure = min(bits_per_s + sound_bps, MOST_BPS)
        if before is not None and bits_per_s < _FELL * before:
            if self._settling:
                return
            self._by_delay = min(self._by_delay, max(LEAST_BPS, figure))
            self._undisturbed = 0
        else:
            self._by_delay = max(self._by_delay, figure)

    @property
    def shortest_s(self) -> float | None:
        """The shortest round trip of late: without queues."""
        return min(self._round_trips, default=None)

    def judge(self, lost: float, sending_bps: float, round_trip_s: float | None, *, proves: bool = True) -> None:
        """What was lost and sent (without repairs), and how long the way was; once in half a second to two.

        Args:
            proves: whether silence is consent: the viewer has been heard, and there was no probe that has yet to pass.
        """
        self.lost_now = lost
        self.lost += (min(lost, _HEAVY) - self.lost) * _SMOOTHING  # what is beyond it is answered at once
        queue_before_s = self.queue_s
        if round_trip_s is not None:
            self._round_trips.append(round_trip_s)
            self.queue_s = round_trip_s - min(self._round_trips)
        self._sent.append(sending_bps)
        if self._settling:
            self._settling -= 1
            return
        bound = _BEYOND * sending_bps + LEAST_BPS
        self._judge_loss(bound)
        if self.queue_s > QUEUE_S:
            if self.queue_s >= queue_before_s and round_trip_s is not None:  # else it is being emptied
                self._by_delay = max(LEAST_BPS, min(self._by_delay, _BACK * max(self._sent)))
        elif self.remb_bps is None and lost < _FEW and proves:
            self._by_delay = max(self._by_delay, min(self._by_delay * _RAISE, bound))
        self._undisturbed = self._undisturbed + 1 if self.calm and lost <= _MANY and proves else 0
        if self._undisturbed >= _PROOF:
            self.proved(sum(self._sent) / _PROOF)  # a keyframe alone fills half a second, and a queue, but not the line

    def _judge_loss(self, bound: float) -> None:
        """Reports are late: what is said to be lost was sent now, or a second ago, when it may have been more."""
        sent_bps, lowered = max(self._sent), self._lowered
        self._lowered = False
        if self.lost_now > _HEAVY:
            self._by_loss = min(self._by_loss, sent_bps * (1 - self.lost_now))
            self._lowered = True
        elif self.lost > _MANY and self.lost_now > _FEW:
            if not lowered:
                self._by_loss = min(self.bits_per_s, sent_bps) * (1 - self.lost / 2)
                self._lowered = True
        elif self.lost_now < _FEW:
            self._by_loss = max(self._by_loss, min(self._by_loss * _RAISE, bound))
        self._by_loss = max(self._by_loss, LEAST_BPS)

    def try_more(self) -> None:
        """A probe begins."""
        self._before_probe = self._by_delay, self._by_loss

    def failed(self, media_bps: float) -> None:
        """A probe was too much, beside media of this rate: what the line showed was the probe's doing, not theirs."""
        by_delay, by_loss = self._before_probe
        bound = _BEYOND * media_bps
        self._by_delay = max(self._by_delay, min(by_delay, bound))
        self._by_loss = max(self._by_loss, min(by_loss, bound))
        self._settling = _SETTLES

    def proved(self, bits_per_s: float) -> None:
        """So much was sent for a second or longer, and nothing spoke against it."""
        self._by_delay = max(self._by_delay, bits_per_s)
        self._by_loss = max(self._by_loss, bits_per_s)
