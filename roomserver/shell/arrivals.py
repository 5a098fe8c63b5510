"""Somebody at the door of a room, by their token: over a WebSocket, or as a device over HTTP."""

import secrets

from protocol.fields import Role

from ..core.arrival import Arrival
from ..core.lobby import JOINT
from ..core.rights import Device
from .identity import Claims

SALT_BYTES = 16
SESSION_BYTES = 24


class NotHere(Exception):
    """The token is genuine, and for something else."""


def is_for(claims: Claims, room: str) -> bool:
    """A token names the room that it is for, or none; one for a lobby is good for what is born of it (CALL-8)."""
    return claims.room is None or room == claims.room or room.startswith(claims.room + JOINT)


def arrival(claims: Claims, room: str, *, device: Device | None = None) -> Arrival:
    """
    Raises:
        NotHere: the token is for another room, or for what is no role here.
    """
    if claims.role not in Role.__args__:  # type: ignore[attr-defined]
        raise NotHere("the token's role has no place here")
    if not is_for(claims, room):
        raise NotHere("the token is for another room")
    return Arrival(
        identity=claims.sub,
        name=claims.name[:80],
        role=claims.role,  # type: ignore[arg-type]
        school=claims.school[:80] if claims.school else None,
        district=claims.district[:80] if claims.district else None,
        grade=claims.grade[:80] if claims.grade else None,
        session=secrets.token_urlsafe(SESSION_BYTES),
        salt=secrets.token_bytes(SALT_BYTES),
        device=device,
        remaining_s=claims.remaining_s,
        issued_ms=None if claims.iat is None else round(claims.iat * 1000),
        forms=claims.forms,
        subjects=claims.subjects,
    )
