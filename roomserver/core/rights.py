"""Who may send what: the one table.  A command that is not here cannot be sent (a test says that all are).

What a table cannot say (one's own line of chat, a teacher whom an assistant would remove) is said where it is decided.
Rules: RIGHT-* in docs/rules.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from protocol import commands as c
from protocol.codes import ErrorCode
from protocol.fields import Right, Role, Source

from .errors import Refused

STAFF: frozenset[Role] = frozenset({"teacher", "assistant"})
LEARNERS: frozenset[Role] = frozenset({"student", "classroom"})
COUNTING: frozenset[Role] = frozenset({"classroom", "assistant"})  # who says how many are before a device
PRESENT = STAFF | LEARNERS  # everybody but observers
EVERYONE: frozenset[Role] = PRESENT | {"observer"}
EVERY_RIGHT: frozenset[Right] = frozenset({"chat", "draw", "speak", "camera", "screen"})

SOURCE_RIGHT: Mapping[Source, Right] = {
    "microphone": "speak",
    "camera": "camera",
    "screen": "screen",
    "screen_audio": "screen",
}

Device = Literal["whip", "whep"]
DEVICES: Mapping[Device, frozenset[Role]] = {  # who may be a device; what it publishes needs SOURCE_RIGHT besides
    "whip": STAFF | {"classroom"},
    "whep": STAFF | {"classroom", "observer"},
}


@dataclass(frozen=True, slots=True)
class Rule:
    """The roles that may send a command, and the right that learners among them need besides.

    `but_own_page`: not where the command touches only their own scratch page (SCRATCH-3).
    """

    roles: frozenset[Role]
    right: Right | None = None
    but_own_page: bool = False


DRAWING = Rule(PRESENT, "draw", but_own_page=True)

TABLE: Mapping[type[c.RoomCommand | c.Signal], Rule] = {
    c.SendChat: Rule(PRESENT, "chat"),
    c.DeleteChat: Rule(PRESENT),
    c.PassChat: Rule(STAFF),
    c.RaiseHand: Rule(LEARNERS),
    c.LowerHand: Rule(PRESENT),
    c.InviteToStage: Rule(STAFF),
    c.LeaveStage: Rule(PRESENT),
    c.RemoveFromStage: Rule(STAFF),
    c.Grant: Rule(STAFF),
    c.Mute: Rule(STAFF),
    c.Unmute: Rule(STAFF),
    c.RemoveMember: Rule(STAFF),
    c.SetHeads: Rule(COUNTING),
    c.LockRoom: Rule(STAFF),
    c.EndRoom: Rule(frozenset({"teacher"})),
    c.Evaluate: Rule(frozenset({"student"})),
    c.OpenPoll: Rule(STAFF),
    c.Vote: Rule(frozenset({"student"})),
    c.ClosePoll: Rule(STAFF),
    c.OpenCheckin: Rule(STAFF),
    c.AnswerCheckin: Rule(frozenset({"student"})),
    c.AddComment: Rule(frozenset({"observer"})),  # where the form takes comments
    c.BeginStroke: DRAWING,
    c.ExtendStroke: DRAWING,
    c.FinishStroke: Rule(PRESENT),  # also after the right to draw was taken in mid-stroke
    c.PutShape: DRAWING,
    c.ChangeShapes: DRAWING,
    c.OrderShapes: DRAWING,
    c.CutShapes: DRAWING,
    c.CopyShapes: DRAWING,
    c.EraseShapes: DRAWING,
    c.ClearPage: DRAWING,
    c.Undo: DRAWING,
    c.Redo: DRAWING,
    c.AddPage: Rule(PRESENT),  # a learner only their own scratch page
    c.TurnPage: Rule(STAFF),
    c.MovePage: Rule(STAFF),
    c.ChangePage: Rule(STAFF),
    c.RemovePage: Rule(STAFF),
    c.LockPage: Rule(STAFF),
    c.LockBoard: Rule(STAFF),
    c.FreeBoard: Rule(STAFF),
    c.PublishMedia: Rule(PRESENT),  # each source needs its own right: SOURCE_RIGHT
    c.AnswerMedia: Rule(EVERYONE),
    c.RestartMedia: Rule(EVERYONE),
    c.WantMedia: Rule(EVERYONE),
    c.MuteOwn: Rule(PRESENT),
    c.BeginDuty: Rule(frozenset({"teacher"})),
    c.EndDuty: Rule(frozenset({"teacher"})),
    c.MakeCall: Rule(frozenset({"student"})),
    c.CancelCall: Rule(frozenset({"student"})),
    c.AcceptCall: Rule(frozenset({"teacher"})),
    c.DeclineCall: Rule(frozenset({"teacher"})),
    c.AskLesson: Rule(frozenset({"teacher", "student"})),
    c.MovePointer: Rule(PRESENT, "draw"),
    c.ShowView: Rule(STAFF),
    c.Ping: Rule(EVERYONE),
}


def belongs(command: type[c.RoomCommand | c.Signal], *, lobby: bool) -> bool:
    """Is this a command for such a room?  A lobby has no board, no talk and no media, a lesson no calls (LOBBY-2)."""
    return command is c.Ping or issubclass(command, c.Calling) == lobby


def may(role: Role, can: frozenset[Right], command: type[c.RoomCommand | c.Signal]) -> bool:
    rule = TABLE[command]
    return role in rule.roles and (rule.right is None or role in STAFF or rule.right in can)


def may_publish(role: Role, can: frozenset[Right], source: Source) -> bool:
    """RIGHT-4: a learner needs the right of the source."""
    return role not in LEARNERS or SOURCE_RIGHT[source] in can


def check(
    role: Role, can: frozenset[Right], command: c.RoomCommand, on_own_page: Callable[[], bool] = lambda: False
) -> None:
    """Refuse with `forbidden` what the table does not allow."""
    if may(role, can, type(command)):
        return
    rule = TABLE[type(command)]
    if not (rule.but_own_page and role in rule.roles and on_own_page()):
        raise Refused(ErrorCode.FORBIDDEN, "you may not do that here", rule="RIGHT-1")
