"""People who draw, talk and raise hands until the room is over, whatever befalls their line, and keep account of it."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from websockets.exceptions import WebSocketException

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codec import JSON, Codec
from protocol.codes import CloseCode
from tests.support.member import Member

AGAIN_S = 0.05  # between two tries to connect
FINAL = frozenset({CloseCode.ROOM_CLOSED, CloseCode.NOT_ALLOWED, CloseCode.NO_ROOM})  # nothing more is to be said here


class Gone(Exception):
    """The line is lost."""


@dataclass
class Stay:
    """One connection, in milliseconds of the wall clock: what the record's attendance must agree with."""

    began: float
    welcomed: float
    proved: float | None = None  # when the newest command was sent that is known to be stored
    over: float = 0.0


@dataclass
class Actor:
    """One member.  `strokes` and `texts` are what was sent, by the id of its command."""

    member: Member
    name: str
    role: str
    chance: random.Random
    pause_s: float = 0.02
    texts: dict[int, str] = field(default_factory=dict)
    begun: dict[int, str] = field(default_factory=dict)  # id -> shape
    deltas: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # shape -> (id, dx)
    hands: list[int] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    sent_ms: dict[int, float] = field(default_factory=dict)
    score: tuple[int, int] | None = None  # (id, score) of the evaluation
    dropped: int = 0
    mark: int = 0  # of the messages, where the session began
    _session: str = ""
    _next_shape: int = 1
    _hand_up: bool = False
    _closed: bool = False
    _read: int = 0  # of the messages
    _drawing: str | None = None

    @property
    def staff(self) -> bool:
        return self.role in ("teacher", "assistant")

    @property
    def number(self) -> int:
        return self.member.client.member

    async def live(self) -> None:
        """Return when the room is over."""
        while self.member.close_code not in FINAL:
            try:
                await self._stay()
            except (Gone, OSError, WebSocketException, EOFError):
                await self._settle_account()
                await asyncio.sleep(AGAIN_S)

    async def _stay(self) -> None:
        mark, began = len(self.member.messages), now_ms()
        await self.member.connect()
        if not any(isinstance(said, n.Welcome) for said in self.member.messages[mark:]):
            raise Gone
        self._begin_session(mark)
        self.stays.append(Stay(began, now_ms()))
        while self.member.close_code is None:
            if self._is_over():
                await self._part()
            else:
                await self._act()
            await asyncio.sleep(self.chance.expovariate(1 / self.pause_s))
        raise Gone

    def _is_over(self) -> bool:
        """Has the room closed, as far as this member has heard?"""
        heard = self.member.messages
        self._closed |= any(isinstance(said, e.RoomClosed) for said in heard[self._read :])
        self._read = len(heard)
        return self._closed

    def _begin_session(self, mark: int) -> None:
        """A session that died before it was stored has taken everything with it: nothing of it was acknowledged."""
        client = self.member.client
        self._next_shape, self._drawing = max(self._next_shape, client.next_shape), None
        if self._session and self._session != client.session:
            assert not self.acknowledged()
            for account in (self.texts, self.begun, self.deltas, self.hands, self.sent_ms):
                account.clear()
            self.mark, self.score, self._hand_up, self._next_shape = mark, None, False, client.next_shape
        self._session = client.session

    def acknowledged(self) -> set[int]:
        """Ids of the commands that were answered by `ok`, over all connections of the session.

        Not those that a welcome has called taken: their answers were lost with the line, whatever they were.
        """
        known: set[int] = set()
        taken = 0
        for said in self.member.messages[self.mark :]:
            match said:
                case n.Welcome(last_id=last_id):
                    taken = max(taken, last_id)
                case n.Ok(id=id):
                    known |= set(range(taken + 1, id + 1))
                    taken = max(taken, id)
        return known - {said.id for said in self.member.messages[self.mark :] if isinstance(said, n.Error)}

    async def _settle_account(self) -> None:
        await self.member._stop()  # everything that was heard on this line has been heard
        if self.stays and not self.stays[-1].over:
            stay = self.stays[-1]
            stay.over = now_ms()
            known = self.acknowledged()
            proved = [sent for id, sent in self.sent_ms.items() if id in known and sent >= stay.welcomed]
            stay.proved = max(proved, default=None)

    @property
    def _next_id(self) -> int:
        """Of the command that is sent next; it is put to account before, since sending may end in the middle."""
        return self.member.client._last_id + 1

    async def _send(self, make: Callable[[int], c.RoomCommand]) -> None:
        self.sent_ms[self._next_id] = now_ms()
        await self.member.send(make)

    async def _act(self) -> None:
        act = self.chance.random()
        if self._drawing:
            await self._draw_on(self._drawing)
        elif act < 0.5:
            await self._begin()
        elif act < 0.8:
            await self._talk()
        elif act < 0.9 and not self.staff:
            await self._hand()
        elif act < 0.95:
            await self._send(lambda id: c.Undo(id=id))
        elif act < 0.98:
            self.dropped += 1
            await self.member.drop()
            raise Gone

    async def _begin(self) -> None:
        shape = self._drawing = f"{self.number}.{self._next_shape}"
        self._next_shape += 1
        self.deltas[shape] = []
        at = (self.chance.randrange(8_000), self.chance.randrange(9_000))
        self.begun[self._next_id] = shape
        await self._send(
            lambda id: c.BeginStroke(id=id, shape=shape, page=1, kind="pen", color="#0044aa", width=20, at=at)
        )

    async def _draw_on(self, shape: str) -> None:
        deltas = self.deltas[shape]
        if len(deltas) >= self.chance.randrange(2, 30):
            self._drawing = None
            await self._send(lambda id: c.FinishStroke(id=id, shape=shape))
            return
        for _ in range(self.chance.randrange(1, 4)):
            dx = len(deltas) + 1  # each different, so that one which is missing or doubled shows
            deltas.append((self._next_id, dx))
            await self._send(lambda id, dx=dx: c.ExtendStroke(id, shape, (dx, 0)))  # type: ignore[misc]

    async def _talk(self) -> None:
        text = f"{self.name} {len(self.texts)}"
        to = self.chance.choice(["all", "all", "staff"])
        self.texts[self._next_id] = text
        await self._send(lambda id: c.SendChat(id=id, text=text, to=to))  # type: ignore[arg-type]

    async def _hand(self) -> None:
        self._hand_up = not self._hand_up
        self.hands.append(self._next_id)
        await self._send(lambda id: c.RaiseHand(id=id) if self._hand_up else c.LowerHand(id=id))

    async def _part(self) -> None:
        if self.role == "student" and self.score is None:
            score = self.chance.randint(1, 5)
            self.score = (self._next_id, score)
            await self._send(lambda id: c.Evaluate(id=id, score=score))


def now_ms() -> float:
    return time.time() * 1000


def actor(url: str, room: str, name: str, role: str, token: str, chance: random.Random, codec: Codec = JSON) -> Actor:
    return Actor(Member(url, room, token, codec), name, role, chance)
