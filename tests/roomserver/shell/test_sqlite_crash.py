"""A process that is killed while it writes has lost nothing that it said was safe."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from roomserver.shell.sqlite import SqliteStore

WRITER = """
import asyncio, sys
from pathlib import Path
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Batch, RoomRow, StoredEvent

async def main() -> None:
    store = await SqliteStore.start(Path(sys.argv[1]))
    await store.create(RoomRow("r-1", 0, 0, None, b""))
    await store.open("r-1")
    seq = 0
    while True:
        appends = []
        for _ in range(20):
            seq += 1
            appends.append(store.append(Batch("r-1", 1, [StoredEvent(seq, b"x" * 500, None, bytes(32))])))
        for append in appends:
            await append
        print(seq, flush=True)

asyncio.run(main())
"""


@pytest.mark.rule("STORE-1")
async def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "rooms.sqlite"
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    for _ in range(30):
        line = await writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    acknowledged = int(((await writer.stdout.read()).split() or [line])[-1])
    await writer.wait()

    store = await SqliteStore.start(path)
    log = await store.open("r-1")
    assert log is not None
    assert len(log.events) >= acknowledged >= 600
    assert [event.seq for event in log.events] == list(range(1, len(log.events) + 1))
    assert log.row.epoch == 2
    await store.close()
