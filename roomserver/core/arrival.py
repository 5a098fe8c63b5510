"""Who may come in.  Rules: SEAT-*, REMOVE-1, EVAL-5, MEDIA-71, MEDIA-72, CALL-8 in docs/rules.md."""

from dataclasses import dataclass

from protocol.codes import ErrorCode
from protocol.fields import Role

from .decide.moderation import owes_evaluation
from .errors import Refused
from .forms import MS
from .ledger import NOTHING, Granted
from .people import Person
from .rights import DEVICES, Device
from .state import RoomState


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody at the door, as their token says; `session` and `salt` are the shell's random bytes for them.

    `granted` is what the ledger lets them have; `remaining_s`, `issued_ms`, `forms` and `subjects` are for it,
    where the token says.
    """

    identity: str
    name: str
    role: Role
    school: str | None
    session: str
    salt: bytes
    district: str | None = None
    grade: str | None = None
    device: Device | None = None  # it comes over WHIP or WHEP, and has no WebSocket
    remaining_s: int | None = None
    issued_ms: int | None = None
    forms: tuple[str, ...] | None = None
    subjects: tuple[str, ...] | None = None
    granted: Granted = NOTHING


def admit(state: RoomState, arrival: Arrival, *, at: int) -> None:
    """Let somebody in, `at` milliseconds after the room was made.

    Raises:
        Refused: banned, locked, full, over, or not open yet; nothing has changed.
    """
    person = state.of_identity(arrival.identity)
    if state.is_lobby and arrival.device is not None:
        raise Refused(ErrorCode.FORBIDDEN, "a lobby has no media", rule="LOBBY-2")
    if arrival.device is not None:
        _check_device(arrival.role, arrival.device, person)
    if person is not None and person.banned:
        raise Refused(ErrorCode.FORBIDDEN, "you were removed from this room", rule="REMOVE-1")
    if state.booking.invited and not (person and person.expected) and arrival.role != "observer":
        raise Refused(ErrorCode.NOT_ELIGIBLE, "this lesson is for the two who called", rule="CALL-8")
    if state.is_closed:  # EVAL-5: whoever still owes an evaluation may give it
        if person is None or not owes_evaluation(state, person):
            raise Refused(ErrorCode.ROOM_CLOSED, "the room is closed", rule="EVAL-5")
        return
    if at < state.opens_at:
        wait_s = (state.opens_at - at) / MS
        raise Refused(ErrorCode.OUTSIDE_WINDOW, "the room is not open yet", rule="WINDOW-5", retry_in_s=wait_s)
    if person is not None and person.inside and person.role == arrival.role:
        return
    if state.locked and arrival.role not in ("teacher", "observer"):  # nobody locks inspectors out: WATCH-6
        raise Refused(ErrorCode.LOCKED, "the room is locked", rule="SEAT-3")
    if state.seated.get(arrival.role, 0) >= state.form.seats.get(arrival.role, 0):
        raise Refused(ErrorCode.FULL, f"no seat is left for a {arrival.role}", rule="SEAT-1")


def _check_device(role: Role, device: Device, person: Person | None) -> None:
    if role not in DEVICES[device]:
        raise Refused(ErrorCode.FORBIDDEN, f"a {role} may not use a device", rule="MEDIA-71")
    if person is not None and person.inside and not person.device:
        raise Refused(ErrorCode.CONFLICT, "a device needs an identity of its own", rule="MEDIA-72")
