"""Which addresses a webhook may be sent to: those of the public internet, unless the operator says otherwise.

The address that is looked at is the one that is connected to: whatever a name says a moment later changes nothing.
"""

import errno
import socket
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291 2.4: all others embed, map, or stay on the link or the site
SIX_TO_FOUR = IPv6Network("2002::/16")  # embeds an IPv4 address

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]  # as `socket.getaddrinfo` gives it


class Private(OSError):
    """The address is none of the public internet."""


def is_public(address: str) -> bool:
    """Of an IPv4 or IPv6 address, as text."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and (found not in GLOBAL_UNICAST or found in SIX_TO_FOUR):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def opener(*, allow_private: bool) -> Callable[[AddressInfo], socket.socket]:
    """Makes the socket of each connection, once its address is known."""

    def open_socket(info: AddressInfo) -> socket.socket:
        """
        Raises:
            Private: it may not be connected to.
        """
        family, kind, number, _, where = info
        if not allow_private and not is_public(where[0]):
            raise Private(errno.EACCES, f"{where[0]} is a private address, which allow_private would let be")
        return socket.socket(family, kind, number)

    return open_socket
