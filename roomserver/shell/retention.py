"""Lets go of the logs of rooms that closed long ago: events and salts, and the pictures that were shown in them.

The directory and the session records stay.  It works through the store's writer as rooms do, in parts so small that a
commit which has one in it is a few milliseconds longer, and pauses between them: no room ever waits noticeably.
Rules: RETAIN-* in docs/rules.md.
"""

import asyncio
import logging

from .assets import Assets
from .clock import Clock
from .recordings import Recordings
from .store import Store, StoreFailed

log = logging.getLogger("roomserver.retention")
EVERY_S = 3600.0
EVENTS_A_PART = 500  # 2 ms of the writer, 8 where the WAL is folded in: measured with bodies of 400 bytes
PAUSE_S = 0.05  # between two parts: ten thousand events a second
DAY_S = 86_400.0


class Retention:
    """Keeps logs for so many days after their rooms have closed; 0: for ever.  Recordings no longer than the log."""

    def __init__(
        self,
        store: Store,
        assets: Assets,
        recordings: Recordings,
        clock: Clock,
        *,
        keep_log_days: int,
        keep_recordings_days: int,
    ) -> None:
        self._store = store
        self._assets = assets
        self._recordings = recordings
        self._clock = clock
        self._keep_s = keep_log_days * DAY_S
        self._keep_recordings_s = keep_recordings_days * DAY_S
        self._never = asyncio.Event()

    async def run(self) -> None:
        """Look at once, and then every hour."""
        while self._keep_s or self._keep_recordings_s:
            try:
                await self._forget_recordings()
                if self._keep_s:
                    await self._forget()
            except StoreFailed:
                log.warning("old logs could not be deleted now", exc_info=True)
            await self._pause(EVERY_S)

    async def _forget(self) -> None:
        """Return when nothing is left that is too old, and no picture whose log is gone."""
        now = self._clock.now()
        before = round((now - self._keep_s) * 1000)
        while await self._store.forget(closed_before_ms=before, now_ms=round(now * 1000), most=EVENTS_A_PART):
            await self._pause(PAUSE_S)
        for room in await self._assets.rooms():
            row = await self._store.row(room)
            if row is None or row.forgotten_ms is not None:
                await self._assets.forget(room)

    async def _forget_recordings(self) -> None:
        """Those that are too old, and those of rooms whose log is gone: they cannot be played any more (REC-10)."""
        before_ms = (self._clock.now() - self._keep_recordings_s) * 1000 if self._keep_recordings_s else 0
        for room in await self._recordings.rooms():
            row = await self._store.row(room)
            too_old = row is not None and (row.closed_ms or before_ms) < before_ms
            if row is not None and (row.forgotten_ms is not None or too_old):  # another server's are not ours
                await self._recordings.forget(room)

    async def _pause(self, seconds: float) -> None:
        await self._clock.wait(self._never, until=self._clock.now() + seconds)
