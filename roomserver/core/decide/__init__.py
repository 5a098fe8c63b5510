"""Deciding: a command and the state in, the events that it causes out, or a refusal before anything has changed.

One short function a command.  None of them changes the state: the log's next events do (happened/).  The table of
rights has been asked already.
"""

from typing import assert_never

from protocol import commands as c

from ..log import Draft
from ..people import Person
from ..state import RoomState
from ..words import Words
from . import asking, board, calling, floor, heads, media, moderation, talk


def decide(state: RoomState, me: Person, command: c.RoomCommand, words: Words) -> list[Draft]:
    """What a command causes.

    Raises:
        Refused: the room will not carry it out.
    """
    match command:
        case c.ExtendStroke() | c.PublishMedia() | c.AnswerMedia() | c.RestartMedia() | c.WantMedia() | c.EndRoom():
            return []  # the room itself carries these out
        case c.BeginStroke() | c.FinishStroke():
            return board.draw(state, me, command)
        case _ if isinstance(command, c.Objects):
            return board.draw(state, me, command)
        case _ if isinstance(command, c.Paging):
            return board.pages(state, me, command)
        case c.SendChat():
            return talk.send(state, me, command, words)
        case c.DeleteChat():
            return talk.delete(state, me, command)
        case c.PassChat():
            return talk.let_through(state, me, command)
        case c.RaiseHand():
            return talk.raise_hand(state, me)
        case c.LowerHand():
            return talk.lower_hand(state, me, command)
        case c.InviteToStage():
            return floor.invite(state, me, command)
        case c.LeaveStage():
            return floor.step_down(state, me, me.member)
        case c.RemoveFromStage():
            return floor.step_down(state, me, command.member)
        case c.Grant():
            return floor.grant(state, me, command)
        case c.Mute():
            return floor.mute(state, me, command, on=True)
        case c.Unmute():
            return floor.mute(state, me, command, on=False)
        case c.RemoveMember():
            return moderation.remove(state, me, command)
        case c.SetHeads():
            return heads.declare(state, me, command)
        case c.LockRoom():
            return moderation.lock(state, me, command)
        case c.Evaluate():
            return moderation.evaluate(state, me, command)
        case c.OpenPoll():
            return asking.open_poll(state, me, command)
        case c.Vote():
            return asking.vote(state, me, command)
        case c.ClosePoll():
            return asking.close_poll(state, me, command)
        case c.OpenCheckin():
            return asking.open_checkin(state, me, command)
        case c.AnswerCheckin():
            return asking.answer_checkin(state, me, command)
        case c.AddComment():
            return asking.comment(state, me, command)
        case c.MuteOwn():
            return media.mute_own(state, me, command)
        case c.BeginDuty():
            return calling.begin(state, me, command)
        case c.EndDuty():
            return calling.end(state, me)
        case c.MakeCall():
            return calling.make(state, me, command)
        case c.CancelCall():
            return calling.cancel(state, me)
        case c.AcceptCall():
            return calling.accept(state, me, command)
        case c.DeclineCall():
            return calling.decline(state, me, command)
        case c.AskLesson():
            return []  # the ledger has been asked, and says nothing against it
        case _:
            assert_never(command)
