"""Whole shapes: put there, changed, laid above or below others, copied."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest

from whiteboard import Changed, Code, Copied, Extended, Finished, Put, Refused

from .desk import ANNA, BEN, LEAST, TEACHER, Desk, refold, refused

EVERY_KIND = pytest.mark.parametrize("kind", LEAST)
START = (100, 200)


def without(properties: Any, key: str) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != key}


# Put


@pytest.mark.rule("BOARD-26")
@EVERY_KIND
def test_a_shape_of_every_kind_is_put_there_whole_and_on_top(desk: Desk, kind: str) -> None:
    desk.draw("3.1")
    body = {"id": "2.1", "page": 1, "author": ANNA, "kind": kind, "z": 2, "start": START, **LEAST[kind]}
    assert desk.put(ANNA, "2.1", kind) == [Put(ANNA, body)]
    assert desk.seen() == ["3.1", "2.1"]
    assert desk.body("2.1") == {key: list(value) if isinstance(value, tuple) else value for key, value in body.items()}


@pytest.mark.rule("BOARD-26")
@EVERY_KIND
def test_a_kind_needs_what_it_is_made_of(desk: Desk, kind: str) -> None:
    for key in LEAST[kind]:
        with refused(Code.INVALID):
            desk.board.put(ANNA, "2.1", page=1, kind=kind, start=START, **without(LEAST[kind], key))


ALL: dict[str, Any] = {
    "color": "#ffffff",
    "width": 1,
    "fill": "#ffffff",
    "points": (1, 1, 2, 2),
    "pressure": (1, 2),
    "size": (1, 1),
    "scale": (2_000, 500),
    "text": "x",
    "font": "mono",
    "height": 60,
    "latex": "x",
    "asset": "0" * 32,
    "from": (1, 1),
    "open": True,
    "id": "3.1",
    "author": BEN,
    "z": 9,
}
MAY: dict[str, set[str]] = {
    "pen": {"pressure", "scale"},
    "highlighter": {"pressure", "scale"},
    "line": {"scale"},
    "arrow": {"scale"},
    "polygon": {"scale", "fill"},
    "rectangle": {"fill"},
    "ellipse": {"fill"},
    "image": set(),
    "formula": set(),
    "text": set(),
}


def taken(operation: Callable[[str, Any], object]) -> set[str]:
    """Those of ALL with which an operation is not refused as invalid."""
    found = set()
    for key, value in ALL.items():
        with suppress_invalid():
            operation(key, value)
            found.add(key)
    return found


@contextmanager
def suppress_invalid() -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        if refusal.code is not Code.INVALID:
            raise


@pytest.mark.rule("BOARD-26")
@EVERY_KIND
def test_a_kind_has_no_property_of_another(desk: Desk, kind: str) -> None:
    def put(key: str, value: Any) -> None:
        points = {"points": ALL["points"]} if key == "pressure" else {}
        desk.board.put(ANNA, "2.1", page=1, kind=kind, **{"start": START, **LEAST[kind], **points, key: value})

    assert taken(put) == MAY[kind] | set(LEAST[kind])


@pytest.mark.rule("BOARD-26")
@pytest.mark.parametrize("kind", ["", "star", "Pen"])
def test_there_are_no_other_kinds(desk: Desk, kind: str) -> None:
    with refused(Code.INVALID):
        desk.board.put(ANNA, "2.1", page=1, kind=kind, start=START, **LEAST["line"])


@pytest.mark.rule("BOARD-4", "BOARD-31")
@pytest.mark.parametrize(
    ("kind", "key", "good", "wrong"),
    [
        ("line", "start", [(-16_000, -9_000), (32_000, 18_000)], [(-16_001, 0), (0, 18_001), (32_001, 0)]),
        ("line", "color", ["#abcdef"], ["red", "#ABCDEF", "#abc", "#abcdef\n", "url(x)"]),
        ("line", "width", [1, 400], [0, 401]),
        ("line", "points", [(0, 0), (16_000, -16_000)], [(), (1,), (1, 2, 3)]),
        ("polygon", "points", [(0, 0, 1, 1)], [(), (1, 1)]),
        ("pen", "points", [(), (0, 0)], [(1,)]),
        ("pen", "pressure", [(0,), (255,)], [(256,), (-1,), (1, 2)]),
        ("pen", "scale", [(10, 100_000)], [(9, 1_000), (1_000, 100_001), (1_000,), (1_000, 1_000, 1_000)]),
        ("text", "turn", [0, 3_599], [-1, 3_600]),
        ("ellipse", "fill", ["", "#abcdef"], ["none", "#ABCDEF"]),
        ("ellipse", "size", [(1, 16_000)], [(0, 1), (1, 16_001), (1,)]),
        ("text", "text", ["x", "字" * 2_000, "a\nb"], [""]),
        ("text", "font", ["sans", "serif", "mono"], ["", "Comic Sans", "sans-serif"]),
        ("text", "height", [60, 2_000], [59, 2_001]),
        ("formula", "latex", ["x", "x" * 2_000], [""]),
        ("image", "asset", ["0" * 32], ["0" * 31, "g" * 32, "A" * 32, "../" + "0" * 29, "0" * 32 + "\n"]),
    ],
)
def test_every_value_is_within_its_bounds(desk: Desk, kind: str, key: str, good: list[Any], wrong: list[Any]) -> None:
    for value in good:
        assert desk.board.put(ANNA, "2.1", page=1, kind=kind, **{"start": START, **LEAST[kind], key: value})
    for value in wrong:
        with refused(Code.INVALID):
            desk.board.put(ANNA, "2.1", page=1, kind=kind, **{"start": START, **LEAST[kind], key: value})


@pytest.mark.rule("BOARD-12", "BOARD-31")
@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("text", "text", "x" * 2_001),
        ("formula", "latex", "x" * 2_001),
        ("line", "points", (0, 0) * 257),
        ("pen", "points", (0, 0) * 257),
    ],
)
def test_what_is_too_long_is_too_large(desk: Desk, kind: str, key: str, value: Any) -> None:
    with refused(Code.TOO_LARGE):
        desk.put(ANNA, "2.1", kind, **{key: value})


@pytest.mark.rule("BOARD-26")
def test_what_has_its_default_is_left_out(desk: Desk) -> None:
    desk.put(ANNA, "2.1", "polygon", turn=0, fill="", scale=(1_000, 1_000))
    desk.put(ANNA, "2.2", "polygon", turn=0, fill="", scale=[1_000, 1_000])
    assert (
        set(desk.body("2.1")) == set(desk.body("2.2")) == {"id", "page", "author", "kind", "z", "start", *LEAST["pen"]}
    )


def test_a_whole_stroke_that_is_put_there_is_finished(desk: Desk) -> None:
    desk.put(ANNA, "2.1", "pen", points=(1, 2, 3, 4), pressure=(0, 255))
    assert desk.board.finish(ANNA, "2.1") == []
    with refused(Code.CONFLICT):
        desk.board.extend(ANNA, "2.1", (1, 1))


@pytest.mark.rule("BOARD-2", "BOARD-11", "BOARD-12")
def test_a_shape_needs_a_new_id_a_page_that_is_open_and_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whiteboard.operations.PAGE_SHAPES_MAX", 2)
    desk.put(ANNA, "2.1")
    for shape, page, code in (
        ("2.1", 1, Code.CONFLICT),
        ("3.1", 1, Code.FORBIDDEN),
        ("2.2.1", 1, Code.FORBIDDEN),
        ("2.2", 9, Code.NOT_FOUND),
    ):
        with refused(code):
            desk.put(ANNA, shape, page=page)
    desk.do(desk.board.lock_page(TEACHER, 1, True))
    with refused(Code.LOCKED):
        desk.put(ANNA, "2.2")
    desk.put(TEACHER, "1.1")
    with refused(Code.FULL):
        desk.put(TEACHER, "1.2")


@pytest.mark.rule("BOARD-38")
def test_all_shapes_together_have_a_bounded_number_of_points(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whiteboard.operations.POINTS_MAX", 5)
    desk.draw("2.1")
    desk.begin(BEN, "3.1")
    desk.board.extend(BEN, "3.1", (1, 1, 1, 1))
    with refused(Code.FULL):
        desk.board.extend(BEN, "3.1", (1, 1, 1, 1))
    desk.do(desk.board.flush())
    with refused(Code.FULL):
        desk.put(ANNA, "2.2", "polygon")
    with refused(Code.FULL):
        desk.board.copy(ANNA, ["2.1"], page=1, by=(0, 0), first=2)
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    desk.put(BEN, "3.2", "polygon")
    with refused(Code.FULL):
        desk.board.undo(ANNA)


# Change


@pytest.mark.rule("BOARD-28")
@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("pen", {"start": (5, 6), "color": "#ffffff", "width": 3, "scale": (2_000, 500), "turn": 900}),
        ("polygon", {"start": (5, 6), "fill": "#ffffff", "scale": (2_000, 500), "turn": 900}),
        ("rectangle", {"size": (7, 8), "fill": "#ffffff", "width": 3, "turn": 1}),
        ("image", {"start": (-5, -6), "size": (7, 8), "turn": 1}),
        ("formula", {"latex": "y", "size": (7, 8), "color": "#ffffff"}),
        ("text", {"text": "a\nb", "font": "mono", "height": 60, "color": "#ffffff", "turn": 1}),
    ],
)
def test_properties_are_set_and_the_rest_stays(desk: Desk, kind: str, properties: dict[str, Any]) -> None:
    desk.put(ANNA, "2.1", kind)
    before = desk.body("2.1")
    assert desk.do(desk.board.change(ANNA, {"2.1": properties})) == [Changed(ANNA, {"2.1": properties})]
    after = {key: list(value) if isinstance(value, tuple) else value for key, value in properties.items()}
    assert desk.body("2.1") == {**before, **after}


@pytest.mark.rule("BOARD-28")
@EVERY_KIND
def test_only_properties_of_its_kind_are_changed_and_never_what_it_is_made_of(desk: Desk, kind: str) -> None:
    desk.put(ANNA, "2.1", kind)
    made_of = {"points", "pressure", "asset"}
    assert (
        taken(lambda key, value: desk.board.change(ANNA, {"2.1": {key: value}}))
        == (MAY[kind] | set(LEAST[kind])) - made_of
    )


@pytest.mark.rule("BOARD-4", "BOARD-31")
@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({}, Code.INVALID),
        ({"turn": 3_600}, Code.INVALID),
        ({"start": (32_001, 0)}, Code.INVALID),
        ({"height": 59}, Code.INVALID),
        ({"text": ""}, Code.INVALID),
        ({"text": "x" * 2_001}, Code.TOO_LARGE),
        ({"turn": 1, "font": "x"}, Code.INVALID),
    ],
)
def test_a_change_within_bounds_or_none(desk: Desk, properties: dict[str, Any], code: Code) -> None:
    desk.put(ANNA, "2.1", "text")
    desk.put(ANNA, "2.2", "text")
    with refused(code):
        desk.board.change(ANNA, {"2.2": {"turn": 1}, "2.1": properties})


@pytest.mark.rule("BOARD-28")
def test_the_last_writer_of_each_property_wins(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    desk.do(desk.board.change(ANNA, {"2.1": {"turn": 100, "width": 1, "start": (1, 1)}}))
    desk.do(desk.board.change(TEACHER, {"2.1": {"width": 2, "color": "#ffffff"}}, staff=True))
    desk.do(desk.board.change(ANNA, {"2.1": {"start": (3, 3)}}))
    body = desk.body("2.1")
    assert (body["turn"], body["width"], body["color"], body["start"]) == (100, 2, "#ffffff", [3, 3])
    assert body["author"] == ANNA


@pytest.mark.rule("BOARD-28")
def test_a_property_set_to_its_default_is_left_out(desk: Desk) -> None:
    desk.put(ANNA, "2.1", "polygon", turn=5, fill="#ffffff", scale=(10, 1_000))
    desk.do(desk.board.change(ANNA, {"2.1": {"turn": 0, "fill": "", "scale": [1_000, 1_000]}}))
    assert set(desk.body("2.1")) == {"id", "page", "author", "kind", "z", "start", *LEAST["polygon"]}


@pytest.mark.rule("BOARD-9", "BOARD-10", "BOARD-11")
def test_students_change_what_is_theirs_and_staff_everything_that_is_there(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    desk.put(ANNA, "2.2")
    desk.put(BEN, "3.1")
    desk.do(desk.board.erase(ANNA, ["2.2"]))
    with refused(Code.FORBIDDEN):
        desk.board.change(ANNA, {"2.1": {"turn": 1}, "3.1": {"turn": 1}})
    with refused(Code.NOT_FOUND):
        desk.board.change(ANNA, {"2.2": {"turn": 1}})
    assert desk.board.change(ANNA, {"2.2": {"turn": 1}, "2.1": {"turn": 1}}) == [Changed(ANNA, {"2.1": {"turn": 1}})]
    desk.do(desk.board.lock(TEACHER, True))
    with refused(Code.LOCKED):
        desk.board.change(ANNA, {"2.1": {"turn": 1}})
    desk.do(desk.board.change(TEACHER, {"2.1": {"turn": 1}, "3.1": {"turn": 2}}, staff=True))
    assert (desk.body("2.1")["turn"], desk.body("3.1")["turn"]) == (1, 2)


@pytest.mark.rule("BOARD-12")
def test_an_operation_names_at_most_500_shapes(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    most = ["2.1", *(f"2.{n}" for n in range(2, 501))]
    desk.board.erase(ANNA, most)
    desk.board.erase(ANNA, [*most, "2.1"])
    with refused(Code.TOO_LARGE):
        desk.board.erase(ANNA, [*most, "2.501"])
    with refused(Code.TOO_LARGE):
        desk.board.change(ANNA, {name: {"turn": 1} for name in [*most, "2.501"]})


@pytest.mark.rule("BOARD-19")
@pytest.mark.parametrize("what", ["change", "order", "cut"])
def test_a_stroke_still_open_is_finished_before_it_is_changed_cut_or_laid_elsewhere(desk: Desk, what: str) -> None:
    desk.begin(ANNA, "2.1")
    desk.board.extend(ANNA, "2.1", (1, 1))
    board = desk.board
    changes = {
        "change": lambda: board.change(TEACHER, {"2.1": {"turn": 1}}, staff=True),
        "order": lambda: board.order(TEACHER, ["2.1"], "back", staff=True),
        "cut": lambda: board.cut(TEACHER, {"2.1": []}, staff=True),
    }[what]()
    assert desk.do(changes)[:2] == [Extended("2.1", (1, 1)), Finished("2.1")]
    assert len(changes) == 3
    assert not board.pending


# Order


@pytest.mark.rule("BOARD-29")
def test_shapes_are_laid_above_all_others_or_below_and_keep_their_order(desk: Desk) -> None:
    desk.draw("2.1", "2.2", "2.3", "2.4")
    assert desk.do(desk.board.order(ANNA, ["2.3", "2.1", "2.3"], "front")) == [
        Changed(ANNA, {"2.1": {"z": 5}, "2.3": {"z": 6}})
    ]
    assert desk.seen() == ["2.2", "2.4", "2.1", "2.3"]
    assert desk.do(desk.board.order(ANNA, ["2.3", "2.4"], "back")) == [
        Changed(ANNA, {"2.4": {"z": -2}, "2.3": {"z": -1}})
    ]
    desk.draw("2.5")
    assert desk.seen() == ["2.4", "2.3", "2.2", "2.1", "2.5"]
    assert desk.do(desk.board.order(ANNA, ["2.5"], "back")) == [Changed(ANNA, {"2.5": {"z": -3}})]
    assert refold(desk.log).picture() == desk.board.picture()


@pytest.mark.rule("BOARD-9", "BOARD-10")
@pytest.mark.parametrize("to", ["front", "back"])
def test_students_lay_only_what_is_theirs(desk: Desk, to: Literal["front", "back"]) -> None:
    desk.draw("2.1", "3.1")
    with refused(Code.FORBIDDEN):
        desk.board.order(ANNA, ["2.1", "3.1"], to)
    with refused(Code.NOT_FOUND):
        desk.board.order(ANNA, ["2.9"], to)
    desk.do(desk.board.order(TEACHER, ["2.1", "3.1"], to, staff=True))


# Copy


@pytest.mark.rule("BOARD-30")
def test_copies_lie_on_top_moved_in_the_order_of_their_sources(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    desk.put(ANNA, "2.1", "text", turn=5)
    desk.draw("2.2", "3.1")
    one, two = desk.body("2.1"), desk.body("2.2")
    assert desk.do(desk.board.copy(ANNA, ["2.2", "2.1"], page=2, by=(10, -20), first=7)) == [
        Copied(
            ANNA,
            ("2.1", "2.2"),
            (10, -20),
            (
                {**one, "id": "2.7", "page": 2, "z": 4, "start": [110, 180]},
                {**two, "id": "2.8", "page": 2, "z": 5, "start": [110, 180]},
            ),
        )
    ]
    assert (desk.seen(1), desk.seen(2)) == (["2.1", "2.2", "3.1"], ["2.7", "2.8"])
    assert desk.board.next_shape(ANNA) == 9
    assert (desk.body("2.1"), desk.body("2.2")) == (one, two)


@pytest.mark.rule("BOARD-30")
def test_what_is_cut_out_is_pasted_as_long_as_it_can_be_taken_back(desk: Desk) -> None:
    desk.draw("2.1", "2.2", "3.1")
    desk.do(desk.board.erase(ANNA, ["2.1", "2.2"]))
    with refused(Code.FORBIDDEN):
        desk.board.copy(BEN, ["2.1"], page=1, by=(0, 0), first=2)
    desk.do(desk.board.copy(ANNA, ["2.2", "2.1"], page=1, by=(0, 0), first=3))
    assert desk.seen() == ["3.1", "2.3", "2.4"]
    desk.do(desk.board.undo(ANNA))
    desk.do(desk.board.undo(ANNA))
    assert desk.seen() == ["2.1", "2.2", "3.1"]
    desk.do(desk.board.undo(ANNA))
    desk.draw("2.9")  # nobody can do it again: it is gone for good
    with refused(Code.NOT_FOUND):
        desk.board.copy(ANNA, ["2.2"], page=1, by=(0, 0), first=10)


@pytest.mark.rule("BOARD-30", "BOARD-37")
def test_what_staff_copy_keeps_its_author_and_is_undone_by_who_copied(desk: Desk) -> None:
    desk.draw("2.1")
    desk.do(desk.board.copy(TEACHER, ["2.1"], page=1, by=(0, 0), first=1, staff=True))
    assert desk.body("1.1")["author"] == ANNA
    desk.do(desk.board.change(ANNA, {"1.1": {"turn": 1}}))
    with refused(Code.CONFLICT):  # another has changed it since
        desk.board.undo(TEACHER, staff=True)
    desk.do(desk.board.undo(ANNA))
    desk.do(desk.board.undo(TEACHER, staff=True))
    assert desk.seen() == ["2.1"]


@pytest.mark.rule("BOARD-30")
def test_a_copy_of_a_piece_and_of_a_changed_shape_looks_like_it(desk: Desk) -> None:
    desk.draw("2.1")
    desk.do(desk.board.cut(ANNA, {"2.1": [(50, 150)]}))
    desk.do(desk.board.change(ANNA, {"2.1.1": {"turn": 7, "scale": (2_000, 1_000)}}))
    desk.do(desk.board.copy(ANNA, ["2.1.1"], page=1, by=(0, 0), first=2))
    assert desk.body("2.2") == {**desk.body("2.1.1"), "id": "2.2", "z": 2}
    assert desk.body("2.2")["from"] == [5, 0]


@pytest.mark.rule("BOARD-30")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"shapes": ["2.9"]}, Code.NOT_FOUND),
        ({"shapes": ["2.1", "3.1"]}, Code.FORBIDDEN),
        ({"page": 9}, Code.NOT_FOUND),
        ({"first": 2}, Code.CONFLICT),
        ({"first": 9_999_999_999}, Code.INVALID),  # the second would be a number too long
        ({"by": (-16_101, 0)}, Code.INVALID),
        ({"by": (0, 17_801)}, Code.INVALID),
        ({"shapes": ["2.1", "2.3"]}, Code.CONFLICT),  # which is still being drawn
    ],
)
def test_what_cannot_be_copied(desk: Desk, arguments: dict[str, Any], code: Code) -> None:
    desk.draw("2.1", "2.2", "3.1")
    desk.begin(ANNA, "2.3")
    with refused(code):
        desk.board.copy(ANNA, **{"shapes": ["2.1", "2.2"], "page": 1, "by": (0, 0), "first": 4, **arguments})


@pytest.mark.rule("BOARD-11", "BOARD-12")
def test_copies_need_room_on_a_page_that_is_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whiteboard.operations.PAGE_SHAPES_MAX", 3)
    desk.draw("2.1", "2.2")
    with refused(Code.FULL):
        desk.board.copy(ANNA, ["2.1", "2.2"], page=1, by=(0, 0), first=3)
    desk.do(desk.board.add_page(TEACHER))
    desk.do(desk.board.lock_page(TEACHER, 2, True))
    with refused(Code.LOCKED):
        desk.board.copy(ANNA, ["2.1"], page=2, by=(0, 0), first=3)
    desk.do(desk.board.copy(ANNA, ["2.1"], page=1, by=(0, 0), first=3))
