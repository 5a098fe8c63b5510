"""A server whose clock begins at an instant of one's choice, as it does where its store is ahead (CLOCK-2)."""

from pathlib import Path

from roomserver.core import effects as fx
from roomserver.core.forms import Form
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Batch, RoomRow, StoredEvent
from tests.support.lesson import Lesson

ROOM = "r-1"  # as a `Lesson` names it


async def set_clock(store: Path, instant: float) -> None:
    """Leave a room that was made then (seconds since 1970, not in the past): from there a server's time goes on."""
    made = Lesson(Form(seats={}), now=instant)
    [effect] = [effect for effect in made.history if isinstance(effect, fx.Append)]
    entry = effect.entry
    kept = await SqliteStore.start(store)
    await kept.create(RoomRow(ROOM, 1, made.state.opened_at_ms, None, b'{"form":"none","subject":"","topic":""}'))
    await kept.append(Batch(ROOM, 1, [StoredEvent(entry.seq, entry.body, entry.personal, entry.hash)], {}))
    await kept.close()
