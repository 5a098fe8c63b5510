"""What counts as a freeze, as low, as back again."""

import pytest

from loadtest.seen import NEVER_S, Counts, Frame, Seen


def frames(*at: float, height: int = 720) -> list[Frame]:
    return [Frame(moment, height) for moment in at]


def test_a_freeze_is_half_a_second_without_a_new_frame() -> None:
    assert Seen(frames(0, 0.5, 1.0, 1.5), []).freezes(0, 1.5) == 0
    assert Seen(frames(0, 0.5, 1.1, 1.5), []).freezes(0, 1.5) == 1


def test_a_freeze_counts_as_far_as_it_lies_in_the_span() -> None:
    seen = Seen(frames(0, 3, 3.4), [])
    assert seen.gaps(2, 4) == [1, pytest.approx(0.4), pytest.approx(0.6)]
    assert seen.freezes(2.8, 3.4) == 0
    assert Seen([], []).gaps(2, 4) == [2]


def test_low_is_when_the_last_high_frame_was() -> None:
    falling = [*frames(1, 2, 3), *frames(4, 5, height=180)]
    assert Seen(falling, []).low_after(1, 10, 180) == 2
    assert Seen([*falling, *frames(6)], []).low_after(1, 10, 180) == NEVER_S
    assert Seen([], []).low_after(1, 10, 180) == NEVER_S
    assert Seen(falling, []).low_after(4, 10, 180) == 0


def test_heights_are_the_median() -> None:
    assert Seen([*frames(1, 2, 3), *frames(4, height=180)], []).height(0, 10) == 720
    assert Seen([], []).height(0, 10) == 0


def test_changes_of_height_are_counted_and_keyframes_that_were_asked_for() -> None:
    counts = [Counts(at, 0, 0, 0, 0, keyframes_asked=asked) for at, asked in enumerate((3, 4, 6, 0, 1))]
    seen = Seen([*frames(0, 1), *frames(2, 3, height=360), *frames(4)], counts)
    assert (seen.changes(0, 5), seen.changes(1.5, 3.5)) == (2, 0)
    assert seen.keyframes_asked(0, 5) == 4  # a new connection begins at nought


def test_back_is_the_first_frame_and_the_first_packet() -> None:
    counts = [
        Counts(at / 10, packets=min(at, 20) if at < 40 else 21, samples=0, concealed=0, video_bytes=0)
        for at in range(60)
    ]
    seen = Seen(frames(1, 2, 4.5), counts)
    assert seen.picture_after(3, 6) == 1.5
    assert seen.sound_after(3, 6) == pytest.approx(1.0)
    assert seen.picture_after(5, 6) == seen.sound_after(5, 6) == NEVER_S


def test_concealed_is_a_share_of_what_was_played_and_silence_is_all_of_it() -> None:
    counts = [Counts(0, 0, 0, 0, 0), Counts(1, 0, 48_000, 480, 12_500), Counts(2, 0, 96_000, 480, 25_000)]
    assert Seen([], counts).concealed_percent(0, 3) == 0.5
    assert Seen([], counts).concealed_percent(5, 9) == 100
    assert Seen([], counts).video_kbit(0, 2.5) == 80
