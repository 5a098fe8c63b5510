"""Who comes on the evening, and what they do there: each by a chance of their own, so that a seed is an evening.

They know what a client knows: what they are told, who is on duty, which classes are announced.
"""

import asyncio
import random
from abc import ABC, abstractmethod

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import CloseCode, ErrorCode
from protocol.fields import Role

from .world import ENDS, LOBBY_NAME, Client, Left, World

EVER = 12_000.0  # seconds: longer than the evening
HOPELESS = frozenset({CloseCode.REPLACED, CloseCode.NO_ROOM, CloseCode.ROOM_CLOSED, CloseCode.NOT_ALLOWED})


class Person(ABC):
    """One identity.  `client` of another room than the lobby is where they are now."""

    role: Role

    def __init__(self, world: World, identity: str, seed: int) -> None:
        self.world = world
        self.identity = identity
        self.chance = random.Random(f"{identity} {seed}")

    @abstractmethod
    async def evening(self) -> None:
        """All that they do."""

    async def waits(self, least: float, most: float | None = None) -> None:
        seconds = least if most is None else self.chance.uniform(least, most)
        await self.world.clock.wait(asyncio.Event(), self.world.clock.now() + round(seconds))

    def maybe(self, percent: float) -> bool:
        return self.chance.random() * 100 < percent

    @property
    def left_s(self) -> float:
        return ENDS - self.world.clock.now()

    async def comes(self, room: str, before: Client | None = None, left: Left | None = None) -> Client:
        return await self.world.comes(self.identity, self.role, room, before=before, left=left)

    async def again(self, lost: Client) -> Client | None:
        """The line is gone: they come again until they are in, or it is no use."""
        while lost.hung not in HOPELESS and self.left_s > 0:
            await self.waits(1, 9)
            found = await self.comes(lost.room, lost)
            if found.hung is None:
                return found
            lost = found if found.session else _as(lost, found)
        return None


def _as(before: Client, refused: Client) -> Client:
    """Not let in, they still have the session from before."""
    refused.session = before.session
    return refused


class Student(Person):
    role: Role = "student"

    async def evening(self) -> None:
        await self.waits(0, 10_400)
        keen = self.maybe(15)  # they take no rest unless they are told to
        for _ in range(6 if keen else self.chance.choice((1, 1, 2, 2, 3))):
            if self.left_s < 300:
                return
            if self.maybe(80 if keen else 45):
                await self.attends_class()
            else:
                await self.calls_somebody()
            await self.waits(1, 5 if keen else self.chance.choice((5, 300, 900)))

    # One to many

    async def attends_class(self) -> None:
        if room := self._chosen_class():
            await self.attends(room)

    def _chosen_class(self, but: str = "") -> str | None:
        """One of the three newest: where something goes on."""
        newest = [room for room in self.world.classes if room != but][-6:]
        return self.chance.choice(newest) if newest else None

    # One to one

    async def calls_somebody(self) -> None:
        lobby: Client | None = await self.comes(LOBBY_NAME)
        for _ in range(4):
            if lobby is None or lobby.hung is not None:
                return
            if await self._calls(lobby):
                room, lobby = await self._hears_of_a_lesson(lobby)
                if room is not None:
                    if self.maybe(97):
                        await self.attends(room)
                    break
            await self.waits(5, 60)
        if lobby is not None:
            lobby.goes(for_good=self.maybe(80))

    async def _calls(self, lobby: Client) -> bool:
        """One of three teachers on duty, the one with the shortest queue."""
        assert lobby.runner is not None
        duties = lobby.runner.room.state.lobby.duties
        looked_at = self.chance.sample(sorted(duties), min(3, len(duties)))
        if not looked_at:
            return False
        lobby.forgets()
        await lobby.meets(c.MakeCall, teacher=min(looked_at, key=lambda teacher: len(duties[teacher].queue)))
        return True

    async def _hears_of_a_lesson(self, lobby: Client) -> tuple[str | None, Client | None]:
        """Where the lesson is, if it comes to one; and the line to the lobby, which may have been lost meanwhile."""
        patience = self.chance.uniform(60, 1_200)
        while True:
            heard = await lobby.hears(e.CallAccepted, e.CallEnded, n.Error, within=patience)
            if isinstance(heard, e.CallAccepted):
                return heard.room, lobby
            if lobby.hung is None:
                if heard is None:
                    lobby.does(c.CancelCall)
                elif isinstance(heard, n.Error):
                    await self._cures(heard)
                return None, lobby
            back = await self.again(lobby)
            if back is None or (room := self._accepted_meanwhile(back)) is not None:
                return (None if back is None else room), back
            lobby = back

    def _accepted_meanwhile(self, lobby: Client) -> str | None:
        """As `welcome` shows it."""
        assert lobby.runner is not None
        known = lobby.runner.room.state.lobby
        call = known.calls.get(known.of.get(lobby.member, 0))
        return None if call is None else call.room

    # A lesson

    async def attends(self, room: str) -> None:
        client: Client | None = await self._let_in(room)
        while client is not None:
            mood = self.chance.choices(("stays", "leaves", "drops", "vanishes", "wanders"), (76, 8, 10, 3, 3))[0]
            closed = await client.hears(
                e.RoomClosed, within=EVER if mood == "stays" else self.chance.uniform(30, 1_500)
            )
            if closed is not None:
                await self._evaluates(client)
                return
            if client.hung is not None:
                client = await self.again(client)
            elif mood == "drops":
                client.goes(for_good=False)
                await self.waits(1, 120)
                client = await self._comes_back(client)
            elif mood == "wanders" and (other := self._chosen_class(but=room)):
                newer = await self._let_in(other)
                client = client if newer is None else newer
            else:
                client.goes(for_good=mood == "leaves")
                return

    async def _comes_back(self, lost: Client) -> Client | None:
        back = await self.comes(lost.room, lost)
        return back if back.hung is None else await self.again(_as(lost, back))

    async def _let_in(self, room: str) -> Client | None:
        for _ in range(4):
            client = await self.comes(room)
            if client.hung is None:
                return client
            refused = client.refused
            if refused is None or refused.code not in (ErrorCode.EVALUATION_DUE, ErrorCode.REST_NEEDED):
                return None
            await self._cures(refused)
        return None

    async def _cures(self, refused: n.Error) -> None:
        """What can be cured, at a door or in the lobby."""
        if refused.code is ErrorCode.EVALUATION_DUE and refused.room is not None:
            await self.waits(1, 40)
            if self.maybe(70):
                await self.world.evaluates(self.identity, refused.room, self.chance.randint(1, 5))
                await self.waits(1)
        elif refused.code is ErrorCode.REST_NEEDED and refused.retry_in_s is not None:  # the impatient come too early
            await self.waits(max(1, refused.retry_in_s * self.chance.choice((0.3, 1, 1, 1.2))))

    async def _evaluates(self, client: Client) -> None:
        """In the room at once, later from outside, or not unless they must."""
        mood = self.chance.choices(("now", "later", "not"), (65, 12, 23))[0]
        if mood == "now":
            await self.waits(1, 90)
            client.does(c.Evaluate, score=self.chance.randint(1, 5))
            await client.hears(n.Ok, n.Error, within=60)
        elif mood == "later":
            await self.waits(130, 900)
            await self.world.evaluates(self.identity, client.room, self.chance.randint(1, 5))


class Teacher(Person):
    role: Role = "teacher"

    async def teaches(self, room: str, minutes: float, left: Left | None = None) -> bool:
        """Until the lesson is over; False: they were not let in."""
        client: Client | None = await self.comes(room, left=left)
        if client is None or client.hung is not None:
            self.refused = None if client is None else client.refused
            return False
        until = self.world.clock.now() + minutes * 60
        while client is not None:
            mood = self.chance.choices(("stays", "drops", "vanishes"), (86, 12, 2))[0]
            within = until - self.world.clock.now() if mood == "stays" else self.chance.uniform(30, 900)
            if await client.hears(e.RoomClosed, within=max(1, within)) is not None:
                return True
            if client.hung is not None:
                client = await self.again(client)
            elif mood == "drops":
                client.goes(for_good=self.maybe(30))
                await self.waits(1, self.chance.choice((50, 90, 400)))
                back = await self.comes(room, client, left)
                client = back if back.hung is None else await self.again(_as(client, back))
            elif mood == "vanishes":
                client.goes(for_good=False)
                return True
            elif self.world.clock.now() >= until:
                client.does(c.EndRoom)
                await client.hears(e.RoomClosed, within=30)
                return True
        return True


class Caller(Teacher):
    """Is on duty in the lobby for hours, and gives one-to-one lessons."""

    async def evening(self) -> None:
        await self.waits(60, 3_000)
        while self.left_s > 600:
            lobby = await self.comes(LOBBY_NAME)
            if lobby.hung is None:
                await self._is_on_duty(lobby, self.world.clock.now() + self.chance.uniform(1_800, 9_000))
            await self.waits(10, 200)

    async def _is_on_duty(self, lobby: Client, until: float) -> None:
        subject = self.chance.choice(("physics", "history", "chinese"))
        await lobby.meets(c.BeginDuty, subjects=(subject,), grades=("7",))
        while (left_s := until - self.world.clock.now()) > 0 and self.left_s > 300:
            rings = await lobby.hears(e.CallRings, within=left_s)
            if lobby.hung is not None:
                back = await self.again(lobby)
                if back is None:
                    return
                lobby = back
                await lobby.meets(c.BeginDuty, subjects=(subject,), grades=("7",))
            elif rings is not None:
                await self._answers(lobby, rings.call)
        lobby.does(c.EndDuty)
        lobby.goes(for_good=self.maybe(80))

    async def _answers(self, lobby: Client, call: int) -> None:
        await self.waits(1, self.chance.choice((10, 20, 40)))
        if self.maybe(10):
            lobby.does(c.DeclineCall, call=call)
            return
        await lobby.meets(c.AcceptCall, call=call)
        accepted = await lobby.hears(e.CallAccepted, n.Error, within=10)
        if isinstance(accepted, e.CallAccepted):
            await self.waits(0, 20)
            await self.teaches(accepted.room, self.chance.uniform(2, 34))


class Lecturer(Teacher):
    """Gives one class after the other, as often as the rules let them, and tries it when they do not."""

    async def evening(self) -> None:
        await self.waits(0, 900)
        while self.left_s > 600:
            in_vain = self.maybe(25)  # nobody is told, nobody comes, and the room is left as it is
            room = await self.world.announces(self.identity, told=not in_vain)
            if room is None:
                await self.waits(20, 60)
                continue
            if in_vain:
                client = await self.comes(room)
                await self.waits(20, 100)
                client.goes()
                continue
            remaining_s = self.chance.choice((None, None, None, 1_200, 2_400))
            left = None if remaining_s is None else Left(remaining_s, self.world.now_ms)
            while not await self.teaches(room, self.chance.uniform(5, 34), left):
                if self.refused is None or self.refused.retry_in_s is None or self.left_s < 600:
                    break
                if self.refused.code is ErrorCode.QUOTA_EXCEEDED:
                    self.world.classes.pop(room, None)
                    return
                await self.waits(max(1, self.refused.retry_in_s * self.chance.choice((0.2, 0.5, 1, 1))))
            self.world.classes.pop(room, None)
            await self.waits(1, self.chance.choice((10, 500, 900)))
