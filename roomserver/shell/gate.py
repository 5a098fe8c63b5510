"""At the door of a room: the ledger is asked, and who comes in here is in no other room any more.

It decides nothing: `core/ledger.py` does.  Rules: CLAIM-* in docs/rules.md.
"""

from dataclasses import replace
from datetime import tzinfo

from ..core.arrival import Arrival
from ..core.forms import Booking, Form
from ..core.ledger import MS, Ask, week_of
from .clock import Clock
from .ledger import Ledger
from .rooms import Rooms


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
        granted = await self._ledger.reserve(self._question(booking, form, arrival))
        other = None if granted.replaces is None else self._rooms.get(granted.replaces)
        if other is not None:
            other.replaced(arrival.identity)
        return replace(arrival, granted=granted)

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
            forms=arrival.forms,
            subjects=arrival.subjects,
        )
