"""Pages of a board as exports are given them."""

import zlib
from typing import Any

import msgspec

from roomserver.studio.jobs import Sheet

RED, YELLOW, INK = "#ff0000", "#ffe066", "#1c1c1c"
MARKED = (255, 236, 163)  # white under a yellow highlighter: 0.6 of it, multiplied


def sheet(*shapes: dict[str, Any], page: int = 1, background: str = "blank") -> Sheet:
    """A page with these shapes, the first open, the others in a chunk."""
    bodies = [{"id": f"1.{z}", "page": page, "author": 1, "z": z, **shape} for z, shape in enumerate(shapes, 1)]
    chunks = (zlib.compress(msgspec.json.encode(bodies[1:])),) if bodies[1:] else ()
    return Sheet(page, background, tuple(bodies[:1]), chunks)


def rectangle(x: int, y: int, w: int, h: int, color: str = RED) -> dict[str, Any]:
    return {"kind": "rectangle", "start": [x, y], "size": [w, h], "color": color, "width": 20, "fill": color}


def marker(x: int, y: int, length: int, width: int = 400) -> dict[str, Any]:
    return {"kind": "highlighter", "start": [x, y], "points": [length, 0], "color": YELLOW, "width": width}


def text(words: str, *, font: str = "sans", x: int = 1000, y: int = 1000, height: int = 1500) -> dict[str, Any]:
    return {"kind": "text", "start": [x, y], "text": words, "font": font, "height": height, "color": INK}
