"""Handwriting as a pen tablet samples it at 60 Hz, from a seed.  Pure.

A hand that writes is two oscillations, one up and down and one along the line, a little apart in phase, on a steady
drift to the right (Hollerbach, "An oscillation theory of handwriting", Biological Cybernetics 39, 1981).  Three and a
half times a second up and down, letters 200 board units high (3 mm on a tablet of 10 inches), every fourth with an
ascender or a descender: so a pen moves 40 units between samples, in curves that no formula repeats.  That decides how
many bytes a point takes.
"""

import random
from math import pi, sin
from typing import NamedTuple

HZ = 60  # samples a second
RHYTHM_HZ = 3.5  # up and down; adults write at 3 to 6
LETTER = 200  # board units from the base line to the top of an x
DRIFT = 300  # board units a second to the right
TREMOR = 1.0  # board units: the hand's, and the digitizer's
A_LETTER = 12  # samples


class Ink(NamedTuple):
    """Flat dx, dy from sample to sample, and a pressure for each, 0 to 255."""

    points: tuple[int, ...]
    pressure: tuple[int, ...]


def written(count: int, random: random.Random) -> Ink:
    """So many samples of one stroke."""
    omega = 2 * pi * RHYTHM_HZ * random.uniform(0.85, 1.15)
    phase, x, y, at = random.uniform(0, 2 * pi), 0.0, 0.0, (0, 0)
    tall = wide = lead = 0.0
    points: list[int] = []
    pressure: list[int] = []
    for sample in range(count):
        if not sample % A_LETTER:
            tall = LETTER / 2 * omega * random.choice((0.8, 1, 1, 2))
            wide = LETTER / 3 * omega * random.uniform(0.6, 1.3)
            lead = random.uniform(0.9, 2.1)
        turn = omega * sample / HZ + phase
        x += (wide * sin(turn + lead) + DRIFT) / HZ
        y += (tall * sin(turn) - 2 * y) / HZ  # and back to the base line
        seen = round(x + random.gauss(0, TREMOR)), round(y + random.gauss(0, TREMOR))
        points += (seen[0] - at[0], seen[1] - at[1])
        at = seen
        pressure.append(max(1, min(255, round(130 + 40 * sin(turn + 1) + random.gauss(0, 4)))))
    return Ink(tuple(points), tuple(pressure))
