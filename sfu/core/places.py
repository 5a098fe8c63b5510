"""Who may shake hands at a time: bounded, and no place is kept by a client that does not get on.

Pure.  Never ends anything: it says who gives way.  Rules: MEDIA-67 in docs/rules.md.
"""

from typing import Generic, TypeVar

PLACES_MAX = 64  # handshakes at a time; a client that finds no place sends its ClientHello again
STALLED_S = 2.0  # without getting on: twice the first wait for a lost datagram (RFC 6347 4.2.4.1)

Holder = TypeVar("Holder")


class Places(Generic[Holder]):
    def __init__(self) -> None:
        self._got_on: dict[Holder, float] = {}  # when each got on at last; the one that did so longest ago is first

    def take(self, holder: Holder, *, now: float) -> None:
        self._got_on[holder] = now

    def got_on(self, holder: Holder, *, now: float) -> None:
        """Its handshake has come a step further."""
        if self._got_on.pop(holder, None) is not None:
            self._got_on[holder] = now

    def leave(self, holder: Holder) -> None:
        """Does nothing if it has none."""
        self._got_on.pop(holder, None)

    @property
    def full(self) -> bool:
        return len(self._got_on) >= PLACES_MAX

    def stalled(self, *, now: float) -> Holder | None:
        """Who is to give way to a newcomer; None: all get on."""
        holder, at = next(iter(self._got_on.items()), (None, now))
        return holder if now - at >= STALLED_S else None
