"""Ten thousand people connected in three hundred rooms, and nothing happens: what a connection takes.

- `kib_per_connection`: growth of the server's resident memory from 300 open and empty rooms until everybody has been in
  for `SETTLE_S`, divided by the connections that are alive then.
- `dropped`: connections that the server lost meanwhile.
- `cpu_percent`: what keeping them costs (pings), of one core, over the measured seconds.
"""

import asyncio

from ..measure import Figures, Span, rss_kib
from ..plan import Size
from ..school import seated, spread
from ..server import Server
from ..swarm import join_all

CONNECTIONS = 10_000
ROOMS = 300
SETTLE_S = 2.0


async def run(server: Server, size: Size) -> Figures:
    rooms = await server.rooms(size.of(ROOMS))
    classes = [
        seated(room, people - 1) for room, people in zip(rooms, spread(size.of(CONNECTIONS), len(rooms)), strict=True)
    ]
    everybody = [peer for people in classes for peer in people.everybody]
    before = rss_kib(server.pid)
    joining = Span(server.pid)
    await join_all(everybody, server.port)
    joining.end()
    await asyncio.sleep(SETTLE_S * min(1.0, size.seconds / 10))
    resting = Span(server.pid)
    await asyncio.sleep(size.seconds)
    resting.end()
    after = rss_kib(server.pid)
    alive = sum(peer.alive for peer in everybody)
    return {
        "kib_per_connection": (after - before) / max(1, alive),
        "connections": alive,
        "dropped": len(everybody) - alive,
        "rss_before_mib": before / 1024,
        "rss_after_mib": after / 1024,
        "cpu_percent": resting.cpu_percent,
        "joins_per_s": len(everybody) / joining.wall_s,
        "join_cpu_ms": 1e3 * joining.cpu_s / len(everybody),
    }
