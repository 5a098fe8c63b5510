"""What a stranger's datagram costs the server: nobody is there but those who flood.

`RATE` datagrams a second from loopback, for each kind; the figure is the server's processor time, all of it and the
kernel's share too, divided by the datagrams that it took from its queue.

- `media_us`: what looks like SRTP, from an address that has proved nothing.
- `checks_us`: STUN checks from one address: all but 200 a second are refused before they are read.
- `forged_us`: STUN checks that name nobody, from `ADDRESSES` addresses, each within its allowance: the price of reading
  whom a check names.
- `verified_us`: what verifying and answering one check costs, in this process: only for checks that name a connection,
  2,000 a second from strangers at most.
"""

import asyncio
import socket
import time
from collections.abc import Sequence

from aioice import stun as codec

from sfu.core import stun

from ..measure import Figures, cpu_s, udp_drops, udp_inode
from ..plan import Size
from ..server import Server

RATE = 20_000
ADDRESSES = 200
BURST = 50  # datagrams between two looks at the clock
PASSWORD = "p" * 32
KEY = stun.Key(PASSWORD)
VERIFIED = 2_000


async def run(server: Server, size: Size) -> Figures:
    one = [_bound("127.0.0.9")]
    many = [_bound(f"127.1.0.{number}") for number in range(1, size.of(ADDRESSES) + 1)]
    figures = {
        "media_us": await _flood(server, size, one, bytes((128,)) + bytes(1099)),
        "checks_us": await _flood(server, size, one, _check()),
        "forged_us": await _flood(server, size, many, _check()),
        "verified_us": _verified(size.of(VERIFIED)),
    }
    for sock in (*one, *many):
        sock.close()
    return figures


async def _flood(server: Server, size: Size, sockets: Sequence[socket.socket], datagram: bytes) -> float:
    """Processor time of the server for each datagram that it took, us."""
    to, inode, seconds = ("127.0.0.1", server.media_port), udp_inode(server.media_port), size.seconds / 3
    lost, cpu, begun, sent = udp_drops()[inode], cpu_s(server.pid), time.perf_counter(), 0
    while (elapsed := time.perf_counter() - begun) < seconds:
        if sent >= RATE * elapsed:
            await asyncio.sleep(0.001)
            continue
        for _ in range(BURST):
            sockets[sent % len(sockets)].sendto(datagram, to)
            sent += 1
    await asyncio.sleep(0.1)
    taken = sent - (udp_drops()[inode] - lost)
    return 1e6 * (cpu_s(server.pid) - cpu) / max(1, taken)


def _verified(count: int) -> float:
    datagram, begun = _check(), time.perf_counter()
    for _ in range(count):
        request = stun.parse_request(datagram)
        assert request is not None
        assert request.signed_by(KEY)
        request.success(("127.0.0.1", 9), KEY)
    return 1e6 * (time.perf_counter() - begun) / count


def _check() -> bytes:
    """As a browser sends it, to nobody."""
    attributes = {"USERNAME": "0123456789abcdef:theirs", "PRIORITY": 1, "ICE-CONTROLLING": 1, "USE-CANDIDATE": None}
    message = codec.Message(codec.Method.BINDING, codec.Class.REQUEST, b"t" * 12, attributes)
    message.add_message_integrity(PASSWORD.encode())
    return bytes(message)


def _bound(host: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    sock.setblocking(False)
    return sock
