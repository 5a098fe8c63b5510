"""One connection with one client: ICE-lite, DTLS and SRTP over the shared port.

Carries plain RTP and RTCP to and from its owner and knows nothing of tracks.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import pylibsrtp

from sfu.core import rtp
from sfu.core.flood import RECORDS_BURST, RECORDS_PER_S
from sfu.core.ice import CONSENT_S, Credentials, Paths
from sfu.core.limit import Limit
from sfu.core.sdp import Security
from sfu.core.seen import ConnectionSeen, CopySeen, Direction, TrackSeen
from sfu.core.stun import BindingRequest
from sfu.core.throttle import Allowance
from sfu.shell.dtls import Dtls
from sfu.shell.hub import Hub, new_credentials
from sfu.shell.port import Path
from sfu.shell.wire import Arrival, Lane

log = logging.getLogger(__name__)

STREAMS_MAX = 64  # ssrcs that one client may have us keep SRTP state for


class Owner(Protocol):
    """Called on the event loop; never after `Transport.close`."""

    def connected(self) -> None: ...
    def moved(self) -> None:
        """What is sent goes another way from here on, or none."""

    def rtp(self, packet: bytes, *, now: float) -> None: ...
    def rtcp(self, compound: bytes, *, now: float) -> None: ...
    def lost(self, *, silent: bool) -> None:
        """The client has ended the connection, failed its handshake, or gone silent; the transport is closed."""


class Transport:
    def __init__(self, hub: Hub, owner: Owner, limit: Limit) -> None:
        self._hub = hub
        self._owner = owner
        self._limit = limit
        self._drop = hub.counters.dropped
        self.local = hub.local()
        self._credentials = self.local.credentials  # that the client uses; after a restart ours may be newer
        self.remote: Security | None = None
        self.packets = self.bytes = 0  # of media, that came in
        self._offered_at = hub.loop.time()
        self._paths: Paths[Path] = Paths()
        self._dtls = Dtls(hub.certificate, self._send)
        self._handshake: asyncio.Task[None] | None = None
        self._silent_since: float | None = None
        self._srtp: tuple[pylibsrtp.Session, pylibsrtp.Session] | None = None
        self._streams: set[bytes] = set()  # ssrcs that have proved themselves
        self.lane: Lane | None = None  # the way to the other side, once there are keys and an address
        self._lane_to: Path | None = None
        self._records = Allowance(RECORDS_PER_S, RECORDS_BURST)
        self._closed = False
        hub.port.add(self, self._credentials)

    def accept(self, remote: Security, *, passive: bool = False) -> None:
        """Who the other side must prove to be.  From now on it must let us hear from it.

        `passive`: it waits for our ClientHello.
        """
        self.remote = remote
        if passive:
            self._dtls = Dtls(self._hub.certificate, self._send, role="client")
        self._silent_since = self._hub.loop.time()
        self._begin_handshake()

    def restart(self) -> None:
        """ICE begins afresh, with credentials for the next description (RFC 8445 9).

        Nothing else does: keys, streams and numbers go on.  The old credentials and paths hold until the client comes
        with the new ones.
        """
        if self.local.credentials is not self._credentials:  # of a restart that the client has not followed
            self._hub.port.withdraw(self.local.credentials)
        elif self._silent_since is not None:  # time to follow this one; whoever only asks again and again is silent
            self._silent_since = self._hub.loop.time()
        self.local = replace(self.local, credentials=new_credentials(self.number))
        self._hub.port.add(self, self.local.credentials)

    def renew(self, theirs: Credentials) -> None:
        """The client begins ICE afresh, with these credentials of its own, and so do we."""
        assert self.remote is not None
        self.remote = replace(self.remote, ufrag=theirs.ufrag, password=theirs.password)
        self.restart()

    @property
    def ready(self) -> bool:
        return self._srtp is not None and not self._closed

    # To be seen.

    @property
    def number(self) -> str:
        return self.local.credentials.number

    def seen(
        self,
        member: int,
        direction: Direction,
        *,
        now: float,
        round_trip_s: float | None,
        lost: float | None,
        jitter_s: float | None,
        estimate_bps: int | None,
        tracks: tuple[TrackSeen, ...] = (),
        copies: tuple[CopySeen, ...] = (),
    ) -> ConnectionSeen:
        """With what its owner knows of it."""
        path = self._paths.selected
        up = direction == "up"
        return ConnectionSeen(
            number=self.number,
            member=member,
            direction=direction,
            state="ready" if self.ready else "unreached" if path is None else "handshake",
            path=None if path is None else path.kind,
            age_s=round(now - self._offered_at, 1),
            silent_s=None if path is None or self._silent_since is None else round(now - self._silent_since, 1),
            round_trip_ms=_ms(round_trip_s),
            lost=None if lost is None else round(lost, 4),
            jitter_ms=_ms(jitter_s),
            estimate_bps=estimate_bps,
            packets=self.packets if up else sum(copy.packets for copy in copies),
            bytes=self.bytes if up else sum(copy.bytes for copy in copies),
            tracks=tracks,
            copies=copies,
        )

    # From the port.

    def checked(self, request: BindingRequest, path: Path) -> None:
        now = self._hub.loop.time()
        # After a restart the first path is used at once: the old ones are likely to lead nowhere.
        forgotten = self._paths.checked(path, nominates=self._follows(request) or request.nominates, now=now)
        self._hub.port.forget(self, forgotten)
        self._silent_since = now
        self._open_lane()
        self._begin_handshake()

    def holds(self, path: Path) -> bool:
        return self._paths.holds(path, now=self._hub.loop.time())

    def gone(self, path: Path) -> None:
        """Its connection has ended, or it is another transport's.  Without any, we wait for one to come."""
        self._paths.gone(path)
        self._open_lane()

    def dtls(self, record: bytes) -> None:
        if not self._records.take(now=self._hub.loop.time()):
            self._drop["flood"] += 1
            return
        if not self._dtls.feed(record):
            self._drop["dtls_queue"] += 1
        self._begin_handshake()

    def media(self, arrival: Arrival, *, now: float) -> None:
        if self._srtp is None:
            self._drop["before_handshake"] += 1
            return
        view, size = arrival.view, arrival.size
        control = rtp.is_rtcp(view)
        if not self._limit.admits(size, control=control, now=now):
            self._drop["too_much"] += 1
        elif size < rtp.HEADER_BYTES:
            self._drop["srtp"] += 1
        elif control:
            self._control(self._srtp[0], bytes(arrival), now)
        else:
            stream = view[8:12].tobytes()
            known = stream in self._streams
            if not known and len(self._streams) >= STREAMS_MAX:
                self._drop["too_many_streams"] += 1
            elif (plain := arrival.unprotect(self._srtp[0])) is None:
                self._drop["srtp"] += 1
            else:
                if not known:
                    self._streams.add(stream)
                    self._dtls.settled()
                self._limit.proved()
                self.packets += 1
                self.bytes += size
                self._owner.rtp(plain, now=now)

    def _control(self, session: pylibsrtp.Session, packet: bytes, now: float) -> None:
        try:
            plain = session.unprotect_rtcp(packet)
        except (pylibsrtp.Error, ValueError):
            self._drop["srtp"] += 1
        else:
            self._limit.proved()
            self._dtls.settled()
            self._silent_since = now  # libnice, and so GStreamer, checks no more once it is connected
            self._owner.rtcp(plain, now=now)

    # From the owner.

    def send_rtp(self, packet: bytes) -> None:
        """One packet by itself: a retransmission."""
        if self._srtp is not None:
            self._send_protected(self._srtp[1].protect, packet)

    def send_rtcp(self, compound: bytes) -> None:
        if self._srtp is not None:
            self._send_protected(self._srtp[1].protect_rtcp, compound)

    def tick(self, *, now: float) -> None:
        """Notice a client that has gone silent (RFC 7675): no check of it has come, and no RTCP."""
        if self._silent_since is not None and now - self._silent_since > CONSENT_S:
            self._lost("no consent" if self._paths.selected else "no check ever came", silent=True)

    def close(self) -> None:
        """Tell the other side, and be gone.  The owner hears nothing more."""
        if self._closed:
            return
        self._closed = True
        self._hub.handshakes.leave(self)
        self._silent_since = self._srtp = self.lane = None
        self._owner.moved()
        self._hub.port.withdraw(self._credentials)
        self._hub.port.withdraw(self.local.credentials)
        self._hub.port.forget(self, self._paths.known())
        self._hub.tasks.spawn(self._stop())

    # From another, whose handshake is to begin.

    def give_way(self) -> None:
        """Our handshake does not get on, and there are too many (MEDIA-67).  The client may begin again."""
        self._hub.counters.failed += 1
        self._lost("the handshake did not get on", silent=True)

    # Within.

    def _send(self, datagram: bytes) -> None:
        if self._paths.selected is not None:
            self._paths.selected.send(datagram)

    def _send_protected(self, protect: Callable[[bytes], bytes], plain: bytes) -> None:
        try:
            self._send(protect(plain))
        except (pylibsrtp.Error, ValueError):  # too old for its window, or too long for pylibsrtp's buffer
            self._drop["not_protected"] += 1

    def _follows(self, request: BindingRequest) -> bool:
        """Is this the first check after a restart?"""
        newest = self.local.credentials
        if newest is self._credentials or request.local_ufrag != newest.ufrag:
            return False
        self._hub.port.withdraw(self._credentials)
        self._credentials = newest
        return True

    def _open_lane(self) -> None:
        path = self._paths.selected
        if path == self._lane_to:
            return
        self.lane, self._lane_to = None, None
        if self._srtp is not None and path is not None:
            self.lane, self._lane_to = path.wire.lane(self._srtp[1], path.address), path
        self._owner.moved()

    def _begin_handshake(self) -> None:
        """As soon as it can be: a ClientHello may be faster than the answer that names its fingerprint."""
        if self.remote is None or self._handshake is not None or self._closed:
            return
        if not (self._dtls.waiting or (self._dtls.begins and self._paths.selected is not None)):
            return
        places, now = self._hub.handshakes, self._hub.loop.time()
        if places.full and (stalled := places.stalled(now=now)) is not None:
            stalled.give_way()
        if places.full:
            self._drop["handshakes"] += 1
            return
        places.take(self, now=now)
        self._handshake = self._hub.tasks.spawn(self._shake_hands(self.remote))

    async def _shake_hands(self, remote: Security) -> None:
        sessions = None
        try:
            sessions = await self._dtls.handshake(remote.fingerprints, self._got_on)
        except Exception:  # ours or a library's bug: this client's connection fails, nobody else's
            log.exception("a DTLS handshake raised")
        finally:
            self._hub.handshakes.leave(self)
        if self._closed:
            return
        if sessions is None:
            self._hub.counters.failed += 1
            self._lost("handshake failed", silent=False)
            return
        self._hub.counters.connected += 1
        self._srtp = sessions
        self._open_lane()
        self._dtls.when_closed(self._ended)
        self._owner.connected()

    def _got_on(self) -> None:
        self._hub.handshakes.got_on(self, now=self._hub.loop.time())

    def _ended(self) -> None:
        self._lost("ended by the client", silent=False)

    def _lost(self, why: str, *, silent: bool) -> None:
        if not self._closed:
            log.info("media connection %s lost: %s", self.number, why)
            self.close()
            self._owner.lost(silent=silent)

    async def _stop(self) -> None:
        if self._handshake is not None:
            self._handshake.cancel()
        await self._dtls.stop()


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)
