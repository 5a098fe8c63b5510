"""Ports that nobody takes while a server of ours is away: below those that the kernel hands out to whoever asks."""

import errno
import socket
from contextlib import ExitStack
from secrets import randbelow

FIRST, BEHIND = 10_240, 32_768  # net.ipv4.ip_local_port_range begins at the latter
TRIES = 100


def free_ports(count: int = 1) -> int:
    """The first of so many in a row, free for TCP and UDP now.

    Raises:
        OSError: none were found.
    """
    for _ in range(TRIES):
        first = FIRST + randbelow(BEHIND - FIRST - count)
        if all(_is_free(number) for number in range(first, first + count)):
            return first
    raise OSError(errno.EADDRINUSE, f"no {count} ports in a row are free from {FIRST} to {BEHIND - 1}")


def _is_free(number: int) -> bool:
    with ExitStack() as stack:
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                stack.enter_context(socket.socket(socket.AF_INET, kind)).bind(("", number))
        except OSError:
            return False
    return True
