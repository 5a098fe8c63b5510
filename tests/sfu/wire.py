"""A line to one viewer in simulated time: a queue, a rate, a delay; and a viewer at its end that reports.

The packets are a track's own and a `Line` gets what a viewer would send, five times a second.
"""

from collections import deque
from random import Random

from sfu.core import rtp
from sfu.core.codecs import VP8
from sfu.core.copying import Copy
from sfu.core.line import Line
from sfu.core.rtcp import Report, SenderReport
from sfu.core.sections import Carried
from sfu.core.track import Track
from tests.sfu import packets
from tests.sfu.packets import VP8_KEYFRAME

STEP_S = 0.05
PACKET = 1000  # bytes of payload


class Wire:
    def __init__(self, *, bits_per_s: float, delay_s: float = 0.05, queue_s: float = 0.5) -> None:
        self.bits_per_s = bits_per_s
        self.lose_every = 0  # packet of the media; 0: none
        self.loss, self.dice = 0.0, Random(1)  # share of all packets that is lost by chance, both ways
        self.cut = False
        self.line = Line()
        self.now = 100.0
        self.padding = 0  # bytes sent so far
        self.track = Track(Carried("t1", 1, "camera", "video"))
        self.copy = Copy(self.track, ssrc=7, rtx_ssrc=8, first_sequence=0)
        self.layer = self.track.layers[0]
        self.copy.aim(self.layer)
        self._delay_s, self._queue_s = delay_s, queue_s
        self._free_at = self.now
        self._due = 0.0  # bytes of media
        self._sequence = self._sent = 0
        self._steps = 0
        self._arriving: deque[tuple[float, int | None]] = deque()  # (when, NTP time of a sender report)
        self._received = 0
        self._echo = (0, 0.0)

    def run(self, seconds: float, media_bps: float) -> float:
        """Media of this rate for so long; returns the estimate."""
        for _ in range(round(seconds / STEP_S)):
            self._step(media_bps)
        return self.line.estimate.bits_per_s

    def _step(self, media_bps: float) -> None:
        self.now += STEP_S
        self._steps += 1
        self._due += media_bps * STEP_S / 8
        while self._due >= PACKET:
            self._due -= PACKET
            self._media()
        if self._steps % 20 == 1:
            report = SenderReport(1, int(self.now * (1 << 32)), 0, 0, 0)
            self.layer.told.note(report, now=self.now)
            if told := self.copy.sender_report(report):
                self._send(60, told.ntp)
        for _ in range(self.line.tick([self.copy], now=self.now)):
            padding = self.line.padding([self.copy], now=self.now)
            assert padding is not None
            self.padding += len(padding)
            self._send(len(padding) + 50, None, counts=False)
        if told := self.line.report([self.copy], now=self.now):
            self._send(60, told.ntp)
        self._arrive()
        if self._steps % 4 == 0 and self._received and not self.cut and self.dice.random() >= self.loss:
            last_sr, at = self._echo
            lost = self._sequence - self._received - sum(1 for _, ntp in self._arriving if ntp == -1)
            since = int((self.now - at) * 65536)
            report_back = Report(7, 0, lost, self._sequence, 0, last_sr, since)
            self.line.reported(self.copy, report_back, now=self.now)

    def _media(self) -> None:
        self._sequence += 1
        data = packets.rtp(self._sequence, VP8_KEYFRAME + bytes(PACKET), payload_type=35)
        header = rtp.parse(data)
        assert header is not None
        index = self.layer.indexes.index(header.sequence)
        packet = self.layer.accept(index, header, bytearray(data), VP8, now=self.now)
        assert packet is not None
        assert self.copy.place(packet)
        if not self.lose_every or self._sequence % self.lose_every:
            self._send(PACKET + 64, -1)

    def _send(self, size: int, what: int | None, *, counts: bool = True) -> None:
        start = max(self.now, self._free_at)
        if self.cut or start - self.now > self._queue_s or self.dice.random() < self.loss:
            return
        self._free_at = start + 8 * size / self.bits_per_s
        if counts:
            self._arriving.append((self._free_at + self._delay_s / 2, what))

    def _arrive(self) -> None:
        while self._arriving and self._arriving[0][0] <= self.now - self._delay_s / 2:
            at, what = self._arriving.popleft()
            if what == -1:
                self._received += 1
            elif what is not None:
                self._echo = what >> 16 & 0xFFFFFFFF, at + self._delay_s / 2
