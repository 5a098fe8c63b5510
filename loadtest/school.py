"""Rooms full of people: what most benches begin with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from protocol.client import Client
from protocol.codec import MSGPACK, Codec

from .server import token
from .swarm import Peer

CodecOf = Callable[[int], Codec]
places: Iterator[int] = count()  # everybody in this process comes from an address of their own


@dataclass(frozen=True, slots=True)
class Class:
    """One room's people, not yet connected."""

    room: str
    teacher: Peer
    students: list[Peer]

    @property
    def everybody(self) -> list[Peer]:
        return [self.teacher, *self.students]


def client(room: str, sub: str, role: str, codec: Codec = MSGPACK) -> Client:
    return Client(room=room, token=token(sub, role, room), codec=codec)


def seated(room: str, students: int, codec_of: CodecOf = lambda _: MSGPACK) -> Class:
    """A teacher and so many students of a room."""
    teacher = Peer(client(room, f"{room}-t", "teacher", codec_of(0)))
    return Class(
        room,
        teacher,
        [Peer(client(room, f"{room}-{i}", "student", codec_of(i))) for i in range(1, students + 1)],
    )


def spread(people: int, rooms: int) -> list[int]:
    """So many people over so many rooms, as evenly as it goes."""
    each, more = divmod(people, rooms)
    return [each + (room < more) for room in range(rooms)]
