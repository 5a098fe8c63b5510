"""A page as SVG: every shape where it stands, and nothing of what members wrote in the markup."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whiteboard.geometry import HEAD_HALF_ANGLE, arrow, midpoints, points_of
from whiteboard.svg import DARK_INK, LIGHT_INK, NOTHING, Formula, Things, page_svg

SVG = "{http://www.w3.org/2000/svg}"
PEN = {"kind": "pen", "color": "#1c1c1c", "width": 40, "start": [100, 200], "points": []}
TEXT = {"kind": "text", "color": "#1c1c1c", "start": [0, 0], "text": "x", "font": "sans", "height": 100}


def drawn(*shapes: dict[str, Any], background: str = "blank", things: Things = NOTHING) -> ET.Element:
    """The page's elements; parsing proves that it is XML."""
    return ET.fromstring(page_svg({"page": 1, "background": background, "shapes": shapes}, things))


def only(root: ET.Element, tag: str) -> ET.Element:
    [found] = root.iter(SVG + tag)
    return found


@pytest.mark.rule("SVG-1")
@given(text=st.text(max_size=40))
def test_text_is_text_whatever_it_is(text: str) -> None:
    root = drawn({**TEXT, "text": f"<script>alert(1)</script>&amp;\"'{text}"})
    assert {element.tag for element in root.iter()} <= {SVG + tag for tag in ("svg", "rect", "text", "tspan")}
    said = "".join(span.text or "" for span in root.iter(SVG + "tspan"))
    assert said.startswith("<script>alert(1)</script>&amp;\"'")
    assert [span.text for span in drawn({**TEXT, "text": "a\n <b>"}).iter(SVG + "tspan")] == ["a", " <b>"]


@pytest.mark.rule("SVG-1")
def test_a_formula_without_an_outline_and_an_address_are_escaped_too() -> None:
    formula = {"kind": "formula", "color": "#1c1c1c", "start": [0, 0], "size": [900, 300], "latex": 'a<b&"c'}
    assert only(drawn(formula), "tspan").text == 'a<b&"c'
    image = {"kind": "image", "start": [0, 0], "size": [900, 300], "asset": "a"}
    root = drawn(image, things=Things({"a": 'data:"><script>'}))
    assert only(root, "image").get("href") == 'data:"><script>'


@pytest.mark.rule("SVG-1")
@pytest.mark.parametrize("color", ["red", "url(#a)", '#fff"/>', "#FFFFFF", ""])
def test_no_colour_but_rrggbb_is_drawn(color: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        drawn({**PEN, "color": color})


@pytest.mark.rule("SVG-2")
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [(100, 200), (110, 200), (110, 220)]),
        ({"from": [5, 6]}, [(105, 206), (115, 206), (115, 226)]),
        ({"scale": [2000, 500]}, [(100, 200), (120, 200), (120, 210)]),
        ({"turn": 900}, [(100, 200), (100, 210), (80, 210)]),
        ({"turn": 900, "scale": [2000, 500]}, [(100, 200), (100, 220), (90, 220)]),
    ],
)
def test_points_stand_where_scale_and_turn_put_them(more: dict[str, Any], expected: list[tuple[int, int]]) -> None:
    found = points_of({**PEN, "points": [10, 0, 0, 20], **more})
    assert [(round(x, 6), round(y, 6)) for x, y in found] == expected


@pytest.mark.rule("SVG-2")
def test_boxes_and_text_are_turned_about_their_start() -> None:
    box = {"kind": "rectangle", "color": "#1c1c1c", "width": 40, "start": [10, 20], "size": [300, 400], "turn": 455}
    root = drawn(box)
    assert only(root, "g").get("transform") == "rotate(45.5 10 20)"
    assert [*root.iter(SVG + "rect")][-1].get("fill") == "none"
    assert only(drawn({**TEXT, "turn": 1}), "g").get("transform") == "rotate(0.1 0 0)"


@pytest.mark.rule("SVG-3")
def test_a_stroke_is_a_curve_through_the_midpoints_of_its_points() -> None:
    stroke = {**PEN, "points": [100, 0, 0, 100, 100, 0]}
    assert only(drawn(stroke), "path").get("d") == "M100 200q100 0 100 50q0 50 50 50l50 0"
    assert only(drawn({**PEN, "points": [7, 7]}), "path").get("d") == "M100 200l7 7"
    dot = only(drawn(PEN), "circle")
    assert (dot.get("cx"), dot.get("cy"), dot.get("r")) == ("100", "200", "20")
    assert midpoints([(0, 0), (10, 0)]) == [(10, 0)]


@pytest.mark.rule("SVG-3")
def test_the_harder_the_pen_is_pressed_the_broader_is_the_line() -> None:
    stroke = {**PEN, "width": 64, "points": [100, 0] * 4, "pressure": [0, 0, 255, 255]}
    paths = [*drawn(stroke).iter(SVG + "path")]
    assert [path.get("stroke-width") for path in paths] == ["22.4", "105.6"]  # 0.35 and 1.65 of it
    assert paths[0].get("d") == "M100 200q100 0 150 0q50 0 100 0"
    assert paths[1].get("d") == "M350 200q50 0 100 0l50 0"
    flat = {**stroke, "kind": "highlighter"}
    assert len([*drawn(flat).iter(SVG + "path")]) == 1


@pytest.mark.rule("SVG-4")
def test_a_highlighter_multiplies_and_on_a_dark_page_lights_up() -> None:
    stroke = {**PEN, "kind": "highlighter", "points": [500, 0]}
    assert only(drawn(stroke), "g").get("style") == "mix-blend-mode:multiply"
    assert only(drawn(stroke, background="dark"), "g").get("style") == "mix-blend-mode:screen"
    assert only(drawn(stroke), "g").get("opacity") == "0.6"


@pytest.mark.rule("SVG-4")
@pytest.mark.parametrize(
    ("color", "shown"), [("#000000", LIGHT_INK), ("#4f4f4f", LIGHT_INK), ("#50004f", "#50004f"), ("#ffffff", "#ffffff")]
)
def test_dark_ink_is_shown_light_on_a_dark_page(color: str, shown: str) -> None:
    assert DARK_INK == 0x50
    assert only(drawn({**PEN, "color": color}, background="dark"), "circle").get("fill") == shown
    assert only(drawn({**PEN, "color": color}), "circle").get("fill") == color


@pytest.mark.rule("SVG-5")
def test_an_arrow_ends_in_a_filled_head() -> None:
    assert HEAD_HALF_ANGLE == pytest.approx(0.436332)
    line, head = arrow([(0.0, 0.0), (1000.0, 0.0)], 20)  # 200 long: the least
    assert line == [(0, 0), (800, 0)]
    assert head[0] == (1000, 0)
    assert [(x, round(abs(y), 2)) for x, y in head[1:]] == [(800, 93.26), (800, 93.26)]
    assert arrow([(0.0, 0.0), (1000.0, 0.0)], 100)[0] == [(0, 0), (600, 0)]  # four times as long as it is broad


@pytest.mark.rule("SVG-5")
def test_an_arrow_that_is_shorter_than_its_head_is_a_head_and_one_without_direction_a_dot() -> None:
    line, head = arrow([(0.0, 0.0), (100.0, 0.0)], 20)
    assert (len(line), head[0]) == (1, (100, 0))
    line, head = arrow([(0.0, 0.0), (500.0, 0.0), (600.0, 0.0), (600.0, 0.0)], 20)
    assert (line, head[0]) == ([(0, 0), (500, 0)], (600, 0))
    shape = {**PEN, "kind": "arrow", "points": [100, 0]}
    assert [path.get("fill") for path in drawn(shape).iter(SVG + "path")] == ["#1c1c1c"]
    assert only(drawn({**shape, "points": [0, 0]}), "circle") is not None


@pytest.mark.rule("SVG-6")
def test_a_formula_fills_its_box() -> None:
    formula = {"kind": "formula", "color": "#1c1c1c", "start": [10, 20], "size": [1000, 400], "latex": "x"}
    path = only(drawn(formula, things=Things(formulas={"x": Formula(500, 800, "M0 0L500 800")})), "path")
    assert path.get("transform") == "translate(10 20) scale(2 0.5)"
    assert path.get("d") == "M0 0L500 800"


@pytest.mark.rule("SVG-6")
def test_a_slide_fits_the_page_and_a_picture_fills_its_box_and_what_is_gone_leaves_its_place() -> None:
    asset = "0" * 32
    image = {"kind": "image", "start": [10, 20], "size": [300, 400], "asset": asset}
    things = Things({asset: "data:image/webp;base64,AA=="})
    slide = only(drawn(background=asset, things=things), "image")
    assert (slide.get("width"), slide.get("preserveAspectRatio")) == ("16000", "xMidYMid meet")
    assert only(drawn(image, things=things), "image").get("preserveAspectRatio") == "none"
    assert [rect.get("width") for rect in drawn(image).iter(SVG + "rect")] == ["16000", "300"]
    assert len([*drawn(background=asset)]) == 1  # the paper


@pytest.mark.parametrize(("background", "paths"), [("blank", 0), ("grid", 1), ("ruled", 1), ("dark", 0)])
def test_backgrounds_have_their_rules(background: str, paths: int) -> None:
    assert len([*drawn(background=background).iter(SVG + "path")]) == paths


def test_paths_and_ellipses_are_drawn_as_they_are() -> None:
    line = {**PEN, "kind": "polygon", "points": [100, 0, 0, 100], "fill": "#ffffff"}
    polygon = only(drawn(line), "path")
    assert (polygon.get("d"), polygon.get("fill")) == ("M100 200L200 200L200 300z", "#ffffff")
    assert only(drawn({**line, "kind": "line"}), "path").get("d") == "M100 200L200 200L200 300"
    round_ = only(
        drawn({"kind": "ellipse", "color": "#1c1c1c", "width": 4, "start": [0, 0], "size": [30, 41]}), "ellipse"
    )
    assert [round_.get(name) for name in ("cx", "cy", "rx", "ry")] == ["15", "20.5", "15", "20.5"]
