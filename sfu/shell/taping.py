"""The engine's side of recording: a tap on each track of a room that is recorded, and the process that they lead to.

A tap is a viewer with no line to mind: it follows the highest layer that comes in, and hears every microphone.  It
never waits: what the recorder does not take is lost for the recording (REC-4).
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import count

from sfu.core import rtp
from sfu.core.copying import Copy
from sfu.core.lately import Lately
from sfu.core.load import Load
from sfu.core.track import Packet, Track
from sfu.shell.children import kill, start
from sfu.shell.counters import Counters
from sfu.shell.fan import Fan
from sfu.shell.pipe import Pipe
from sfu.shell.tape import SLOW_S, Begin, End, FromRecorder, Kept, Keyframe, Packets
from sfu.shell.wire import Follower, Forward, Lane, Outlet

log = logging.getLogger(__name__)
COMMAND = (sys.executable, "-I", "-m", "sfu.shell.recorder")
UNREAD_BYTES = 8 * 1024 * 1024  # kept for a recorder that does not read
WORDS_BYTES = 1024 * 1024  # beside the packets: its orders
SILENT_S = 10.0  # without the word of every second: it is stuck, and killed
AGAIN_S = 1.0  # before another is started in the place of one that died
LEAVE_S = 5.0  # to close its files

GONE = "recorder"  # trouble: there is none now


class Tap:
    """One track on its way to the recorder."""

    def __init__(self, recorder: "Recorder", begin: Begin) -> None:
        self.begin = begin
        self._recorder = recorder

    def heard(self, packet: Packet) -> None:
        """A microphone's packet, that others may not get."""

    def tick(self) -> None: ...
    def want_keyframe(self) -> None: ...

    def close(self) -> None:
        self._recorder.end(self)


class VoiceTap(Tap):
    """A microphone: nothing is withheld from a file, so that the fan does not know of it."""

    def heard(self, packet: Packet) -> None:
        number = packet.index & 0xFFFF  # without a jump, whatever its sources count
        data = rtp.readdress(packet.data, packet.codec.payload_type, number, packet.timestamp, ssrc=0)
        self._recorder.put(self.begin.number, ((packet.at, data),))


class FanTap(Tap):
    """What is forwarded whole; a way, a lane and an outlet of its own, as the fan sees it."""

    def __init__(self, recorder: "Recorder", begin: Begin, track: Track, fan: Fan) -> None:
        super().__init__(recorder, begin)
        self.lane: Lane = self
        self.outlet: Outlet = self
        self.copy = Copy(track, ssrc=0, rtx_ssrc=0, first_sequence=0)
        self._track = track
        self._fan = fan
        fan.join(self.copy, self)
        self.tick()

    def tick(self) -> None:
        """Follow the highest layer that comes in; ask for its keyframe until it is there."""
        track, copy = self._track, self.copy
        best = next((layer for layer in reversed(track.layers) if layer.sent), None)
        if copy.target is not best:
            copy.aim(best)
        if copy.waits and not track.muted:
            self.want_keyframe()

    def want_keyframe(self) -> None:
        if not self._track.muted:
            self._fan.want_keyframe(self.copy)

    def close(self) -> None:
        self._fan.leave(self.copy)
        super().close()

    # As the fan sees it.

    def rank(self, followers: Sequence[Follower]) -> Forward:
        return self._forward

    def _forward(self, load: Load) -> None:
        copy = self.copy
        made = ((packet.at, data) for packet in load.packets if (data := copy.write(packet)) is not None)
        if packets := tuple(made):
            self._recorder.put(self.begin.number, packets)

    def send_rtp(self, packet: bytes) -> None:
        """Bursts for newcomers are not for files."""

    def send_rtcp(self, packet: bytes) -> None:
        pass


class RoomTaps:
    """The taps of one room; none before it is to be recorded."""

    def __init__(self, recorder: "Recorder", fan: Fan, said: Callable[[str], None]) -> None:
        """`said` is told of trouble, and with an empty string that it is over."""
        self.said = said
        self._recorder = recorder
        self._fan = fan
        self._taps: dict[Track, Tap] = {}
        self._where: tuple[str, float] | None = None

    def record(self, directory: str, zero_s: float, tracks: Iterable[Track]) -> None:
        if self._where is None:
            self._recorder.rooms.append(self)
            if self._recorder.trouble:  # that others have told of before it was to be recorded
                self.said(self._recorder.trouble)
        self._where = directory, zero_s
        for track in tracks:
            self.begin(track)

    def begin(self, track: Track) -> None:
        if self._where is not None and track not in self._taps:
            self._taps[track] = self._recorder.begin(*self._where, track, self._fan)

    def has(self, track: Track) -> bool:
        return track in self._taps

    def end(self, track: Track) -> None:
        if (tap := self._taps.pop(track, None)) is not None:
            tap.close()

    def heard(self, track: Track, packet: Packet) -> None:
        """Of a microphone, whether or not it is forwarded."""
        if (tap := self._taps.get(track)) is not None:
            tap.heard(packet)

    def tick(self) -> None:
        for tap in self._taps.values():
            tap.tick()

    def close(self) -> None:
        for track in list(self._taps):
            self.end(track)
        if self._where is not None:
            self._recorder.rooms.remove(self)


class Recorder:
    """The process; there is one from the first track to be recorded on."""

    def __init__(self, counters: Counters, *, command: Sequence[str] = (), left_bytes: int = 0) -> None:
        """
        Args:
            command: runs `recorder`; the next argument is added.
            left_bytes: of a disk's room that are not for recordings.
        """
        self.rooms: list[RoomTaps] = []
        self.pid = 0
        self._counters = counters
        self._command = (*(command or COMMAND), str(left_bytes))
        self._taps: dict[int, Tap] = {}
        self._numbers = count(1)
        self._pipe: Pipe | None = None
        self.trouble = ""
        self._unread = Lately(SLOW_S)  # packets that it did not take
        self._heard_at = 0.0
        self._running: asyncio.Task[None] | None = None
        self._leaving = asyncio.Event()

    def begin(self, directory: str, zero_s: float, track: Track, fan: Fan) -> Tap:
        carried = track.carried
        begin = Begin(next(self._numbers), directory, zero_s, carried.track, carried.member, carried.source)
        voice = carried.source == "microphone"
        tap = self._taps[begin.number] = VoiceTap(self, begin) if voice else FanTap(self, begin, track, fan)
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="recorder")
        elif self._pipe is not None:
            self._pipe.send(begin)
        return tap

    def put(self, number: int, packets: tuple[tuple[float, bytes], ...]) -> None:
        if (
            self._pipe is None
            or self._pipe.unread_bytes > UNREAD_BYTES
            or not self._pipe.send(Packets(number, packets))
        ):
            self._counters.recording_unread += len(packets)
            if self._pipe is not None:
                self._unread.happened(now=asyncio.get_running_loop().time())
                self._say(self.trouble or "slow")

    def end(self, tap: Tap) -> None:
        self._taps.pop(tap.begin.number, None)
        if self._pipe is not None:
            self._pipe.send(End(tap.begin.number))

    async def close(self) -> None:
        """Return when all files are closed, or that takes too long."""
        self._leaving.set()
        if self._running is not None:
            if self._pipe is not None:
                self._pipe.close()
            await self._running

    # Its lives.

    async def _run(self) -> None:
        while not self._leaving.is_set():
            try:
                how = await self._live()
            except OSError as error:
                how = f"could not be started: {error}"
            self._pipe, self.pid = None, 0
            if self._leaving.is_set():
                return
            log.error("the recorder %s; started again in %s s", how, AGAIN_S)
            self._counters.recorder_restarts += 1
            self._say(GONE)
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._leaving.wait()

    async def _live(self) -> str:
        """One process, from its start to its end; how it ended."""
        child, ours = await start(self._command)
        pipe = self._pipe = await Pipe.over(ours, FromRecorder, self._heard, unsent_bytes=UNREAD_BYTES + WORDS_BYTES)
        for tap in self._taps.values():
            pipe.send(tap.begin)
            tap.want_keyframe()
        self.pid = child.pid
        if self._leaving.is_set():  # since it was started
            pipe.close()
        await self._watch(pipe)
        pipe.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await child.wait()
        kill(child)
        return f"ended with status {await child.wait()}"

    async def _watch(self, pipe: Pipe) -> None:
        """Return when it is gone, we leave, or it has been silent for too long."""
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time() + SILENT_S  # it begins slowly
        while not pipe.gone.is_set() and loop.time() - self._heard_at < SILENT_S:
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await pipe.gone.wait()

    def _heard(self, message: FromRecorder) -> None:
        now = self._heard_at = asyncio.get_running_loop().time()
        match message:
            case Keyframe(number=number):
                if (tap := self._taps.get(number)) is not None:
                    tap.want_keyframe()
            case Kept(frames=frames, lost=lost, trouble=trouble):
                self._counters.recorded_frames += frames
                self._counters.recording_lost += lost
                self._say(trouble or ("slow" if self._unread.holds(now=now) else ""))

    def _say(self, trouble: str) -> None:
        if trouble == self.trouble:
            return
        self.trouble = trouble
        if trouble:
            log.error("what is recorded is not kept: %s", trouble)
        else:
            log.warning("recordings are kept again")
        for room in list(self.rooms):
            room.said(trouble)
