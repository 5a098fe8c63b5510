"""At the door of a room: the ledger is asked, and who comes in here is in no other room any more.

It decides nothing: `core/ledger.py` does.  Rules: CLAIM-* in docs/rules.md.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo

from ..core.arrival import Arrival
from ..core.forms import Booking, Form
from ..core.ledger import MS, Ask, Granted, week_of
from .clock import Clock
from .ledger import Ledger
from .rooms import Rooms
from .runner import Runner

KEPT_S = 1.0  # for the disk to take what the room before has yet to store


class Gate:
    """Of all rooms of this node."""

    def __init__(self, rooms: Rooms, ledger: Ledger, clock: Clock, zone: tzinfo) -> None:
        self._rooms = rooms
        self._ledger = ledger
        self._clock = clock
        self._zone = zone

    async def ask(self, booking: Booking, form: Form, arrival: Arrival) -> Arrival:
        """The arrival with what the ledger grants it.  Answers come in the order of the questions.

        Raises:
            Refused: it is not let in.
            StoreFailed: there is no answer.
        """
        question = self._question(booking, form, arrival)
        granted = await self._ledger.reserve(question)
        if (left := self._left(granted, arrival)) is not None:  # what that room has yet to store counts, too
            with suppress(TimeoutError):
                async with asyncio.timeout(KEPT_S):
                    await left.kept()
            granted = await self._ledger.reserve(question)
            self._left(granted, arrival)
        return replace(arrival, granted=granted)

    def _left(self, granted: Granted, arrival: Arrival) -> Runner | None:
        """The room that they have left by coming here, where it is open on this node."""
        room = None if granted.replaces is None else self._rooms.get(granted.replaces)
        if room is not None:
            room.replaced(arrival.identity)
        return room

    def _question(self, booking: Booking, form: Form, arrival: Arrival) -> Ask:
        now_ms = round(self._clock.now() * MS)
        return Ask(
            identity=arrival.identity,
            role=arrival.role,
            room=booking.room,
            form=form,
            now_ms=now_ms,
            week=week_of(now_ms, form.week_begins, self._zone),
            school=arrival.school,
            form_name=booking.form,
            subject=booking.subject,
            remaining_s=arrival.remaining_s,
            issued_ms=arrival.issued_ms,
            forms=arrival.forms,
            subjects=arrival.subjects,
        )
