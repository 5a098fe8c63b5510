"""A client as a pure state machine: bytes in, messages and bytes out.  Asyncio tests and load users drive the same one.

It numbers commands, keeps those without an answer, remembers how far it has seen, and knows what to say after a lost
connection.  It opens no socket and keeps no picture of the room.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import commands as c
from . import events as e
from . import notices as n
from .codec import JSON, Codec, Down

Frame = str | bytes
ALONE = c.PublishMedia | c.AnswerMedia  # have answers of their own, which an `ok` for a later command says nothing of
MEDIA = c.PublishMedia | c.AnswerMedia | c.RestartMedia | c.WantMedia  # never sent again: the server offers afresh


@dataclass(slots=True)
class Client:
    """One member's session, over as many connections as it takes."""

    room: str
    token: str = ""
    codec: Codec = JSON
    session: str = ""
    member: int = 0
    epoch: int = 0
    seq: int = 0  # the newest event seen
    next_shape: int = 1
    bye: n.Bye | None = None
    _chunks_due: int = 0  # of the board that the newest welcome or snapshot has announced
    _last_id: int = 0
    _unanswered: dict[int, c.RoomCommand] = field(default_factory=dict)

    def hello(self) -> Frame:
        """The first message of a connection: a new session, or the one that was lost."""
        seen = 0 if self._chunks_due else self.seq  # half a board is none
        resume = c.Resume(session=self.session, epoch=self.epoch, seq=seen) if self.session else None
        self.bye = None
        return self.encode(c.Hello(id=1, room=self.room, token=self.token, resume=resume))

    def command(self, make: Callable[[int], c.RoomCommand]) -> Frame:
        """The next command: `make` gets its id."""
        self._last_id += 1
        command = self._unanswered[self._last_id] = make(self._last_id)
        return self.encode(command)

    def encode(self, message: c.Up) -> Frame:
        frame = self.codec.encode(message)
        return frame.decode() if self.codec.text else frame

    @property
    def unanswered(self) -> int:
        return len(self._unanswered)

    def receive(self, frame: Frame) -> tuple[Down | None, list[Frame]]:
        """What a frame says (None: unknown to this client), and what must be sent because of it.

        Raises:
            ValueError: it is not a message.
        """
        message = self.codec.decode_down(frame)
        match message:
            case n.Welcome():
                return message, self._welcomed(message)
            case n.Ok(id=id):
                for number in [number for number, kept in self._unanswered.items() if answers(id, number, kept)]:
                    del self._unanswered[number]
            case n.Error(id=id):
                self._unanswered.pop(id, None)
            case n.Snapshot(seq=seq, board=board):
                self.seq, self._chunks_due = seq, chunks_of(board)
            case n.BoardChunk():
                self._chunks_due -= 1
            case n.Bye():
                self.bye = message
            case e.EpochRaised(seq=seq, epoch=epoch):
                self.seq, self.epoch = seq, epoch
            case e.Event(seq=seq) | e.StrokeExtended(seq=seq):
                self.seq = seq
        return message, []

    def _welcomed(self, welcome: n.Welcome) -> list[Frame]:
        if welcome.session != self.session:  # a new session: what the old one had not answered is lost with it
            self._unanswered.clear()
            self._last_id = welcome.last_id
        self.session, self.member, self.epoch = welcome.session, welcome.member, welcome.epoch
        self.seq, self.next_shape = welcome.seq, welcome.next_shape
        self._chunks_due = chunks_of(welcome.board or {})
        # What was taken and not answered may never reach the disk: only an answer ends a command.
        self._unanswered = {id: kept for id, kept in self._unanswered.items() if not isinstance(kept, MEDIA)}
        return [self.encode(command) for command in self._unanswered.values()]


def answers(ok: int, id: int, command: c.RoomCommand) -> bool:
    """Does an `ok` answer this command?"""
    return id == ok or (id < ok and not isinstance(command, ALONE))


def chunks_of(board: Mapping[str, Any]) -> int:
    """How many `board.chunk` follow the board of a welcome or a snapshot."""
    return sum(page["chunks"] for page in board.get("pages", ()))
