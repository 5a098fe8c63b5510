"""Frames that are almost right, and frames that are nothing: seeded, endless."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from protocol.codec import Codec
from tests.support.examples import UP

Plain = dict[str, Any] | list[Any]

ODD: Sequence[Any] = (
    *(0, 1, 2, -1, 5, 255, 256, 16_000, 16_001, -16_001, 2**31, 2**53 - 1, 2**53, 2**63, 2**64 - 1, -(2**63)),
    *(0.5, 1e300, True, False, None, "", "all", "mine", "staff", "1.1", "2.1", "1.2", "0.0", "pen", "microphone", "t1"),
    *("\x00", "\u2028", "\U0001f600", "x" * 100, "ж" * 3_000, "v=0", "camera", "#000000", "high", "grid"),
    *([], {}, [[]], [1], [1, 2], [1, 2, 3], {"a": 1}, ["chat"], ["draw", "speak"], {"0": "microphone"}, ["1.1", "2.1"]),
)
NAMES = ("id", "type", "seq", "member", "text", "to", "shape", "page", "colour", "n", "")


def samples() -> list[Plain]:
    """Every message that a client can say, as plain data."""
    return [msgspec.to_builtins(example.message) for example in UP]


class Mutants:
    """Frames for one codec."""

    def __init__(self, codec: Codec, chance: random.Random) -> None:
        self._text = codec.text
        self._chance = chance
        self._hellos = [one for one in samples() if isinstance(one, dict) and one["type"] == "hello"]
        self._others = [one for one in samples() if one not in self._hellos]

    def encode(self, message: Any) -> bytes:
        return orjson.dumps(message) if self._text else msgspec.msgpack.encode(message)

    def hello(self, good: Plain) -> bytes:
        """A hello that is wrong somewhere, or something else altogether."""
        return self._frame(self._chance.choice([good, good, *self._hellos, self._chance.choice(self._others)]))

    def sane(self, member: int, id: int) -> bytes:
        """A message as a client would send it; what it names need not exist."""
        message = self._chance.choice(self._others)
        return self.encode(self._made_mine(message, member, id))

    def odd(self, member: int, id: int) -> bytes:
        """A message with something wrong in it."""
        return self._frame(self._made_mine(self._chance.choice(self._others), member, id))

    def noise(self) -> bytes:
        """Bytes that no client could mean."""
        size = self._chance.choice([0, 1, 2, 8, 64, 500, 5_000])
        if self._text and self._chance.random() < 0.7:
            return "".join(
                chr(self._chance.choice([34, 44, 58, 91, 93, 123, 125, 0x4E00, 48, 110])) for _ in range(size)
            ).encode()
        return self._chance.randbytes(size)

    def _made_mine(self, message: Plain, member: int, id: int) -> Plain:
        if isinstance(message, list):
            return (
                [message[0], id, f"{member}.{self._chance.randrange(1, 9)}", *message[3:]]
                if message[0] == "board.extend"
                else message
            )
        mine = dict(message)
        if "id" in mine:
            mine["id"] = id
        if "shape" in mine:
            mine["shape"] = f"{member}.{self._chance.randrange(1, 9)}"
        return mine

    def _frame(self, message: Plain) -> bytes:
        act = self._chance.random()
        if act < 0.5:
            return self._safely(self._changed(message))
        frame = self.encode(message)
        if act < 0.6:
            return frame[: self._chance.randrange(len(frame))]
        if act < 0.7:
            return frame + self._chance.choice([frame, b"\x00", b"}", b" x", frame[:5]])
        if act < 0.9:
            return self._flipped(frame)
        return self.noise()

    def _safely(self, message: Any) -> bytes:
        try:
            return self.encode(message)
        except (TypeError, ValueError, OverflowError):  # this codec cannot say it at all
            return self.noise()

    def _changed(self, message: Plain) -> Any:
        """One field is another, is missing, or is one too many."""
        copy: Any = orjson.loads(orjson.dumps(message))
        odd = self._chance.choice(ODD)
        if isinstance(copy, list):
            place = self._chance.randrange(len(copy))
            copy[place : place + self._chance.choice([0, 1, 1])] = self._chance.choice([[odd], [], [odd, odd]])
            return copy
        inside = [value for value in copy.values() if isinstance(value, dict)]
        target = self._chance.choice([copy, copy, copy, *inside])
        act = self._chance.random()
        if act < 0.6 and target:
            target[self._chance.choice(list(target))] = odd
        elif act < 0.8 and target:
            del target[self._chance.choice(list(target))]
        else:
            target[self._chance.choice(NAMES)] = odd
        return copy

    def _flipped(self, frame: bytes) -> bytes:
        changed = bytearray(frame)
        for _ in range(self._chance.choice([1, 1, 2, 8])):
            changed[self._chance.randrange(len(changed))] = self._chance.randrange(256)
        return bytes(changed)
