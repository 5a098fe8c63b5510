"""One message three ways: as Python has it, as JSON carries it, and what else means the same."""

from dataclasses import dataclass

from msgspec import Struct


@dataclass(frozen=True)
class Example:
    """`name` is its own among the messages of its direction."""

    name: str
    message: Struct
    frame: str  # the JSON frame, to the byte; the MessagePack frame follows from it
    also: tuple[str, ...] = ()  # JSON frames that are read as the same message, but not written by us
