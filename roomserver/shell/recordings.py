"""The recorded files of all rooms: a directory a room, in it the files and beside each what is known of it.

Written by a recorder, a process of its own (`sfu.shell.recorder`); here they are found, waited for, mended and let go.
Rules: REC-* in docs/rules.md.
"""

import asyncio
import logging
import re
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sfu.core.recording import Recording
from sfu.shell.children import environment
from sfu.shell.shelf import Shelf

from ..core.record_shape import Gap, Recorded

log = logging.getLogger("roomserver.recordings")
MEND = (sys.executable, "-I", "-m", "sfu.shell.mend")
ROOM = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,2}\Z")
NAME = re.compile(r"[0-9a-f]{32}\.(webm|mkv)\Z")
SETTLE_S = 10.0  # for a recorder to close its files: an hour of pictures is read once for its hash
MEND_S = 30.0
LOOK_S = 0.1


def entry(recording: Recording, opened_at_ms: int) -> Recorded:
    """As the session record lists it: instants are wall-clock milliseconds, but for `at`."""
    return Recorded(
        name=recording.name,
        track=recording.track,
        member=recording.member,
        source=recording.source,
        codec=recording.codec,
        at=recording.start_ms,
        started_ms=opened_at_ms + recording.start_ms,
        duration_ms=recording.duration_ms,
        bytes=recording.size,
        sha256=recording.sha256 or None,
        gaps=tuple(Gap(from_ms=opened_at_ms + start, until_ms=opened_at_ms + end) for start, end in recording.gaps),
        lost_frames=recording.lost,
        ended=recording.ended or None,
    )


class Recordings:
    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()

    def directory(self, room: str) -> Path:
        """Of a room's files; it need not exist."""
        if not ROOM.match(room):  # a path is made of it
            raise ValueError("no room has such a name")
        return self._directory / room

    def path(self, room: str, name: str) -> Path:
        """
        Raises:
            ValueError: that is no name.
        """
        if not NAME.match(name):
            raise ValueError("no recording has such a name")
        return self.directory(room) / name

    async def of(self, room: str) -> list[Recording]:
        """All that is kept of a room, by when it begins."""
        return await asyncio.to_thread(Shelf(self.directory(room)).recordings)

    async def settled(self, room: str) -> list[Recording]:
        """As `of`, once its files are closed; what a dead recorder left open is mended.  Bounded: see `SETTLE_S`."""
        shelf = Shelf(self.directory(room))
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                while await asyncio.to_thread(_being_written, shelf):  # noqa: ASYNC110  another process closes them
                    await asyncio.sleep(LOOK_S)
        found = await self.of(room)
        if any(not one.closed for one in found):
            await self._mend(room)
            found = await self.of(room)
        if any(not one.closed for one in found):
            log.error(
                "recorded files are not closed yet; the record goes out without their hashes", extra={"room": room}
            )
        return found

    async def erase(self, room: str, member: int) -> None:
        """Delete all that a member published."""
        shelf = Shelf(self.directory(room))
        for one in await self.of(room):
            if one.member == member:
                await asyncio.to_thread(shelf.remove, one)

    async def rooms(self) -> list[str]:
        """Of which something is kept."""
        return await asyncio.to_thread(self._rooms) if self.exist else []

    async def forget(self, room: str) -> None:
        await asyncio.to_thread(shutil.rmtree, self.directory(room), ignore_errors=True)

    @property
    def exist(self) -> bool:
        """Was ever anything recorded?"""
        return self._directory.is_dir()

    def _rooms(self) -> list[str]:
        return sorted(path.name for path in self._directory.iterdir() if path.is_dir() and ROOM.match(path.name))

    async def _mend(self, room: str) -> None:
        process = await asyncio.create_subprocess_exec(*MEND, str(self.directory(room)), env=environment())
        try:
            async with asyncio.timeout(MEND_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _being_written(shelf: Shelf) -> bool:
    """Does a recorder still hold a file?"""
    return any(not one.closed and _is_held(shelf, one) for one in shelf.recordings())


def _is_held(shelf: Shelf, recording: Recording) -> bool:
    try:
        with shelf.held(recording.name) as free:
            return not free
    except FileNotFoundError:
        return False


def listed(recordings: Sequence[Recording]) -> list[Recording]:
    """What can be played."""
    return [one for one in recordings if one.closed]
