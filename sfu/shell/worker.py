"""A worker: a process that forwards the media of some rooms.  Standard input is a socket to the room's process.

It goes when that socket closes, and the kernel kills it when its parent dies, however stuck it is.  Signals that are
meant for the whole server it leaves to its parent.  Run by `sfu.shell.pool`; the last argument is its number.
"""

import asyncio
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import time

import uvloop

from sfu.core import orders as o
from sfu.core.orders import Order, Word
from sfu.shell.forwarding import MediaConfig
from sfu.shell.local import Local, LocalRoom
from sfu.shell.pipe import UP_BYTES, Counted, Down, Failed, Open, Pipe, Ready, Said, Shut, Tell

log = logging.getLogger(__name__)
COUNT_S = 1.0
FLUSH_S = 1.0  # for the last word of one that cannot begin
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Worker:
    def __init__(self) -> None:
        self._pipe: Pipe
        self._config: asyncio.Future[MediaConfig] = asyncio.get_running_loop().create_future()
        self._media: Local
        self._rooms: dict[int, LocalRoom] = {}

    async def run(self, sock: socket.socket) -> None:
        """Return when the room's process has gone."""
        self._pipe = await Pipe.over(sock, Down, self._heard, unsent_bytes=UP_BYTES)
        gone = asyncio.create_task(self._pipe.gone.wait())
        await asyncio.wait((gone, self._config), return_when=asyncio.FIRST_COMPLETED)
        if not self._config.done():
            return
        try:
            self._media = await Local.start(self._config.result())
        except OSError as error:
            self._pipe.send(Failed(error.errno or 0, error.strerror or str(error)))
            self._pipe.close()
            await asyncio.wait((gone,), timeout=FLUSH_S)
            return
        self._pipe.send(Ready(self._media.port))
        gc.freeze()  # what is here now lives as long as the process
        counting = asyncio.create_task(self._count())
        await gone
        counting.cancel()
        await self._media.close()

    async def _count(self) -> None:
        while True:
            media = self._media
            self._pipe.send(Counted(media.counts(), media.dropped(), media.spreads(), time.process_time()))
            await asyncio.sleep(COUNT_S)

    def _heard(self, message: Down) -> None:
        match message:
            case MediaConfig():
                self._config.set_result(message)
            case Open(room=room):
                self._rooms[room] = self._media.open_room(str(room), lambda word: self._say(room, word))
            case Tell(room=room, order=order):
                self._tell(room, order)
            case Shut(room=room):
                self._rooms.pop(room).close()

    def _tell(self, room: int, order: Order) -> None:
        """A bug of ours fails this order, and the rooms of this worker go on."""
        try:
            self._rooms[room].tell(order)
        except Exception:
            log.exception("an order could not be carried out: %s", type(order).__name__)
            if isinstance(order, o.Publish):
                self._say(room, o.Taken(order.ask, {}, None))
            elif isinstance(order, o.Watch):
                self._say(room, o.Watching(order.ask, None))
            elif isinstance(order, o.Renew):
                self._say(room, o.Renewed(order.ask, None))
            elif isinstance(order, o.Answer):
                self._say(room, o.Heard(order.ask, good=False))
            elif isinstance(order, o.Look):
                self._say(room, o.Seen(order.ask, (), last=True))

    def _say(self, room: int, word: Word) -> None:
        self._pipe.send(Said(room, word))


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run())


async def _run() -> None:
    await Worker().run(socket.socket(fileno=os.dup(sys.stdin.fileno())))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()
