"""A node without sockets: rooms on a real store, with nobody to hear them and no media."""

import time
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol import commands as c
from protocol.codec import JSON
from roomserver.core.arrival import Arrival
from roomserver.core.calendar import Calendar, Dates
from roomserver.core.forms import FORMS, Form, relaxed
from roomserver.shell.clock import Clock, SteadyClock
from roomserver.shell.link import Link
from roomserver.shell.metrics import Metrics
from roomserver.shell.recordings import Recordings
from roomserver.shell.relays import Relays
from roomserver.shell.rooms import Rooms
from roomserver.shell.runner import Runner
from roomserver.shell.signing import Signer
from roomserver.shell.store import Store


class NoMedia:
    """Media that nobody forwards; what it is told is kept."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def open_room(self, room: str, say: object) -> "NoMedia":
        return self

    def tell(self, order: object) -> None:
        self.told.append(order)

    def close(self) -> None: ...


class DeafLink:
    """A client that hears nothing and is always ready for more."""

    line, codec, member, backlog = 1, JSON, 0, 0

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def node(
    store: Store,
    clock: Clock | None = None,
    media: NoMedia | None = None,
    forms: Mapping[str, Form] | None = None,
    lobbies: Mapping[str, str] | None = None,
    calendar: Calendar | None = None,
) -> Rooms:
    return Rooms(
        forms=forms or {name: relaxed(form) for name, form in FORMS.items()},
        calendar=calendar or Calendar(Dates(), UTC),
        store=store,
        media=cast(Any, media or NoMedia()),
        relays=Relays((), "", valid_s=0, now=time.time),
        clock=cast(SteadyClock, clock or SteadyClock()),
        recordings=Recordings(Path("/nowhere")),
        signer=Signer(Ed25519PrivateKey.generate()),
        metrics=Metrics(),
        source="tests",
        lobbies=lobbies,
    )


async def comes(runner: Runner, link: DeafLink | None = None) -> None:
    """The teacher comes; return when that is durable."""
    arrival = Arrival("li", "Li", "teacher", None, "a session", b"salt")
    runner.enter(cast(Link, link or DeafLink()), c.Hello(id=1, room="r-1"), arrival)
    await runner.settled()
