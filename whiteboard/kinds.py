"""What each kind of shape has, and what its properties may be: one table, asked before anything is put or changed.

Rules: BOARD-4, BOARD-26, BOARD-31 in docs/rules.md.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import Code, Refused
from .limits import (
    BOARD_HEIGHT,
    BOARD_WIDTH,
    FONT_HEIGHT_MAX,
    FONT_HEIGHT_MIN,
    FONTS,
    POINTS_A_MESSAGE,
    PRESSURE_MAX,
    SCALE_MAX,
    SCALE_MIN,
    TEXT_CHARS,
    TURN_WHOLE,
    WIDTH_MAX,
)

STROKES = frozenset({"pen", "highlighter"})
PATHS = frozenset({"line", "arrow", "polygon"})
BOXES = frozenset({"rectangle", "ellipse", "image", "formula"})
POINTED = STROKES | PATHS  # what has points
CORNERS_LEAST = {"line": 1, "arrow": 1, "polygon": 2}  # points behind the first

_MUST: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(POINTED, frozenset({"color", "width", "points"})),
    "rectangle": frozenset({"color", "width", "size"}),
    "ellipse": frozenset({"color", "width", "size"}),
    "image": frozenset({"asset", "size"}),
    "formula": frozenset({"color", "latex", "size"}),
    "text": frozenset({"color", "text", "font", "height"}),
}
_MAY: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(STROKES, frozenset({"pressure", "scale"})),
    "line": frozenset({"scale"}),
    "arrow": frozenset({"scale"}),
    "polygon": frozenset({"scale", "fill"}),
    "rectangle": frozenset({"fill"}),
    "ellipse": frozenset({"fill"}),
}
_FIXED = frozenset({"points", "pressure", "asset"})  # put once, never changed
_COLOR = re.compile(r"#[0-9a-f]{6}")
_ASSET = re.compile(r"[0-9a-f]{32}")


def _is_pair(value: Any, least: int, most: int) -> bool:
    return len(value) == 2 and all(least <= part <= most for part in value)


def _are_points(points: Any) -> bool:
    return len(points) % 2 == 0 and len(points) <= 2 * POINTS_A_MESSAGE


_MOST = {"text": TEXT_CHARS, "latex": TEXT_CHARS, "points": 2 * POINTS_A_MESSAGE}  # beyond it a value is too large
_CHECKS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "start": (lambda at: on_reach(*at), "a shape starts on the board or a board's size beside it"),
    "color": (_COLOR.fullmatch, "a colour is #rrggbb in lower case"),
    "fill": (lambda fill: fill == "" or _COLOR.fullmatch(fill), "a fill is #rrggbb in lower case, or empty"),
    "width": (lambda width: 1 <= width <= WIDTH_MAX, f"a width is 1 to {WIDTH_MAX}"),
    "points": (_are_points, f"points are dx, dy pairs, at most {POINTS_A_MESSAGE}"),
    "pressure": (lambda of: all(0 <= one <= PRESSURE_MAX for one in of), f"a pressure is 0 to {PRESSURE_MAX}"),
    "scale": (lambda of: _is_pair(of, SCALE_MIN, SCALE_MAX), f"a scale is {SCALE_MIN} to {SCALE_MAX} thousandths"),
    "turn": (lambda turn: 0 <= turn < TURN_WHOLE, f"a turn is 0 to {TURN_WHOLE - 1} tenths of a degree"),
    "size": (lambda size: _is_pair(size, 1, BOARD_WIDTH), f"a size is 1 to {BOARD_WIDTH}, twice"),
    "text": (lambda text: 1 <= len(text) <= TEXT_CHARS, f"a text has 1 to {TEXT_CHARS} characters"),
    "latex": (lambda text: 1 <= len(text) <= TEXT_CHARS, f"a formula has 1 to {TEXT_CHARS} characters"),
    "font": (FONTS.__contains__, f"a font is one of {', '.join(sorted(FONTS))}"),
    "height": (
        lambda height: FONT_HEIGHT_MIN <= height <= FONT_HEIGHT_MAX,
        f"a text's height is {FONT_HEIGHT_MIN} to {FONT_HEIGHT_MAX}",
    ),
    "asset": (_ASSET.fullmatch, "an asset is named by 32 hex digits"),
}


def is_background(name: str) -> bool:
    """Might this be a slide?  Those that are drawn are named in limits.py."""
    return _ASSET.fullmatch(name) is not None


def on_reach(x: int, y: int) -> bool:
    """May a shape start here?  On the board, or as far beside it as the board is large."""
    return -BOARD_WIDTH <= x <= 2 * BOARD_WIDTH and -BOARD_HEIGHT <= y <= 2 * BOARD_HEIGHT


def check_new(kind: str, properties: Mapping[str, Any]) -> None:
    """May a shape of this kind be put with these properties, `start` among them?

    Raises:
        Refused: INVALID, TOO_LARGE.
    """
    must = _MUST.get(kind)
    if must is None:
        raise Refused(Code.INVALID, f"a shape is one of {', '.join(sorted(_MUST))}, not {kind!r}")
    if missing := must - properties.keys():
        raise Refused(Code.INVALID, f"a {kind} needs {', '.join(sorted(missing))}")
    _check(kind, properties, must | _MAY.get(kind, frozenset()) | {"start", "turn"})
    count = len(properties.get("points", ())) // 2
    if kind in PATHS and count < CORNERS_LEAST[kind]:
        raise Refused(Code.INVALID, f"a {kind} has more points")
    if len(properties.get("pressure", ())) not in (0, count):
        raise Refused(Code.INVALID, "a stroke has a pressure for every point, or for none")


def check_set(kind: str, properties: Mapping[str, Any]) -> None:
    """May these properties of a shape of this kind be set?

    Raises:
        Refused: INVALID, TOO_LARGE.
    """
    if not properties:
        raise Refused(Code.INVALID, "no property is named")
    _check(kind, properties, (_MUST[kind] | _MAY.get(kind, frozenset()) | {"start", "turn"}) - _FIXED)


def _check(kind: str, properties: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := properties.keys() - known:
        raise Refused(Code.INVALID, f"a {kind} has no {', '.join(sorted(unknown))} that can be set")
    for key, value in properties.items():
        is_good, wish = _CHECKS[key]
        if not is_good(value):
            too_large = key in _MOST and len(value) > _MOST[key]
            raise Refused(Code.TOO_LARGE if too_large else Code.INVALID, wish)
