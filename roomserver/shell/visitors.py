"""Connections that have not said hello yet, by the address that they come from.

Whoever connects has a moment to say hello.  Who takes longer needs one of the few places that each address has for
that, so that nobody fills the server with connections that say nothing, while a school that comes at once from behind
one address is let in whole.  Rules: VISIT-* in docs/rules.md.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
PLACES = 100  # for each address
SITE_BITS = 64  # of an IPv6 address: what one subscriber has to choose from


class Crowded(Exception):
    """All places of this address are taken."""


class Visitors:
    """Who is being waited for.

    Args:
        places: how many connections of one address may keep us waiting.
        trusted: networks of proxies whose `X-Forwarded-For` is believed.
    """

    def __init__(self, *, places: int = PLACES, trusted: Sequence[Network] = ()) -> None:
        self._places = places
        self._trusted = trusted
        self._waiting: Counter[str] = Counter()

    def __len__(self) -> int:
        """Connections that keep us waiting."""
        return self._waiting.total()

    def address(self, peer: str, forwarded: Iterable[str]) -> str:
        """Whose connection this is.

        Args:
            peer: the address at the other end of the socket.
            forwarded: the fields `X-Forwarded-For` of its request, in order: each proxy adds on the right whom it
                heard.  The first from the right that is no proxy of ours is believed, and nothing left of it.
        """
        found = _parsed(peer)
        for said in reversed(",".join(forwarded).split(",")):
            if found is None or not self._trusts(found):
                break
            before = _parsed(said.strip())
            if before is None:  # nobody, or not an address: the proxy itself is as near as we can get
                break
            found = before
        return peer if found is None else _site(found)

    @contextmanager
    def waiting(self, address: str) -> Iterator[None]:
        """A place of the address while the context lasts.

        Raises:
            Crowded: there is none.
        """
        if self._waiting[address] >= self._places:
            raise Crowded
        self._waiting[address] += 1
        try:
            yield
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks in CIDR notation, or single addresses.

    Raises:
        ValueError: one of them is not, and which.
    """
    return tuple(ip_network(text) for text in texts)


def _parsed(text: str) -> Address | None:
    """An address, whichever of the ways it is written in; some proxies add the port."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _site(address: Address) -> str:
    """What is counted: an IPv4 address, or the network of an IPv6 address."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((int(address) >> SITE_BITS << SITE_BITS, 128 - SITE_BITS)))
