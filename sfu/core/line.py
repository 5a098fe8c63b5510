"""One viewer's line: what it reports, what we make of it, and what may be sent beyond the media.

Pure.  The figures are for whoever shows metrics; `estimate` is for whoever shares it out.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sfu.core.copying import Copy
from sfu.core.estimate import Estimate
from sfu.core.probe import Probe
from sfu.core.repairs import Repairs
from sfu.core.roundtrip import Told
from sfu.core.rtcp import Report, SenderReport
from sfu.core.throttle import Allowance

WINDOW_S = 0.5  # at least, between two judgements
ENOUGH = 25  # packets to judge by; when there are fewer, a longer window
WINDOW_MAX_S = 2.0
HEARD_S = 1.5  # since the last report, which browsers send every second
SILENCE_S, BLIND_S = 2.5, 1.0  # what was lost while a line was cut says nothing of what it carries
PACKET_OVERHEAD_BYTES = 64  # around a payload: RTP with an extension, SRTP, UDP, IP

TIMED_S = 0.2  # between our own sender reports

REPAIR_SHARE = 0.5  # of the estimate; a line that loses more than a third needs a lower layer
REPAIR_BURST_BYTES = 32_000  # at least: a keyframe
ASKED_PER_S, ASKED_BURST = 400, 200  # packets; a viewer who asks for more needs a lower layer, not more of the same

PADDING_PACKET_BYTES = 255 + PACKET_OVERHEAD_BYTES
_TICK_MAX_S = 0.1  # more than has passed since the last tick is not made up for


class _Stream:
    """What we know of one copy."""

    __slots__ = ("octets", "packets", "repairs", "reported")

    def __init__(self, copy: Copy) -> None:
        self.repairs = Repairs()
        self.packets, self.octets = copy.packets, copy.octets
        self.reported: Report | None = None


@dataclass(slots=True)
class _Tally:
    """What has happened since the last judgement."""

    packets: int = 0  # of media, sent
    octets: int = 0
    sound: int = 0  # bytes on the line, of the media
    padding: int = 0  # bytes
    asked: int = 0  # packets that the viewer asked for, each counted once; none when it was silent before
    due: int = 0  # packets, as the viewer counts them
    lost: int = 0
    round_trip_s: float | None = None  # the shortest

    @property
    def media_bytes(self) -> int:
        return self.octets + PACKET_OVERHEAD_BYTES * self.packets

    @property
    def lost_share(self) -> float:
        """As the viewer counts it, or by what it asks for, which is sooner."""
        counted = self.lost / self.due if self.due >= ENOUGH else 0.0
        asked = self.asked / self.packets if self.packets >= ENOUGH else 0.0
        return min(1.0, max(counted, asked))


class Line:
    def __init__(self) -> None:
        self.estimate = Estimate()
        self.round_trip_s: float | None = None
        self.jitter_s = 0.0
        self._told = Told()
        self._streams: dict[int, _Stream] = {}  # by ssrc
        self._probe = Probe()
        self.asking = Allowance(ASKED_PER_S, ASKED_BURST)
        self._repairing = Allowance(0, REPAIR_BURST_BYTES)
        self._heard_at = self._spoke_at = float("-inf")  # the viewer reported; said anything at all
        self._ticked_at = 0.0
        self._padding_due = 0.0  # bytes
        self._media_bps = self._sending_bps = 0.0  # in the last window: media; media and padding
        self._sound_bps = 0.0  # of the media
        self._blind_until = 0.0
        self._timed_at = 0.0
        self._tally = _Tally()
        self._judged_at: float | None = None
        self._judge_at = 0.0

    @property
    def heard(self) -> bool:
        """The viewer has said something about its line."""
        return self._heard_at > float("-inf")

    def reported(self, copy: Copy, report: Report, *, now: float) -> None:
        """The viewer says how `copy` arrives."""
        self._hear(now)
        stream = self._stream(copy)
        before, stream.reported = stream.reported, report
        # The echo of the same report again says how long it took then, and nothing of now.
        if report.last_sr and (before is None or before.last_sr != report.last_sr):
            self._time(copy, report, now)
        if copy.track is None or copy.track.carried.kind != "video":
            return  # what its publisher's line loses of sound and nobody repairs looks as if this one lost it
        self.jitter_s = report.jitter_ts / 90_000
        if now >= self._blind_until and before is not None and report.highest_sequence > before.highest_sequence:
            self._tally.due += report.highest_sequence - before.highest_sequence
            self._tally.lost += report.packets_lost - before.packets_lost

    def remb(self, bits_per_s: int, *, now: float) -> None:
        self._hear(now)
        self.estimate.remb(bits_per_s, self._sound_bps)

    def repeat(self, copy: Copy, sequence: int, *, now: float) -> bytes | None:
        """The packet that the viewer asks for again, unless it is gone, was sent again just now, or too much was.

        Every request is to be taken from `asking` before.
        """
        self._listen(now)
        repairs = self._stream(copy).repairs
        if not repairs.due(sequence, self.round_trip_s, now=now):
            return None
        packet = copy.again(sequence, now=now)
        if packet is None or not self._repairing.take(len(packet), now=now):
            return None
        first = repairs.answered(sequence, now=now)
        if now >= self._blind_until:
            self._tally.asked += first
        return packet

    def tick(self, copies: Collection[Copy], *, now: float) -> int:
        """How many packets of padding to send until the next tick.

        That is due in 50 ms while `probing`, in `WINDOW_S` while `at_rest`, else in half of it.
        """
        passed_s = min(_TICK_MAX_S, now - self._ticked_at) if self.probing else 0.0
        self._ticked_at = now
        if now >= self._judge_at:
            self._judge_at = now + WINDOW_S
            self._judge(copies, now)
        if not self._probes(copies, now):
            return 0
        self._padding_due += max(0.0, self._probe.bits_per_s - self._media_bps) * passed_s / 8
        packets = int(self._padding_due // PADDING_PACKET_BYTES)
        self._padding_due -= packets * PADDING_PACKET_BYTES
        return packets

    @property
    def probing(self) -> bool:
        return self._probe.bits_per_s > 0

    @property
    def at_rest(self) -> bool:
        """Its viewer has all that it can use, and says as much as we need to know."""
        return not self.probing and self._told_enough and not self.estimate.short

    def padding(self, copies: Collection[Copy], *, now: float) -> bytes | None:
        """One packet of it; None: there is no copy any more that can carry it."""
        copy = _padded(copies)
        if copy is None:
            return None
        self._tally.padding += PADDING_PACKET_BYTES
        return copy.padding(now=now)

    def report(self, copies: Collection[Copy], *, now: float) -> SenderReport | None:
        """A sender report to send now: its echo tells of queues, and the publisher's come too seldom for that.

        While a probe goes on with every tick; now and then while a queue stands, which would else be thought to stand
        for ever, and to a viewer that sends no REMB.
        """
        if not self.probing and (self._told_enough or now < self._timed_at + TIMED_S):
            return None
        self._timed_at = now
        copy = _padded(copies)
        if copy is None:
            return None
        renewed = copy.told.renewed(copy.clock_hz, now=now)
        if renewed is None:
            return None
        told = copy.told_of(renewed)
        self._told.note(told, now=now)
        return told

    def _time(self, copy: Copy, echo: Report, now: float) -> None:
        """How long were the way there and back?"""
        trip_s = copy.told.round_trip(echo, now=now)
        if trip_s is None and (trip_s := self._told.round_trip(echo, now=now)) is None:
            return
        self.round_trip_s = trip_s
        self._probe.round_trip(trip_s, self.estimate.shortest_s or trip_s)
        self._tally.round_trip_s = min(trip_s, self._tally.round_trip_s or trip_s)

    @property
    def _told_enough(self) -> bool:
        return self.estimate.remb_bps is not None and self.estimate.calm

    def _probes(self, copies: Iterable[Copy], now: float) -> bool:
        """Whether to send padding now."""
        estimate, probe = self.estimate, self._probe
        if probe.bits_per_s:
            aim_bps = probe.bits_per_s
            if probe.passed(estimate, self._heard_at, now=now):
                estimate.proved(min(aim_bps, self._sending_bps))
            elif not probe.bits_per_s:
                estimate.failed(self._media_bps)
        elif estimate.short and _padded(copies) and probe.begin(estimate, self._heard_at, now=now):
            self._padding_due = 0.0
        return self.probing

    def _hear(self, now: float) -> None:
        """A report."""
        self._listen(now)
        self._heard_at = now

    def _listen(self, now: float) -> None:
        if now - self._spoke_at > SILENCE_S:
            self._blind_until = now + BLIND_S
        self._spoke_at = now

    def _judge(self, copies: Collection[Copy], now: float) -> None:
        self._count(copies)
        if self._judged_at is None:
            self._judged_at = now
            return
        tally, window_s = self._tally, now - self._judged_at
        if window_s < WINDOW_MAX_S and tally.packets < ENOUGH and tally.due < ENOUGH:
            return
        self._tally, self._judged_at = _Tally(), now
        self._media_bps = 8 * tally.media_bytes / window_s
        self._sending_bps = self._media_bps + 8 * tally.padding / window_s
        self._sound_bps = 8 * tally.sound / window_s
        proves = not self._probe.bits_per_s and now - self._heard_at <= HEARD_S
        self.estimate.judge(tally.lost_share, self._sending_bps, tally.round_trip_s, proves=proves)
        bytes_per_s = REPAIR_SHARE * self.estimate.bits_per_s / 8
        self._repairing.settle(bytes_per_s, max(bytes_per_s, REPAIR_BURST_BYTES))

    def _count(self, copies: Collection[Copy]) -> None:
        """What was sent since the last time; copies that are no more are forgotten."""
        tally = self._tally
        for copy in copies:
            stream = self._stream(copy)
            if (packets := copy.packets - stream.packets) == 0:
                continue
            octets = copy.octets - stream.octets
            stream.packets += packets
            stream.octets += octets
            tally.packets += packets
            tally.octets += octets
            if copy.track is not None and copy.track.carried.kind == "audio":
                tally.sound += octets + PACKET_OVERHEAD_BYTES * packets
        if len(self._streams) > len(copies):
            self._streams = {copy.ssrc: self._streams[copy.ssrc] for copy in copies}

    def _stream(self, copy: Copy) -> _Stream:
        stream = self._streams.get(copy.ssrc)
        if stream is None:
            stream = self._streams[copy.ssrc] = _Stream(copy)
        return stream


def _padded(copies: Iterable[Copy]) -> Copy | None:
    """One that can carry padding."""
    return next((copy for copy in copies if copy.pads), None)
