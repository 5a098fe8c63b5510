"""Who may send what: the one table.  A command that is not here cannot be sent (a test says that all are).

What a table cannot say (one's own line of chat, a teacher whom an assistant would remove) is said where it is decided.
Rules: RIGHT-* in docs/rules.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol import commands as c
from protocol.codes import ErrorCode
from protocol.fields import Right, Role, Source

from .errors import Refused

STAFF: frozenset[Role] = frozenset({"teacher", "assistant"})
LEARNERS: frozenset[Role] = frozenset({"student", "classroom"})
PRESENT = STAFF | LEARNERS  # everybody but observers
EVERYONE: frozenset[Role] = PRESENT | {"observer"}
EVERY_RIGHT: frozenset[Right] = frozenset({"chat", "draw", "speak", "camera", "screen"})

SOURCE_RIGHT: Mapping[Source, Right] = {
    "microphone": "speak",
    "camera": "camera",
    "screen": "screen",
    "screen_audio": "screen",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """The roles that may send a command, and the right that learners among them need besides."""

    roles: frozenset[Role]
    right: Right | None = None


TABLE: Mapping[type[c.RoomCommand | c.Signal], Rule] = {
    c.SendChat: Rule(PRESENT, "chat"),
    c.DeleteChat: Rule(PRESENT),
    c.RaiseHand: Rule(LEARNERS),
    c.LowerHand: Rule(PRESENT),
    c.InviteToStage: Rule(STAFF),
    c.LeaveStage: Rule(PRESENT),
    c.RemoveFromStage: Rule(STAFF),
    c.Grant: Rule(STAFF),
    c.Mute: Rule(STAFF),
    c.Unmute: Rule(STAFF),
    c.RemoveMember: Rule(STAFF),
    c.LockRoom: Rule(STAFF),
    c.EndRoom: Rule(frozenset({"teacher"})),
    c.Evaluate: Rule(frozenset({"student"})),
    c.BeginStroke: Rule(PRESENT, "draw"),
    c.ExtendStroke: Rule(PRESENT, "draw"),
    c.FinishStroke: Rule(PRESENT),  # also after the right to draw was taken in mid-stroke
    c.EraseShapes: Rule(PRESENT, "draw"),
    c.ClearPage: Rule(PRESENT, "draw"),
    c.Undo: Rule(PRESENT, "draw"),
    c.Redo: Rule(PRESENT, "draw"),
    c.AddPage: Rule(STAFF),
    c.TurnPage: Rule(STAFF),
    c.RemovePage: Rule(STAFF),
    c.LockPage: Rule(STAFF),
    c.PublishMedia: Rule(PRESENT),  # each source needs its own right: SOURCE_RIGHT
    c.AnswerMedia: Rule(EVERYONE),
    c.WantMedia: Rule(EVERYONE),
    c.MuteOwn: Rule(PRESENT),
    c.MovePointer: Rule(PRESENT, "draw"),
    c.Ping: Rule(EVERYONE),
}


def may(role: Role, can: frozenset[Right], command: type[c.RoomCommand | c.Signal]) -> bool:
    rule = TABLE[command]
    return role in rule.roles and (rule.right is None or role in STAFF or rule.right in can)


def check(role: Role, can: frozenset[Right], command: c.RoomCommand | c.Signal) -> None:
    """Refuse with `forbidden` what the table does not allow."""
    if not may(role, can, type(command)):
        raise Refused(ErrorCode.FORBIDDEN, "you may not do that here", rule="RIGHT-1")
