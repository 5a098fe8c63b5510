"""What the systems around the server may hear while a lesson goes on: some of its events, as CloudEvents envelopes.

They name people by their education ID, never by name, and carry nothing that was said or drawn.
Rules: LIVE-* in docs/rules.md.
"""

from datetime import UTC, datetime
from typing import Any

from protocol import events as e

from .facts import Assessed
from .log import Entry, LoggedEvent
from .state import RoomState


def told(state: RoomState, entry: Entry, *, source: str) -> tuple[str, dict[str, Any]] | None:
    """The envelope of an event that was just appended, and its id; None: nobody outside hears of this one.

    `state` knows of the event.  The id is that of its place in the log, so it stands for this event alone.
    """
    news = None if state.is_lobby else _news(state, entry.event)  # LIVE-3
    if news is None:
        return None
    kind, more = news
    at_ms = state.opened_at_ms + entry.at
    booking = state.booking
    data = {"room": booking.room, "form": booking.form, "subject": booking.subject, "at_ms": at_ms, **more}
    id = f"event-{booking.room}-{entry.seq}"
    return id, envelope(id, kind, data, room=booking.room, at_ms=at_ms, source=source)


def _news(state: RoomState, event: LoggedEvent) -> tuple[str, dict[str, Any]] | None:
    """The kind of an event that is told, and what only this kind says."""
    match event:
        case e.RoomLive(ends_at=ends_at, reason=reason):
            return "session.live", {"ends_ms": state.opened_at_ms + ends_at, "ends_because": reason}
        case e.MemberJoined(member=member):
            return "member.joined", {"member": _who(state, member)}
        case e.MemberLeft(member=member, reason=why):
            return "member.left", {"member": _who(state, member), "reason": why}
        case e.Alarm(kind=kind, member=about):
            return "alarm.raised", {"kind": kind, "member": None if about is None else _who(state, about)}
        case Assessed(member=member, score=score, tags=tags, comment=comment):
            identity = state.people[member].identity
            return "session.evaluated", {"identity": identity, "score": score, "tags": list(tags), "comment": comment}
        case _:
            return None


def envelope(id: str, kind: str, data: dict[str, Any], *, room: str, at_ms: int, source: str) -> dict[str, Any]:
    """CloudEvents 1.0; `kind` as in `session.live`."""
    return {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type_of(kind),
        "subject": room,
        "time": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        "datacontenttype": "application/json",
        "data": data,
    }


def type_of(kind: str) -> str:
    """The type of a kind's envelopes: `session.live` is `classroom.session.live.v1`."""
    return f"classroom.{kind}.v1"


def _who(state: RoomState, member: int) -> dict[str, Any]:
    person = state.people[member]
    return {
        "member": person.member,
        "identity": person.identity,
        "role": person.role,
        "device": person.device,
        "school": person.school,
    }
