"""Formulas: one outline of whole numbers, or a sentence that says what is wrong."""

import re
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.studio.formula import Outliner, outline
from roomserver.studio.jobs import LATEX_CHARS, OUTLINE_CHARS, Latex, Outlined, Unfit
from tests.support.fonts import FONTS, needs_han
from tests.support.tries import tries

PIECE = re.compile(r"([mlqcz])([^a-z]*)")
POINTS = {"m": 1, "l": 1, "q": 2, "c": 3, "z": 0}
Corner = tuple[int, int]


def contours(path: str) -> list[list[Corner]]:
    """The points of each outline, where they stand; every character of the path is understood."""
    found: list[list[Corner]] = []
    x = y = 0
    assert "".join(command + numbers for command, numbers in PIECE.findall(path)) == path
    for command, numbers in PIECE.findall(path):
        assert re.fullmatch(r"-?\d+([ -]\d+)*|", numbers)
        steps = [int(number) for number in re.findall(r"-?\d+", numbers)]
        assert len(steps) == 2 * POINTS[command]
        if command == "m":
            found.append([])
        points = [(x + dx, y + dy) for dx, dy in zip(steps[::2], steps[1::2], strict=True)]
        found[-1] += points
        x, y = points[-1] if points else found[-1][0]
    return found


def check(made: Outlined) -> None:
    """Commands with their points, all inside the box, which begins at 0, 0."""
    points = [point for contour in contours(made.path) for point in contour]
    assert {x for x, _ in points} <= set(range(made.width + 1))
    assert {y for _, y in points} <= set(range(made.height + 1))


@pytest.mark.rule("FORMULA-1")
@pytest.mark.parametrize(
    "latex",
    [
        "x",
        r"x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}",
        r"\sum_{i=1}^n i^2 \quad \int_0^1 x\,dx",
        r"\begin{cases} x & x>0 \\ -x & x\le 0\end{cases}",
        r"\begin{array}{c|c} a & b \\ \hline c & d\end{array}",
        r"\boxed{\cancel{x}}",
        r"\overset{\frown}{AB}\parallel\overline{CD}",
        r"\underbrace{a+b}_{c}",
        r"\triangle ABC\cong\triangle DEF",
        r"\color{red}{x}\phantom{y}",
        r"\{1, 2\} \text{a-b}",
    ],
)
def test_a_formula_is_one_path_of_whole_numbers_in_its_box(latex: str) -> None:
    check(outline(Latex(latex)))


@pytest.mark.rule("FORMULA-1")
def test_a_letter_is_as_large_as_an_em_says() -> None:
    made = outline(Latex("x"))
    assert 400 < made.width < 700
    assert 400 < made.height < 600
    wider = [outline(Latex("x" * n)).width for n in (1, 2, 3)]
    assert all(b - a > 400 for a, b in pairwise(wider))


@pytest.mark.rule("FORMULA-1")
def test_a_frame_is_hollow_and_a_bar_is_full() -> None:
    frame = outline(Latex(r"\boxed{x}")).path
    outer, inner = contours(frame)[:2]
    assert outer[0] == (0, 0)
    assert _runs_right(outer) != _runs_right(inner)  # nonzero winding leaves a hole
    assert outline(Latex(r"\frac{1}{2}")).path.count("z") > outline(Latex("12")).path.count("z")


def _runs_right(points: list[Corner]) -> bool:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*points, points[0]])) > 0


@pytest.mark.rule("FORMULA-2")
@pytest.mark.parametrize(
    ("latex", "why"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("x" * (LATEX_CHARS + 1), "2000 characters"),
        (r"\frac{1}{", "no }"),
        ("x}", "no {"),
        (r"\frac{1}", "something is missing"),
        (r"\foo{x}", r"\\foo is not known"),
        (r"\text{\alpha}", r"\\alpha is not known"),
        (r"\left( x", r"no \\right"),
        (r"\begin{matrix} a & b", r"no \\end"),
        ("x_", "nothing stands after"),
        ("a^b^c", "two superscripts"),
        ("a_b_c", "two subscripts"),
        ("a & b", "outside of a table"),
        ("x\0", "cannot be seen"),
        ("{" * 999 + "}" * 999, "nested too deeply"),
        (r"\text{😀}", "no font here has 😀"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(latex: str, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        outline(Latex(latex))


@needs_han
@pytest.mark.rule("FORMULA-1")
@pytest.mark.parametrize("latex", [r"\text{" + "已知三角形面积求边长" * 199 + "}", "a+b-xyz=" * 250])
def test_two_thousand_characters_are_a_formula_like_any_other(latex: str) -> None:
    made = outline(Latex(latex, FONTS))
    check(made)
    assert 500_000 < len(made.path) < OUTLINE_CHARS


WORDS = r"\frac \sqrt \left( \right) \begin{matrix} \end{matrix} \\ \text{ \vec \sum \hat \over \limits".split()


@pytest.mark.rule("FORMULA-2")
@tries(150)
@given(st.lists(st.sampled_from([*"ab12+-=(){}[]^_&|'\\ ", *WORDS]), max_size=12).map("".join))
def test_whatever_is_written_is_drawn_or_refused(latex: str) -> None:
    with suppress(Unfit):
        made = OUTLINER.outline(latex)
        check(made)
        assert len(made.path) <= OUTLINE_CHARS


OUTLINER = Outliner(())


@needs_han
@pytest.mark.rule("FORMULA-3")
def test_chinese_is_lent_by_another_font_in_the_size_of_its_neighbours() -> None:
    one, two = (outline(Latex(rf"\text{{{text}}}", FONTS)) for text in ("面", "面积"))
    check(two)
    assert 800 < one.width < 1100
    assert 900 < two.width - one.width < 1100
    assert outline(Latex(r"\text{积}", FONTS)).path != one.path


@pytest.mark.rule("FORMULA-3")
def test_without_such_a_font_it_is_refused() -> None:
    with pytest.raises(Unfit, match="no font here has 积 面"):
        outline(Latex(r"\text{面积} = 1", ()))
