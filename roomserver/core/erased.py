"""What is left of somebody whose data were erased: of their events, of what others did with them, of the record.

The chain commits to what they said and drew by salted hashes only (`log.py`), so it stays whole without it.  What they
did and when stays; what they were called, said and drew is blank, and what was drawn is not there for whoever changes
it later.  Rules: PRIVACY-* in docs/rules.md.
"""

from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import replace

import whiteboard
from protocol import events as e
from protocol.fields import personal_fields

from . import facts
from .record_shape import Member, Record

DRAWN = frozenset(get_args(e.Board))
EMPTY: Mapping[Any, Any] = {str: "", tuple: (), int: 0}


def mark(room: str, member: int) -> str:
    """What stands for an identity: another in each room, so that nobody is found again."""
    return f"erased:{room}:{member}"


# Events


def blank(cls: type[Any], fields: Mapping[str, Any]) -> Any:
    """A stored event without what was personal in it; what is left of something drawn is that there was something.

    Nothing is checked as when somebody says it: a line of chat may not be empty then.
    """
    if cls in DRAWN:
        was, by = str(cls.__struct_config__.tag), fields.get("member", 0)
        return facts.Blank(seq=fields["seq"], at=fields["at"], was=was, member=by)
    hints = get_type_hints(cls)  # without bounds
    plain = {name: msgspec.convert(value, hints[name], strict=False) for name, value in fields.items()}
    return cls(**{**plain, **nothing(cls)})  # some of it once was not kept apart


def nothing(cls: type[Any]) -> dict[str, Any]:
    """The personal fields of an event, blank."""
    hints, hidden = get_type_hints(cls), personal_fields(cls)  # type: ignore[arg-type]
    return {name: EMPTY.get(get_origin(hints[name]) or hints[name]) for name in hidden}


def left(event: Any, board: whiteboard.Board) -> Any:
    """An event that comes after erased ones: what it says of shapes that are there, on the board before it."""
    match event:
        case e.StrokeExtended(shape=shape) | e.StrokeFinished(shape=shape) if board.shape(shape) is None:
            return _no_more(event)
        case e.ShapesErased(shapes=shapes):
            event = replace(event, shapes=tuple(_there(shapes, board)))
            return event if event.shapes else _no_more(event)
        case e.ShapesChanged(set=values):
            event = replace(event, set=_there(values, board))
            return event if event.set else _no_more(event)
        case e.ShapesCut(cuts=cuts):
            event = replace(event, cuts=_there(cuts, board))
            return event if event.cuts else _no_more(event)
        case e.ShapesRestored(gone=gone):
            event = replace(event, gone=tuple(_there(gone, board)))
            return event if event.gone or event.shapes or event.chunks else _no_more(event)
        case e.ShapesCopied(shapes=()):
            return _no_more(event)
        case _:
            return event


def _there(shapes: Any, board: whiteboard.Board) -> Any:
    """Those of a list of shapes, or of a map by shape, that are on the board."""
    if isinstance(shapes, Mapping):
        return {name: value for name, value in shapes.items() if board.shape(name) is not None}
    return [name for name in shapes if board.shape(name) is not None]


def _no_more(event: Any) -> facts.Blank:
    return facts.Blank(seq=event.seq, at=event.at, was=str(type(event).__struct_config__.tag))


# The record


def without(record: Record, member: int, *, at_ms: int) -> Record:
    """The record without a member's identity, name and words; it is still to be signed."""
    gone = mark(record.room, member)
    absentees = record.absentees and tuple(
        replace(one, identity=gone) if one.member == member else one for one in record.absentees
    )
    return replace(
        record,
        members=tuple(_nameless(one, gone) if one.member == member else one for one in record.members),
        absentees=absentees,
        polls=tuple(replace(one, question="", options=()) if one.member == member else one for one in record.polls),
        recordings=tuple(replace(one, erased=one.erased or one.member == member) for one in record.recordings),
        erased_at_ms=at_ms,
        signature=None,
    )


def without_of_old(data: dict[str, Any], member: int) -> dict[str, Any]:
    """As `without`, of a record from before records had their shape and were signed, in plain data."""
    members = [one if one["member"] != member else _unnamed(one, mark(data["room"], member)) for one in data["members"]]
    return {**data, "members": members}


def _unnamed(one: dict[str, Any], identity: str) -> dict[str, Any]:
    given = one.get("evaluation")
    evaluation = {**given, "tags": [], "comment": ""} if given and "comment" in given else given
    return {**one, "identity": identity, "name": "", "evaluation": evaluation}


def erased_in(record: Record) -> Callable[[int], bool]:
    """Were the data of this member erased?  Of whom it does not list (a lobby's people, who never came in) the record
    only says that somebody's were.
    """
    if record.erased_at_ms is None:
        return lambda _: False
    listed = {one.member: one.identity for one in record.absentees or ()}
    listed |= {one.member: one.identity for one in record.members}
    return lambda member: listed.get(member) in (None, mark(record.room, member))


def _nameless(one: Member, identity: str) -> Member:
    evaluation = one.evaluation
    if evaluation is not None and not evaluation.due:
        evaluation = replace(evaluation, tags=(), comment="")
    return replace(one, identity=identity, name="", evaluation=evaluation)
