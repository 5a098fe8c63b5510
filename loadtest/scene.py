"""A film for Chromium's fake camera: somebody moves before a wall, in the grain of a real sensor.

Chromium plays a file of JPEGs at 30 frames a second, over and over.
"""

import random
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

SIZE = (1280, 720)
FRAMES = 45  # forth and back in a second and a half
GRAIN = 14  # standard deviation of the noise, of 255
QUALITY = 80


def film(path: Path) -> None:
    wall = _wall(random.Random(1))
    with path.open("wb") as file:
        for number in range(FRAMES):
            _frame(wall, abs(2 * number - FRAMES) / FRAMES).save(file, "JPEG", quality=QUALITY)


def _wall(dice: random.Random) -> Image.Image:
    """Soft patches of light and shade, and posters on it."""
    patches = Image.new("RGB", (32, 18))
    patches.putdata([tuple(dice.randint(90, 200) for _ in range(3)) for _ in range(32 * 18)])
    wall = patches.resize(SIZE, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(wall)
    for _ in range(40):
        x, y = dice.randint(0, SIZE[0]), dice.randint(0, SIZE[1])
        color = (dice.randint(0, 255), dice.randint(0, 255), dice.randint(0, 255))
        draw.rectangle((x, y, x + dice.randint(10, 120), y + dice.randint(5, 60)), fill=color)
    return wall


def _frame(wall: Image.Image, place: float) -> Image.Image:
    """Somebody at a place from 0, left, to 1, right; the camera sways with them."""
    frame = ImageChops.offset(wall, int(12 * place), int(6 * place))
    draw = ImageDraw.Draw(frame)
    x = int(SIZE[0] * (0.35 + 0.3 * place))
    draw.ellipse((x - 90, 140, x + 90, 360), fill=(214, 170, 140))
    draw.rectangle((x - 190, 360, x + 190, 720), fill=(50, 70, 120))
    grain = Image.effect_noise(SIZE, GRAIN).convert("RGB")
    return ImageChops.add(frame, grain, scale=1, offset=-128)
