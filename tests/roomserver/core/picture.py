"""What a client knows that applies everything it is told, and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec.structs import replace as replaced

from protocol import events as e
from protocol import notices as n
from roomserver.core import boarding
from whiteboard import Board


@dataclass
class Known:
    """One member, as a client sees them."""

    name: str
    role: str
    can: set[str]
    muted: set[str]
    away: bool = False
    heads: int | None = None

    @property
    def is_learner(self) -> bool:
        return self.role in ("student", "classroom")


@dataclass
class Picture:
    """A client's own fold of a welcome, snapshots and events.  `seq` and `epoch` are what it resumes with."""

    seq: int = 0
    epoch: int = 0
    members: dict[int, Known] = field(default_factory=dict)
    hands: list[int] = field(default_factory=list)
    stage: list[int] = field(default_factory=list)
    chat: dict[int, str] = field(default_factory=dict)
    poll: n.PollView | None = None
    checkin: n.CheckinView | None = None
    comments: dict[int, str] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)
    paused: bool = False
    locked: bool = False
    state: str = "waiting"
    board: Board = field(default_factory=Board)

    def hear(self, message: Any) -> None:
        match message:
            case n.Welcome(room=room, board=board, seq=seq, epoch=epoch):
                self.epoch = epoch
                if room is not None and board is not None:
                    self._replace(room, dict(board))
                else:
                    assert seq == self.seq
                self.seq = seq
            case n.Snapshot(room=room, board=board, seq=seq):
                self._replace(room, dict(board))
                self.seq = seq
            case n.BoardChunk(shapes=chunk):
                self.board.fill(chunk)
            case e.Event(seq=seq) | e.StrokeExtended(seq=seq):
                assert seq > self.seq, "an event is heard once, and in order"
                self.seq = seq
                self._apply(message)

    def _replace(self, room: n.RoomView, board: dict[str, Any]) -> None:
        self.members = {
            one.member: Known(one.name, one.role, set(one.can), set(one.muted), one.away, one.heads)
            for one in room.members
        }
        self.hands, self.stage = list(room.hands), list(room.stage)
        self.chat = {line.seq: line.text for line in room.chat}
        self.held = {line.seq: line.text for line in room.held}
        self.locked, self.state, self.paused = room.locked, room.state, room.paused is not None
        self.poll, self.checkin = room.poll, room.checkin
        if self.poll is not None:
            self.poll = replaced(self.poll, votes=tuple(sorted(self.poll.votes)))
        if self.checkin is not None:
            self.checkin = replaced(self.checkin, answered=tuple(sorted(self.checkin.answered)))
        self.comments = {one.seq: one.text for one in room.comments or ()}
        self.board = Board.restore(board)

    def _apply(self, event: Any) -> None:
        if type(event) in boarding.CHANGES:
            self.board.apply(boarding.to_change(event))
            return
        match event:
            case e.EpochRaised(epoch=epoch):
                self.epoch = epoch
                for one in self.members.values():
                    one.away = True
            case e.MemberJoined(member=member):
                self.members[member] = Known(event.name, event.role, {*event.can}, {*event.muted}, heads=event.heads)
                if event.on_stage:
                    self.stage.append(member)
            case e.MemberLeft(member=member):
                del self.members[member]
                self.hands = [one for one in self.hands if one != member]
                self.stage = [one for one in self.stage if one != member]
            case e.MemberAway(member=member) | e.MemberBack(member=member):
                self.members[member].away = isinstance(event, e.MemberAway)
            case e.HeadsChanged(member=member, count=count):
                self.members[member].heads = count
            case e.RoomPaused() | e.RoomResumed():
                self.paused = isinstance(event, e.RoomPaused)
            case e.RoomLive():
                self.state = "live"
            case e.RoomLocked(on=on):
                self.locked = on
            case e.RoomClosed():
                self.state, self.hands, self.stage, self.paused = "closed", [], [], False
            case e.ChatMessage(seq=seq, text=text, held=held):
                self.chat[seq] = text
                if held is not None:
                    self.held.pop(held, None)
            case e.ChatHeld(seq=seq, text=text):
                self.held[seq] = text
            case e.ChatDeleted(chat=chat):
                del (self.held if chat in self.held else self.chat)[chat]
            case e.HandRaised(member=member):
                self.hands.append(member)
            case e.HandLowered(member=member):
                self.hands.remove(member)
            case e.StageJoined(member=member, can=can):
                self.stage.append(member)
                self.members[member].can = set(can)
            case e.StageLeft(member=member, can=can):
                self.stage.remove(member)
                self.members[member].can = set(can)
            case e.Granted(can=can, on=on):
                for one in self._concerned(event.member):
                    one.can = one.can | set(can) if on else one.can - set(can)
            case e.MemberMuted(kind=kind, on=on):
                for one in self._concerned(event.member):
                    one.muted = one.muted | {kind} if on else one.muted - {kind}
            case e.PollOpened():
                asked = {name: getattr(event, name) for name in event.__struct_fields__ if name != "seq"}
                self.poll = n.PollView(**asked)
            case e.PollVoted(member=member, choice=choice):
                assert self.poll is not None
                votes = dict(self.poll.votes) | {member: choice}
                self.poll = replaced(self.poll, votes=tuple(sorted(votes.items())))
            case e.PollClosed(counts=counts, answer=answer):
                assert self.poll is not None
                self.poll = replaced(self.poll, closed=True, counts=counts, answer=answer)
            case e.CheckinOpened(checkin=number, member=member, at=at, seconds=seconds):
                self.checkin = n.CheckinView(checkin=number, member=member, at=at, seconds=seconds)
            case e.CheckinAnswered(member=member):
                assert self.checkin is not None
                self.checkin = replaced(self.checkin, answered=tuple(sorted({*self.checkin.answered, member})))
            case e.CheckinClosed(missing=missing):
                assert self.checkin is not None
                self.checkin = replaced(self.checkin, closed=True, missing=missing)
            case e.CommentAdded(seq=seq, text=text):
                self.comments[seq] = text

    def _concerned(self, member: Any) -> list[Known]:
        if member == "all":
            return [one for one in self.members.values() if one.is_learner]
        return [self.members[member]]

    def check(self, truth: n.Snapshot, chunks: Iterable[n.BoardChunk]) -> None:
        """The picture is what a snapshot at the same place would say."""
        other = Picture(epoch=self.epoch)
        for notice in (truth, *chunks):
            other.hear(notice)
        assert self.board.picture() == other.board.picture()
        assert replace(self, seq=truth.seq, board=other.board) == other  # the newest events may be for others
