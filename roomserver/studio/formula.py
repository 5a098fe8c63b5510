"""Formulas: LaTeX as one outline of whole numbers, the same for page, export and replay.

ziamath writes SVG with glyphs, bars, frames and strokes; here they become one path that is filled.
"""

import re
from collections.abc import Iterable, Iterator
from math import hypot
from xml.etree import ElementTree as ET

from latex2mathml import exceptions as tex
from ziamath import zmath
from ziamath.config import config
from ziamath.tex import tex2mml

from .fonts import Mathematics
from .jobs import LATEX_CHARS, OUTLINE_CHARS, Latex, Outlined, Unfit

EM = 1000
NAMED = 10  # of the characters that cannot be drawn
FONT = "mathematics"
NUMBER = re.compile(r"-?[0-9.]+(?:e-?[0-9]+)?")
PIECE = re.compile(r"([MLQCZ])([^MLQCZ]*)")

Point = tuple[float, float]
Piece = tuple[str, list[Point]]  # a command of SVG paths in capitals, and its points

config.svg2 = False  # glyphs as paths, and no references to follow
config.precision = 1

SAID: dict[type[Exception], str] = {
    ET.ParseError: "a & stands outside of a table",
    RecursionError: "it is nested too deeply",
    AssertionError: "something is missing at the end",
    tex.NumeratorNotFoundError: "a fraction has no numerator",
    tex.DenominatorNotFoundError: "a fraction has no denominator",
    tex.ExtraLeftOrMissingRightError: r"a \left has no \right",
    tex.MissingSuperScriptOrSubscriptError: "nothing stands after ^ or _",
    tex.DoubleSubscriptsError: "two subscripts follow each other: put braces around one",
    tex.DoubleSuperscriptsError: "two superscripts follow each other: put braces around one",
    tex.NoAvailableTokensError: "something is missing at the end",
    tex.InvalidStyleForGenfracError: r"the style of a \genfrac is none",
    tex.MissingEndError: r"a \begin has no \end",
    tex.InvalidAlignmentError: "a column is aligned by l, c or r",
    tex.InvalidWidthError: "a width is not one",
    tex.LimitsMustFollowMathOperatorError: r"\limits stands after no operator",
}


def rehearse() -> None:
    """Have ziamath load what it loads only when it is first used."""
    Outliner(()).outline(r"\frac{1}{2}")


def outline(job: Latex) -> Outlined:
    """
    Raises:
        Unfit: it is no formula, and what is wrong with it.
    """
    return Outliner(job.fonts).outline(job.latex)


class Outliner:
    """Outlines formulas, with fonts from some directories for what the font of mathematics lacks."""

    def __init__(self, fonts: tuple[str, ...]) -> None:
        self._font = Mathematics(fonts)
        zmath.loadedfonts[FONT] = self._font

    def outline(self, latex: str) -> Outlined:
        """
        Raises:
            Unfit: it is no formula, and what is wrong with it.
        """
        check(latex)
        self._font.missing.clear()
        try:
            mathml = ET.fromstring(tex2mml(latex))
            _check_commands(mathml)
            math = zmath.Math(mathml, size=EM, font=FONT)
            svg = ET.Element("svg")
            math.node.draw(0, 0, svg)
            pieces = [*_pieces(svg)]
        except (Unfit, MemoryError):
            raise
        except Exception as error:  # of two parsers that raise whatever they like
            raise Unfit(SAID.get(type(error), "this is not LaTeX that can be drawn")) from error
        if missing := sorted(self._font.missing):
            raise Unfit(f"no font here has {' '.join(missing[:NAMED])}")
        box = math.node.bbox
        return _boxed(pieces, [(box.xmin, -box.ymax), (box.xmax, -box.ymin)])


def check(latex: str) -> None:
    """
    Raises:
        Unfit: it is too long, empty, or its braces do not fit.
    """
    if not latex.strip():
        raise Unfit("the formula is empty")
    if len(latex) > LATEX_CHARS:
        raise Unfit(f"a formula has at most {LATEX_CHARS} characters")
    if not latex.isprintable() and re.search(r"[^\S\n\t ]|[\x00-\x08\x0e-\x1f]", latex):
        raise Unfit("the formula has characters that cannot be seen")
    depth = 0
    for brace in re.findall(r"\\.|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            raise Unfit("a } has no {")
    if depth:
        raise Unfit("a { has no }")


def _check_commands(mathml: ET.Element) -> None:
    """What the parser does not know it leaves as text."""
    for element in mathml.iter():
        if unknown := re.search(r"\\[A-Za-z]+", element.text or ""):
            raise Unfit(f"{unknown[0]} is not known here")


def _pieces(svg: ET.Element) -> Iterator[Piece]:
    """All that is drawn, as outlines to be filled."""
    for element in svg.iter():
        if element.tag in ("svg", "g") and "transform" not in element.attrib:
            continue
        if element.tag == "rect":
            yield from _bar(*(float(element.get(name, "0")) for name in ("x", "y", "width", "height", "stroke-width")))
        elif element.tag == "path" and "marker-end" not in element.attrib:
            pieces = [(command, _points(numbers)) for command, numbers in PIECE.findall(element.get("d", ""))]
            if (width := float(element.get("stroke-width", "0"))) > 0:
                yield from _ribbon([point for _, points in pieces for point in points], width)
            else:
                yield from pieces
        else:
            raise Unfit("the formula has parts that cannot be drawn here")


def _points(numbers: str) -> list[Point]:
    found = [float(number) for number in NUMBER.findall(numbers)]
    return [*zip(found[::2], found[1::2], strict=True)]


def _bar(x: float, y: float, w: float, h: float, stroke: float) -> Iterator[Piece]:
    """A bar; or with a stroke a frame, as two rectangles that run against each other."""
    out = stroke / 2
    yield from _ring([(x - out, y - out), (x + w + out, y - out), (x + w + out, y + h + out), (x - out, y + h + out)])
    if stroke and w > stroke and h > stroke:
        yield from _ring(
            [(x + out, y + out), (x + out, y + h - out), (x + w - out, y + h - out), (x + w - out, y + out)]
        )


def _ribbon(points: list[Point], width: float) -> Iterator[Piece]:
    """A straight stroke as the rectangle that it covers."""
    (ax, ay), (bx, by) = points
    along = hypot(bx - ax, by - ay) or 1
    nx, ny = (ay - by) / along * width / 2, (bx - ax) / along * width / 2
    yield from _ring([(ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny)])


def _ring(corners: list[Point]) -> Iterator[Piece]:
    yield "M", corners[:1]
    yield from (("L", [corner]) for corner in corners[1:])
    yield "Z", []


def _boxed(pieces: list[Piece], corners: list[Point]) -> Outlined:
    """Moved to the top left corner of the box around everything, in whole numbers."""
    corners += [point for _, points in pieces for point in points]
    left, top = (min(corner[axis] for corner in corners) for axis in (0, 1))
    right, bottom = (max(corner[axis] for corner in corners) for axis in (0, 1))
    path = _path((command, [(round(x - left), round(y - top)) for x, y in points]) for command, points in pieces)
    if len(path) > OUTLINE_CHARS:
        raise Unfit("the formula is too large")
    return Outlined(max(1, round(right - left)), max(1, round(bottom - top)), path)


def _path(pieces: Iterable[tuple[str, list[tuple[int, int]]]]) -> str:
    """In SVG's relative commands: half as long, and glyphs that repeat are the same text wherever they stand."""
    written = []
    x = y = begin_x = begin_y = 0
    for command, points in pieces:
        numbers = "".join(f"{to_x - x: d}{to_y - y: d}" for to_x, to_y in points)  # a space, or a minus
        written.append(command.lower() + numbers.lstrip())
        if command == "Z":
            x, y = begin_x, begin_y
        else:
            x, y = points[-1]
        if command == "M":
            begin_x, begin_y = x, y
    return "".join(written)
