"""A recorder: a process that writes the tracks of some rooms to files.  Standard input is a socket to the engine.

The event loop puts packets in order and makes frames of them; one thread writes, and may wait for the disk.  Between
the two lies a bounded queue: what does not fit in is lost for the recording, and nobody else waits.  When the socket
closes, by whatever end of the engine, all files are closed.  `python -m sfu.shell.recorder <bytes to leave free>`.
"""

import asyncio
import fcntl
import logging
import os
import queue
import secrets
import signal
import socket
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from msgspec.structs import replace

from sfu.core import rtp
from sfu.core.codecs import Codec
from sfu.core.lately import Lately
from sfu.core.recording import Gaps, Recording
from sfu.core.reel import BY_PAYLOAD_TYPE, Reel
from sfu.core.steady import Placed
from sfu.shell import muxer
from sfu.shell.pipe import Pipe
from sfu.shell.shelf import Shelf
from sfu.shell.tape import SLOW_S, Begin, End, Kept, Keyframe, Packets, ToRecorder

log = logging.getLogger(__name__)
QUEUE_BYTES = 32 * 1024 * 1024  # waits for the disk: half a minute of some pictures
TICK_S = 0.1
NICE = 10  # lessons come first, where there is one core for both
WORD_S = 1.0
UNFIT_MS = 1_000  # after bytes that were no picture, before a new file is tried
FILES_MAX = 100  # of a member in a room: on a bad line a dozen; who changes codecs without end uses up only their own
AGAIN_S = 5.0  # after a failure of the disk, before a new file is tried
LOOK_BYTES = 1024 * 1024  # written between two looks at what is left of the disk
UP_BYTES = 1024 * 1024


@dataclass(slots=True)
class Tally:
    """Frames and files of all tapes; only the writing thread counts here."""

    written: int = 0
    lost: int = 0
    failed: int = 0  # of those, by the disk
    files: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))  # directory -> member


class Tape:
    """A track's files, one after another: a new one after a failure.  Only the writing thread touches a file."""

    def __init__(self, begin: Begin, codec: Codec, left_bytes: int, tally: Tally, closer: Executor) -> None:
        """`closer`: reads files that are closed, so that those that are written need not wait."""
        self.dropped = 0  # frames that the loop could not hand over; counted by it
        self.failing = False
        self._begin = begin
        self._codec = codec
        self._left_bytes = left_bytes
        self._tally = tally
        self._closer = closer
        self._failed = 0  # frames that could not be written
        self._shelf = Shelf(Path(begin.directory))
        self._file: muxer.MediaFile | None = None
        self._again_ms = 0  # of the log: no file is begun before
        self._recording: Recording
        self._lock: IO[bytes]
        self._gaps: Gaps
        self._lost_before = 0  # this file
        self._last_ms = 0
        self._unchecked = 0

    @property
    def waits(self) -> bool:
        """For a keyframe to begin a file with."""
        return self._file is None

    def write(self, frame: Placed) -> None:
        try:
            if self._file is None:
                if not frame.keyframe or frame.at_ms < self._again_ms:
                    if self.failing:
                        self._fail_one()
                    return
                self._open(frame)
            self._put(frame)
        except muxer.Unfit:  # of a publisher that sends nonsense: its own harm only
            self._lose()
            self._again_ms = frame.at_ms + UNFIT_MS
            return
        except OSError as error:
            self._fail_one()
            self._fail(error, frame)
            return
        self.failing = False
        self._tally.written += 1

    def close(self, ended: str) -> None:
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            with suppress(OSError):  # without what lets players jump about in it
                file.close()
        finally:
            lost = self.dropped + self._failed
            known = replace(self._recording, gaps=tuple(self._gaps.found), lost=lost - self._lost_before)
            self._lost_before = lost
            self._closer.submit(_seal, self._shelf, known, self._last_ms - known.start_ms, ended, self._lock)

    def _open(self, frame: Placed) -> None:
        self._shelf.directory.mkdir(parents=True, exist_ok=True)
        self._check_room()
        begin = self._begin
        files = self._tally.files[begin.directory]
        if files[begin.member] >= FILES_MAX:
            raise muxer.Unfit(0, "the member has too many files")
        files[begin.member] += 1
        name = secrets.token_hex(16) + muxer.suffix(self._codec)
        self._recording = Recording(
            name=name,
            track=begin.track,
            member=begin.member,
            source=begin.source,
            codec=self._codec.name,
            start_ms=frame.at_ms,
        )
        self._lock = open(self._shelf.path(name), "wb")  # held as long as the file is written
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._shelf.save(self._recording)
            self._file = muxer.MediaFile(self._shelf.path(name), self._codec, frame.data)
        except OSError:
            self._lock.close()
            self._shelf.remove(self._recording)
            raise
        self._gaps = Gaps(self._codec.kind)
        self._last_ms = frame.at_ms - 1

    def _put(self, frame: Placed) -> None:
        assert self._file is not None
        self._unchecked += len(frame.data)
        if self._unchecked > LOOK_BYTES:
            self._check_room()
        at_ms = max(frame.at_ms, self._last_ms + 1)
        self._file.write(frame.data, at_ms - self._recording.start_ms, keyframe=frame.keyframe)
        self._gaps.frame(at_ms)
        self._last_ms = at_ms

    def _lose(self) -> None:
        self._failed += 1
        self._tally.lost += 1

    def _fail_one(self) -> None:
        """One frame, by the disk."""
        self._tally.failed += 1
        self._lose()

    def _check_room(self) -> None:
        self._unchecked = 0
        disk = os.statvfs(self._shelf.directory)
        if disk.f_bavail * disk.f_frsize < self._left_bytes:
            raise OSError(0, "the disk has no room for recordings")

    def _fail(self, error: OSError, frame: Placed) -> None:
        log.error("a recording could not be written, and begins again later: %s", error.strerror)
        self.failing = True
        self._again_ms = frame.at_ms + round(AGAIN_S * 1000)
        self.close("disk")


def _seal(shelf: Shelf, known: Recording, duration_ms: int, ended: str, lock: IO[bytes]) -> None:
    """Say what a file is, now that nothing is written to it: it is read once for that."""
    try:
        if ended == "disk":
            duration_ms = muxer.times(shelf.path(known.name))[-1]
        shelf.save(shelf.closed(known, duration_ms=duration_ms, ended=ended))
    except OSError as error:
        log.error("a recorded file could not be closed, and is left to be mended: %s", error.strerror)
    finally:
        lock.close()


class Writer:
    """The thread that writes.  Jobs are carried out in order; there is a bound to the frames that wait."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], object], int] | None] = queue.SimpleQueue()
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="writer")
        self._thread.start()

    def write(self, tape: Tape, frame: Placed) -> bool:
        """False: too much waits already."""
        size = len(frame.data)
        with self._lock:
            if self._waiting_bytes + size > QUEUE_BYTES:
                return False
            self._waiting_bytes += size
        self._jobs.put((partial(tape.write, frame), size))
        return True

    def do(self, job: Callable[[], object]) -> None:
        """When all before it is written."""
        self._jobs.put((job, 0))

    def finish(self) -> None:
        """Return when all is written."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (next_one := self._jobs.get()) is not None:
            job, size = next_one
            try:
                job()
            except Exception:  # a bug of ours in one track is no other's harm
                log.exception("a recording failed")
            with self._lock:
                self._waiting_bytes -= size


@dataclass(slots=True)
class Track:
    begin: Begin
    reel: Reel | None = None  # from the first packet on, which says the codec
    tape: Tape | None = None


class Recorder:
    def __init__(self, left_bytes: int) -> None:
        self._left_bytes = left_bytes
        self._tracks: dict[int, Track] = {}
        self._writer = Writer()
        self._closer = ThreadPoolExecutor(1)
        self._tally = Tally()
        self._dropped = 0  # frames that the writer had no room for
        self._dropped_before = 0  # the last tick
        self._slow = Lately(SLOW_S)
        self._failed_before = self._written_before = 0  # the last frame that the disk did not take
        self._failing = Lately(SLOW_S)
        self._told = (0, 0)
        self._trouble = ""
        self._tell_at = 0.0
        self._pipe: Pipe

    async def run(self, sock: socket.socket) -> None:
        """Return when the engine has gone and all files are closed."""
        self._pipe = await Pipe.over(sock, ToRecorder, self._heard, unsent_bytes=UP_BYTES)
        while not self._pipe.gone.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._pipe.gone.wait()
            self._tick(asyncio.get_running_loop().time())
        for number in list(self._tracks):
            self._end(number)
        await asyncio.to_thread(self._writer.finish)
        await asyncio.to_thread(self._closer.shutdown)

    def _heard(self, message: ToRecorder) -> None:
        match message:
            case Begin(number=number):
                self._tracks[number] = Track(message)
            case Packets(number=number, packets=packets):
                if packets and (track := self._tracks.get(number)) is not None:
                    for at, packet in packets:
                        self._put(track, packet, at)
                    self._write(track, packets[-1][0])
            case End(number=number):
                self._end(number)

    def _put(self, track: Track, packet: bytes, at: float) -> None:
        header = rtp.parse(packet)
        codec = BY_PAYLOAD_TYPE.get(header.payload_type) if header is not None else None
        if header is None or codec is None:
            return
        if track.reel is None or track.reel.codec is not codec:  # another codec is another file
            self._close(track)
            track.reel = Reel(codec, track.begin.zero_s)
            track.tape = Tape(track.begin, codec, self._left_bytes, self._tally, self._closer)
        track.reel.put(packet, header, at=at)

    def _write(self, track: Track, now: float, *, patient: bool = True) -> None:
        reel, tape = track.reel, track.tape
        if reel is None or tape is None:
            return
        for frame in reel.take(now=now, patient=patient):
            if not self._writer.write(tape, frame):
                tape.dropped += 1
                self._dropped += 1
                reel.broken()

    def _close(self, track: Track) -> None:
        if track.tape is not None:
            self._write(track, 0.0, patient=False)
            self._writer.do(partial(track.tape.close, "closed"))

    def _end(self, number: int) -> None:
        if (track := self._tracks.pop(number, None)) is not None:
            self._close(track)
            directory = track.begin.directory
            if all(other.begin.directory != directory for other in self._tracks.values()):  # nobody is left there
                self._writer.do(partial(self._tally.files.pop, directory, None))

    def _tick(self, now: float) -> None:
        for number, track in self._tracks.items():
            self._write(track, now)
            if track.reel is not None and track.tape is not None and (track.reel.waits or track.tape.waits):
                self._pipe.send(Keyframe(number))
        trouble = self._now(now)
        if trouble != self._trouble or now >= self._tell_at:
            self._trouble, self._tell_at = trouble, now + WORD_S
            written, lost = self._tally.written, self._tally.lost + self._dropped
            self._pipe.send(Kept(written - self._told[0], lost - self._told[1], trouble))
            self._told = written, lost

    def _now(self, now: float) -> str:
        tally = self._tally
        if self._dropped > self._dropped_before:
            self._dropped_before = self._dropped
            self._slow.happened(now=now)
        if tally.failed > self._failed_before:
            self._failed_before, self._written_before = tally.failed, tally.written
            self._failing.happened(now=now)
        # A track that failed and is muted proves nothing more, but others do, which go on.
        unproved = self._failing.holds(now=now) or tally.written == self._written_before
        if unproved and any(track.tape is not None and track.tape.failing for track in self._tracks.values()):
            return "disk"
        return "slow" if self._slow.holds(now=now) else ""


def main(left_bytes: int) -> None:
    os.umask(0o077)  # for the server's owner only
    os.nice(NICE)
    for name in (signal.SIGINT, signal.SIGTERM):  # for the whole server: the engine's end is the sign
        signal.signal(name, signal.SIG_IGN)
    asyncio.run(Recorder(left_bytes).run(socket.socket(fileno=os.dup(sys.stdin.fileno()))))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main(int(sys.argv[1]))
