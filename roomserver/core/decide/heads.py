"""How many pupils are before a classroom's device.  Rules: HEAD-* in docs/rules.md."""

from protocol import commands as c
from protocol import events as e
from protocol.codes import ErrorCode

from ..errors import Refused
from ..log import Draft
from ..people import Person
from ..state import RoomState
from .common import inside


def declare(state: RoomState, me: Person, command: c.SetHeads) -> list[Draft]:
    person = me if command.member is None else inside(state, command.member)
    theirs = me.role == "assistant" and me.school is not None and me.school == person.school
    if person.role != "classroom" or not (person is me or theirs):
        raise Refused(ErrorCode.FORBIDDEN, "a classroom counts itself, or an assistant of its school", rule="HEAD-1")
    if person.heads == command.count:
        return []
    return [Draft(e.HeadsChanged(member=person.member, count=command.count, by=me.member))]
