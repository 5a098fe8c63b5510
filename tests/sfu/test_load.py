"""When copies of a layer are in step: while each load goes on where the one before ended."""

import pytest

from sfu.core.codecs import VP8
from sfu.core.load import Load, March
from sfu.core.track import Layer, Packet
from sfu.core.vp8 import Descriptor

NUMBERED = Descriptor(True, 0, 16, True, 0, 18, 0, False, 20)
Made = tuple[int, int]  # index, and picture; -1: no number


def load(*made: Made, march: March | None = None) -> Load:
    """One that has joined the march of the load before."""
    layer = Layer("high")
    joined = Load(
        [
            Packet(layer, 0, index, 0, VP8, bytes(30), 10, False, 1.0, NUMBERED if picture >= 0 else None, picture)
            for index, picture in made
        ]
    )
    joined.join(march)
    return joined


@pytest.mark.parametrize(
    ("more", "goes_on"),
    [
        ([(7, 3)], True),  # the same picture goes on
        ([(7, 4), (8, 5)], True),
        ([(9, 6)], True),  # something was lost
        ([(5, 3)], False),  # it is late
        ([(7, 3), (8, 2)], False),  # a picture comes back
        ([(7, 2)], False),
        ([(8, 3), (7, 3)], False),
        ([(7, -1)], False),  # nothing to number it by
    ],
)
def test_a_march_takes_what_goes_on(more: list[Made], goes_on: bool) -> None:
    first = load((5, 3), (6, 3))
    then = load(*more, march=first.march)
    assert (then.march is first.march) == goes_on
    counted = 2 + len(more) if goes_on else len(more)
    assert (then.march.packets, then.march.octets) == (counted, 10 * counted)
    assert then.march.newest is then.packets[-1]


def test_sound_has_no_pictures_and_goes_on() -> None:
    first = load((5, -1))
    assert load((6, -1), march=first.march).march is first.march
    assert load((4, -1), march=first.march).march is not first.march
    assert load((7, 0), march=first.march).march is not first.march
