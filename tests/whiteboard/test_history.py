"""Erased shapes are kept only as long as a history can bring them back."""

import pytest

from whiteboard.history import Past, drew, took
from whiteboard.shape import Shape

from .desk import ANNA, BEN


def stroke(name: str, page: int = 1) -> Shape:
    return Shape(name, page, ANNA, "pen", 1, (100, 200), "#102030", 24)


@pytest.fixture
def past() -> Past:
    """Anna has drawn a stroke and erased it."""
    past = Past()
    past.did(ANNA, drew("2.1"))
    past.keep([stroke("2.1")], ANNA)
    past.did(ANNA, took(["2.1"]))
    return past


def test_an_erased_shape_goes_with_the_step_that_erased_it(past: Past) -> None:
    for n in range(2, 201):
        past.did(ANNA, drew(f"2.{n}"))
    assert list(past.kept) == ["2.1"]
    past.did(ANNA, drew("2.201"))
    assert past.kept == {}


def test_an_undone_stroke_goes_when_it_can_no_longer_be_redone() -> None:
    past = Past()
    past.did(ANNA, drew("2.1"))
    undone = past.reversal(ANNA, redo=False, there={"2.1": stroke("2.1")})
    assert undone is not None
    past.keep([stroke("2.1")], ANNA)
    past.reversed(ANNA, undone, redo=False)
    assert list(past.kept) == ["2.1"]
    past.did(ANNA, drew("2.2"))
    assert past.kept == {}


def test_what_was_on_a_removed_page_is_not_kept(past: Past) -> None:
    past.keep([stroke("2.7", page=2)], ANNA)
    past.forget_page(1)
    assert list(past.kept) == ["2.7"]


@pytest.mark.rule("BOARD-40")
def test_who_keeps_most_loses_the_longest_gone_first(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whiteboard.history.KEPT_MAX", 16)
    past.did(BEN, took(f"3.{n}" for n in range(1, 17)))
    past.keep([stroke(f"3.{n}") for n in range(1, 17)], BEN)
    assert list(past.kept) == ["2.1", *(f"3.{n}" for n in range(3, 17))]


@pytest.mark.rule("BOARD-40")
def test_who_did_most_cannot_take_back_the_oldest(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whiteboard.history.HISTORY_MAX", 10)
    for n in range(1, 13):
        past.did(BEN, drew(f"3.{n}"))
    assert [step.swaps[0].come for step in past.histories[BEN].undo] == [(f"3.{n}",) for n in range(5, 13)]
    assert len(past.histories[ANNA].undo) == 2
