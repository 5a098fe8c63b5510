"""A page as an SVG picture, from its plain data: what the web client draws, for print, export and replay.

Pure.  Pictures and formulas are handed in, since they live outside the board.  Nothing of what members wrote gets into
the markup unescaped, and no colour but #rrggbb.  What the client's canvas does and this does too: a smooth line runs
through the midpoints of its points; pressure makes it broader; the highlighter multiplies; on a dark page dark ink is
shown light.  Rules: SVG-* in docs/rules.md.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from .geometry import Point, arrow, midpoints, points_of
from .limits import BOARD_HEIGHT, BOARD_WIDTH

Body = Mapping[str, Any]

HIGHLIGHT_OPACITY = 0.6
DARK_INK = 0x50  # on a dark page, ink darker than this in every part is shown light
LIGHT_INK = "#f4f4f0"
PAPER, SLATE, RULE = "#ffffff", "#1f2a30", "#dbe5ee"
RULE_STEP, RULE_WIDTH = 500, 10  # board units between two rules, and across one
LINE_SPACING = 1.3  # of the text's height
PRESSURE_LEVELS = 16  # that are told apart: their widths differ by half a pixel
MISSING = 'fill="#5b6773" fill-opacity="0.12"'  # where a picture was that is not kept any more

# Families of fonts, by preference.  Chinese ones come first, so that one face draws a whole line.
FONTS: Mapping[str, Sequence[str]] = {
    "sans": ("Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei"),
    "serif": ("Noto Serif CJK SC", "Noto Serif SC", "Songti SC", "SimSun", "DejaVu Serif"),
    "mono": ("Noto Sans Mono CJK SC", "WenQuanYi Micro Hei Mono", "DejaVu Sans Mono"),
}
GENERIC: Mapping[str, str] = {"sans": "sans-serif", "serif": "serif", "mono": "monospace"}
_COLOR = re.compile(r"#[0-9a-f]{6}")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


class Formula(NamedTuple):
    """A formula as it is drawn: its box and the outline in it, in thousandths of an em."""

    width: int
    height: int
    path: str


class Things(NamedTuple):
    """What a page shows and does not hold itself."""

    pictures: Mapping[str, str] = {}  # asset: its address, mostly a `data:` URL
    formulas: Mapping[str, Formula] = {}  # by LaTeX; what is not here is shown as its source
    fonts: Mapping[str, Sequence[str]] = FONTS


NOTHING = Things()


def page_svg(page: Mapping[str, Any], things: Things = NOTHING) -> str:
    """One page as a whole SVG document.

    Args:
        page: `{"page", "background", "shapes": [body, …]}` with the shapes in their order, as in docs/protocol.md.
        things: the pictures and formulas that it names.

    Raises:
        ValueError, KeyError, TypeError: that is no page.
    """
    background = page["background"]
    dark = background == "dark"
    shapes = (_turned(shape, _DRAW[shape["kind"]](shape, dark, things)) for shape in page["shapes"])
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {BOARD_WIDTH} {BOARD_HEIGHT}" width="{BOARD_WIDTH // 10}" height="{BOARD_HEIGHT // 10}" '
        f'stroke-linecap="round" stroke-linejoin="round">{"".join(_background(background, things))}{"".join(shapes)}'
        "</svg>"
    )


def _background(background: str, things: Things) -> Iterator[str]:
    paper = SLATE if background == "dark" else PAPER
    yield f'<rect width="{BOARD_WIDTH}" height="{BOARD_HEIGHT}" fill="{paper}"/>'
    if background in ("grid", "ruled"):
        rules = [f"M0 {y}H{BOARD_WIDTH}" for y in range(RULE_STEP, BOARD_HEIGHT, RULE_STEP)]
        if background == "grid":
            rules += [f"M{x} 0V{BOARD_HEIGHT}" for x in range(RULE_STEP, BOARD_WIDTH, RULE_STEP)]
        yield f'<path d="{"".join(rules)}" stroke="{RULE}" stroke-width="{RULE_WIDTH}" stroke-linecap="butt"/>'
    elif background not in ("blank", "dark") and background in things.pictures:  # a slide
        yield _image(things.pictures[background], (0, 0), (BOARD_WIDTH, BOARD_HEIGHT), "xMidYMid meet")


# Strokes and paths


def _stroke(shape: Body, dark: bool, _: Things) -> str:
    points, ink = points_of(shape), _ink(shape["color"], dark)
    if len(points) == 1:
        drawn = _dot(points[0], shape["width"], ink)
    elif shape.get("pressure") and shape["kind"] == "pen":
        drawn = _pressed(points, shape["pressure"], shape["width"], ink)
    else:
        drawn = f'<path d="{_smooth(points)}" {_line(ink, shape["width"])}/>'
    if shape["kind"] == "pen":
        return drawn
    blend = "screen" if dark else "multiply"
    return f'<g opacity="{HIGHLIGHT_OPACITY}" style="mix-blend-mode:{blend}">{drawn}</g>'


def _smooth(points: Sequence[Point]) -> str:
    """A curve between the midpoints, the points as its handles; the last piece is straight, as the client draws it."""
    return _curves(points[0], zip(points[1:], midpoints(points), strict=True))


def _pressed(points: Sequence[Point], pressure: Sequence[int], width: int, ink: str) -> str:
    """The same line in pieces, each as broad as the pen was pressed; neighbours of one breadth are one path."""
    ends = midpoints(points)
    levels = [round(one * PRESSURE_LEVELS / 255) for one in pressure]
    paths = []
    for level, group in groupby(zip(levels, [points[0], *ends], points[1:], ends, strict=False), key=itemgetter(0)):
        run = list(group)
        curves = _curves(run[0][1], ((handle, end) for _, _, handle, end in run))
        paths.append(f'<path d="{curves}" stroke-width="{width * (0.35 + 1.3 * level / PRESSURE_LEVELS):.5g}"/>')
    return f'<g fill="none" stroke="{ink}">{"".join(paths)}</g>'


def _curves(start: Point, pieces: Iterable[tuple[Point, Point]]) -> str:
    """Quadratic curves, each a handle and an end, seen from where the one before ended: half as many digits."""
    x, y = _whole(start)
    path = [f"M{x} {y}"]
    for handle, end in pieces:
        (hx, hy), (ex, ey) = _whole(handle), _whole(end)
        path.append(f"l{ex - x} {ey - y}" if handle == end else f"q{hx - x} {hy - y} {ex - x} {ey - y}")
        x, y = ex, ey
    return "".join(path)


def _path(shape: Body, dark: bool, _: Things) -> str:
    """A line, arrow or polygon: straight from point to point."""
    points, ink, width = points_of(shape), _ink(shape["color"], dark), shape["width"]
    if len(set(points)) == 1:
        return _dot(points[0], width, ink)
    if shape["kind"] == "polygon":
        return f'<path d="{_straight(points)}z" {_line(ink, width, _fill(shape, dark))}/>'
    if shape["kind"] == "line":
        return f'<path d="{_straight(points)}" {_line(ink, width)}/>'
    line, head = arrow(points, width)
    drawn = f'<path d="{_straight(line)}" {_line(ink, width)}/>' if len(line) > 1 else ""
    return f'{drawn}<path d="{_straight(head)}z" fill="{ink}"/>'


def _dot(point: Point, width: int, ink: str) -> str:
    x, y = _whole(point)
    return f'<circle cx="{x}" cy="{y}" r="{width / 2:g}" fill="{ink}"/>'


def _straight(points: Sequence[Point]) -> str:
    return _move(points[0]) + "".join(_to(point) for point in points[1:])


# Boxes and text


def _rectangle(shape: Body, dark: bool, _: Things) -> str:
    (x, y), (w, h) = shape["start"], shape["size"]
    ink = _line(_ink(shape["color"], dark), shape["width"], _fill(shape, dark))
    return f'<rect x="{x:d}" y="{y:d}" width="{w:d}" height="{h:d}" {ink}/>'


def _ellipse(shape: Body, dark: bool, _: Things) -> str:
    (x, y), (w, h) = shape["start"], shape["size"]
    ink = _line(_ink(shape["color"], dark), shape["width"], _fill(shape, dark))
    return f'<ellipse cx="{x + w / 2:g}" cy="{y + h / 2:g}" rx="{w / 2:g}" ry="{h / 2:g}" {ink}/>'


def _picture(shape: Body, _: bool, things: Things) -> str:
    if (address := things.pictures.get(shape["asset"])) is not None:
        return _image(address, shape["start"], shape["size"], "none")
    (x, y), (w, h) = shape["start"], shape["size"]
    return f'<rect x="{x:d}" y="{y:d}" width="{w:d}" height="{h:d}" {MISSING}/>'


def _image(address: str, start: Sequence[int], size: Sequence[int], fit: str) -> str:
    (x, y), (w, h) = start, size
    where = f'x="{x:d}" y="{y:d}" width="{w:d}" height="{h:d}" preserveAspectRatio="{fit}"'
    return f'<image {where} href="{escaped(address)}"/>'


def _formula(shape: Body, dark: bool, things: Things) -> str:
    """Stretched into its box; without an outline, its source as wide as the box."""
    (x, y), (w, h), latex = shape["start"], shape["size"], shape["latex"]
    ink = _ink(shape["color"], dark)
    if (formula := things.formulas.get(latex)) is not None:
        scale = f"{w / max(1, formula.width):.5g} {h / max(1, formula.height):.5g}"
        place = f"translate({x:d} {y:d}) scale({scale})"
        return f'<path transform="{place}" d="{escaped(formula.path)}" fill="{ink}"/>'
    height = max(1, min(h * 0.8, 1.6 * w / len(latex)))  # a letter of a fixed width is 0.6 high
    return _lines([latex], (x, y + (h - height) / 2), height, _families("mono", things), ink)


def _text(shape: Body, dark: bool, things: Things) -> str:
    font, ink = _families(shape["font"], things), _ink(shape["color"], dark)
    return _lines(shape["text"].split("\n"), shape["start"], shape["height"], font, ink)


def _families(font: str, things: Things) -> str:
    """As CSS lists them."""
    return ",".join([*(f"'{name}'" for name in things.fonts[font]), GENERIC[font]])


def _lines(lines: Sequence[str], start: Sequence[float], height: float, font: str, ink: str) -> str:
    x, y = start
    spans = "".join(
        f'<tspan x="{x:g}" y="{y + height * (1 + LINE_SPACING * row):g}">{escaped(line)}</tspan>'
        for row, line in enumerate(lines)
    )
    how = f'font-family="{escaped(font)}" font-size="{height:g}" fill="{ink}" xml:space="preserve"'
    return f'<text {how} style="white-space:pre">{spans}</text>'


_DRAW: Mapping[str, Callable[[Body, bool, Things], str]] = {
    "pen": _stroke,
    "highlighter": _stroke,
    "line": _path,
    "arrow": _path,
    "polygon": _path,
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "image": _picture,
    "formula": _formula,
    "text": _text,
}


def _turned(shape: Body, drawn: str) -> str:
    """Points are turned one by one, boxes and text as a whole."""
    if not (turn := shape.get("turn", 0)) or "points" in shape:
        return drawn
    x, y = shape["start"]
    return f'<g transform="rotate({turn / 10:g} {x:d} {y:d})">{drawn}</g>'


# Parts


def _ink(color: str, dark: bool) -> str:
    if not _COLOR.fullmatch(color):
        raise ValueError(f"a colour is #rrggbb, not {color!r}")
    if dark and all(int(color[at : at + 2], 16) < DARK_INK for at in (1, 3, 5)):
        return LIGHT_INK
    return color


def _fill(shape: Body, dark: bool) -> str:
    return _ink(shape["fill"], dark) if shape.get("fill") else "none"


def _line(ink: str, width: int, fill: str = "none") -> str:
    return f'fill="{fill}" stroke="{ink}" stroke-width="{width:d}"'


def _whole(point: Point) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _move(point: Point) -> str:
    return "M{} {}".format(*_whole(point))


def _to(point: Point) -> str:
    return "L{} {}".format(*_whole(point))


def escaped(text: str) -> str:
    """Text as it may stand in markup and in a quoted attribute; what XML cannot hold becomes U+FFFD."""
    text = _NO_XML.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
