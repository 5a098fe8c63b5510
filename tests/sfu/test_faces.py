import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core.faces import SPOKEN_S, STAGE_MAX, Faces


def faces(most: int, members: int, staff: int = 0) -> Faces:
    made = Faces(most)
    for member in range(1, members + 1):
        made.add(f"c{member}", member, first=member == staff)
    return made


def speak(of: Faces, members: list[int], since: float, until: float) -> bool:
    of.speaking(members, now=since)
    changed = of.speaking(members, now=until)
    of.speaking([], now=until)
    return changed


@pytest.mark.rule("MEDIA-94")
def test_the_last_who_spoke_are_seen() -> None:
    room = faces(2, 4)
    assert room.chosen == ["c1", "c2"]
    assert speak(room, [3], 1.0, 1.0 + SPOKEN_S)
    assert set(room.chosen) == {"c1", "c3"}
    assert speak(room, [4], 5.0, 5.0 + SPOKEN_S)
    assert set(room.chosen) == {"c3", "c4"}
    assert not speak(room, [3], 9.0, 9.0 + SPOKEN_S)  # is seen already


@pytest.mark.rule("MEDIA-94")
def test_a_cough_brings_nobody_s_picture() -> None:
    room = faces(2, 4)
    assert not speak(room, [3], 1.0, 0.9 + SPOKEN_S)
    assert not speak(room, [3], 3.0, 2.9 + SPOKEN_S)
    assert room.chosen == ["c1", "c2"]


@pytest.mark.rule("MEDIA-94")
def test_the_stage_and_staff_are_seen_whoever_speaks() -> None:
    room = faces(1, 5, staff=5)
    room.stage([4])
    speak(room, [3], 1.0, 1.0 + SPOKEN_S)
    assert room.chosen == ["c4", "c5", "c3"]
    room.stage([])
    assert room.chosen == ["c5", "c3"]


@pytest.mark.rule("MEDIA-94")
@given(st.integers(0, 5), st.lists(st.sets(st.integers(1, 8))), st.sets(st.integers(1, 30)))
def test_never_more_than_there_is_room_for(most: int, talk: list[set[int]], stage: set[int]) -> None:
    room = faces(most, 30)
    for n, members in enumerate(talk):
        before = room.chosen
        changed = speak(room, sorted(members), 10.0 * n, 10.0 * n + 2)
        assert changed or set(room.chosen) == set(before)
        assert len(set(room.chosen)) == most
        assert len(members) > most or {f"c{member}" for member in members} <= set(room.chosen)
    room.stage(stage)
    assert len(room.chosen) == min(30, min(STAGE_MAX, len(stage)) + most)
    assert len({f"c{member}" for member in stage} & set(room.chosen)) >= min(STAGE_MAX, len(stage))
