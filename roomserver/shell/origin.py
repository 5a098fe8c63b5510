"""Which pages may open a WebSocket here: those of this host, and those that the configuration names.

A browser lets any page connect anywhere, and says with `Origin` whose page it is; apps say nothing and are let in, for
they could say anything.  Tokens decide who somebody is; this keeps strangers' pages from trying.  Rule: DOOR-10.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from websockets.datastructures import Headers

DEFAULT_PORTS = {"http": 80, "https": 443}


def welcome(headers: Headers, origins: Collection[str]) -> bool:
    """Whether the page that a handshake comes from, if it comes from a page, may connect.

    Args:
        headers: those of the handshake.
        origins: pages of other hosts that may, such as "https://class.example.org", in lower case.
    """
    claimed = headers.get_all("Origin")
    if not claimed:
        return True
    hosts = headers.get_all("Host")
    if len(claimed) > 1 or len(hosts) != 1:
        return False
    origin = claimed[0].lower()
    scheme, separator, place = origin.partition("://")
    if not separator or scheme not in DEFAULT_PORTS:  # "null", or the page of an extension
        return origin in origins
    return origin in origins or _place(scheme, place) == _place(scheme, hosts[0].lower()) is not None


def _place(scheme: str, authority: str) -> tuple[str, int] | None:
    """Host and port, the port that of the scheme where none is given; None: that is no host.

    Behind a proxy that ends TLS, what we speak says nothing of what the browser speaks: only its own scheme counts.
    """
    try:
        parts = urlsplit(f"//{authority}")
        return (parts.hostname, parts.port or DEFAULT_PORTS[scheme]) if parts.hostname else None
    except ValueError:
        return None
