"""Microphones speak at levels of -dBov: 20 is loud, 127 is silence.  A packet comes every 20 ms."""

from collections.abc import Iterable, Mapping
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sfu.core.voices import FADE_S, HOLD_S, MARGIN_DB, QUIET_DB, SILENCE_DB, Voices

PACKET_S = 0.02


class Class:
    """Microphones that all speak at once, and the clock."""

    def __init__(self, most: int, voices: Iterable[str], staff: Iterable[str] = ()) -> None:
        self.voices, self.most, self.now = Voices(most), most, 0.0
        for track in (*voices, *staff):
            self.voices.add(track, first=track in staff)
        self.all = [*voices, *staff]

    def speak(self, levels: Mapping[str, int | None], seconds: float = PACKET_S) -> set[str]:
        """Everybody who is named speaks for so long; who flows at the end."""
        for _ in range(round(seconds / PACKET_S)):
            self.now += PACKET_S
            self.voices.tick(now=self.now)  # whose place is free from now on is not who speaks in this instant
            for track, level in levels.items():
                self.voices.heard(track, level, now=self.now)
        return self.flowing

    @property
    def flowing(self) -> set[str]:
        return {track for track in self.all if self.voices.flows(track)}


@pytest.mark.rule("MEDIA-91")
def test_a_silent_microphone_does_not_flow_and_its_first_loud_packet_does() -> None:
    room = Class(4, ["a"])
    assert room.speak({"a": 120}, 1.0) == set()
    assert room.speak({"a": 30}) == {"a"}
    assert room.speak({"a": 120}, HOLD_S - 0.1) == {"a"}
    assert room.speak({"a": 120}, 0.2) == set()
    assert room.voices.placed == ["a"]
    assert room.speak({"a": QUIET_DB}) == {"a"}


@pytest.mark.rule("MEDIA-91")
def test_a_microphone_that_sends_nothing_in_silence_stops_flowing_too() -> None:
    room = Class(4, ["a", "b"])
    room.speak({"a": 30})
    assert room.speak({"b": 120}, HOLD_S + 0.1) == set()


@pytest.mark.rule("MEDIA-90")
def test_who_needs_a_place_takes_that_of_one_who_is_silent_at_once() -> None:
    room = Class(2, ["a", "b", "c"])
    room.speak({"a": 30}, 1.0)
    room.speak({"b": 30}, 1.0)
    room.speak({"b": 30, "a": 120}, HOLD_S)
    assert room.flowing == {"b"}
    assert room.speak({"c": 50, "b": 30}) == {"b", "c"}
    assert room.voices.placed == ["b", "c"]


@pytest.mark.rule("MEDIA-92")
def test_a_cough_takes_no_place_from_those_who_speak() -> None:
    room = Class(2, ["a", "b", "c"])
    room.speak({"a": 35, "b": 35, "c": 120}, 2.0)
    assert room.speak({"a": 35, "b": 35, "c": 5}, 0.2) == {"a", "b"}
    assert room.speak({"a": 35, "b": 35, "c": 120}, 1.0) == {"a", "b"}


@pytest.mark.rule("MEDIA-92")
def test_two_who_are_alike_do_not_change_places() -> None:
    room = Class(1, ["a", "b"])
    room.speak({"a": 35}, 2.0)
    assert room.speak({"a": 35, "b": 35 - MARGIN_DB + 1}, 10.0) == {"a"}


@pytest.mark.rule("MEDIA-93")
def test_a_teacher_is_heard_at_once_and_kept_however_loud_pupils_are() -> None:
    room = Class(2, ["a", "b", "c"], staff=["t"])
    room.speak({"a": 10, "b": 10, "c": 10}, 2.0)
    assert "t" in room.speak({"t": 60})
    assert "t" in room.speak({"t": 60, "a": 0, "b": 0, "c": 0}, 5.0)


@pytest.mark.rule("MEDIA-90")
def test_a_microphone_without_levels_is_forwarded_where_there_is_room() -> None:
    room = Class(1, ["a", "b"])
    assert room.speak({"a": None}, 1.0) == {"a"}
    assert room.speak({"a": None, "b": 40}, 2.0) == {"b"}


def test_what_was_said_before_a_mute_counts_no_more() -> None:
    room = Class(1, ["a", "b"])
    room.speak({"a": 10}, 2.0)
    room.voices.hush("a")
    assert room.flowing == set()
    assert room.speak({"b": 60}) == {"b"}


def test_a_place_is_free_when_its_microphone_has_gone() -> None:
    room = Class(1, ["a", "b"])
    room.speak({"a": 10}, 1.0)
    room.voices.remove("a")
    assert room.speak({"b": 60}) == {"b"}


Talk = list[tuple[dict[str, int | None], float]]


def talk_of(voices: str) -> st.SearchStrategy[Talk]:
    levels = st.dictionaries(st.sampled_from(voices), st.integers(0, SILENCE_DB) | st.none())
    return st.lists(st.tuples(levels, st.sampled_from([PACKET_S, 0.1, 1.0])), max_size=12)


@pytest.mark.rule("MEDIA-90")
@pytest.mark.rule("MEDIA-93")
@example(1, [({"U": None}, PACKET_S), ({}, 1.0), ({"T": None, "U": QUIET_DB + 1}, 1.0)])  # U's pause ends as T speaks
@given(st.integers(1, 4), talk_of("abcdefTU"))
def test_never_more_than_there_are_places_and_staff_who_speak_are_among_them(most: int, talk: Talk) -> None:
    room = Class(most, "abcdef", staff="TU")
    for levels, seconds in talk:
        flowing = room.speak(levels, seconds)
        assert len(flowing) <= most
        assert len(room.voices.placed) <= most
        assert flowing <= set(room.voices.placed)
        staff = {track for track in "TU" if track in levels and (levels[track] or 0) <= QUIET_DB}
        assert len(flowing & set("TU")) >= min(most, len(staff))
        assert most < 2 or staff <= flowing


@pytest.mark.rule("MEDIA-90")
@given(
    st.integers(1, 4),
    talk_of("abcdef"),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, QUIET_DB), min_size=1),
)
def test_after_a_moment_the_loudest_are_heard(most: int, talk: Talk, levels: dict[str, int]) -> None:
    room = Class(most, "abcdef")
    for before, seconds in talk:
        room.speak(before, seconds)
    flowing = room.speak({**dict.fromkeys("abcdef", SILENCE_DB), **levels}, 6 * FADE_S)
    assert len(flowing) == min(most, len(levels))
    left_out = levels.keys() - flowing
    assert all(levels[out] >= levels[one] - MARGIN_DB - 1 for out in left_out for one in flowing)


@pytest.mark.rule("MEDIA-92")
@given(st.lists(st.sampled_from([30, 31]), min_size=4, max_size=4))
def test_nobody_changes_places_while_everybody_goes_on_as_they_were(levels: list[int]) -> None:
    room = Class(2, "abcd")
    steady = dict(zip("abcd", levels, strict=True))
    settled = room.speak(steady, 6 * FADE_S)
    for pair in combinations("abcd", 2):
        assert room.speak(steady | dict.fromkeys(pair, 120), 0.06) == settled  # a breath
        assert room.speak(steady, 1.0) == settled
