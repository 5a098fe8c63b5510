"""At the door of a room: the ledger is asked, and who comes in here is in no other room any more.

A lobby asks before what the door of a lesson would say.  It decides nothing: `core/ledger.py` does.
Rules: CLAIM-*, CALL-11 in docs/rules.md.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo

from ..core.arrival import Arrival
from ..core.calls import Asked, Barred
from ..core.errors import Refused
from ..core.forms import Booking, Form
from ..core.ledger import MS, Ask, Granted, decide, week_of
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
        if (left := self._left(granted, arrival)) is not None:
            await _kept(left)
            granted = await self._ledger.reserve(question)
            self._left(granted, arrival)
        return replace(arrival, granted=granted)

    async def foresee(self, asked: Asked, arrival: Arrival | None) -> Barred | None:
        """Whom of the two the door of a lesson would not let in now; nothing is taken.

        Args:
            arrival: whoever asks, by their token.  Where it is not good, or another's, that door asks for one first.

        Raises:
            StoreFailed: there is no answer.
        """
        own = [] if arrival is None or arrival.identity != asked.identity else [(asked.member, arrival)]
        others = [] if asked.caller is None else [asked.caller]
        for member, one in own + others:
            try:
                await self._foresee(asked.lessons, one)
            except Refused as refused:
                return Barred(member, refused)
        return None

    async def _foresee(self, lessons: Sequence[Booking], arrival: Arrival) -> None:
        """
        Raises:
            Refused: by the door of one of them.
        """
        form = self._rooms.form(lessons[0].form)
        if form is None:  # the configuration has changed: there will be no such lesson
            return
        questions = [self._question(lesson, form, arrival) for lesson in lessons]
        known = await self._ledger.standing(questions[0])
        room = None if known.claim is None else self._rooms.get(known.claim)
        if room is not None:
            await _kept(room)
            known = await self._ledger.standing(questions[0])
        for question in questions:
            decide(question, known)

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


async def _kept(room: Runner) -> None:
    """What it has yet to store counts, too."""
    with suppress(TimeoutError):
        async with asyncio.timeout(KEPT_S):
            await room.kept()
