"""What counts as a gap and as a repeat."""

from loadtest.ledger import Ledger, gaps


def ledger(snapshot: int, *seqs: int) -> Ledger:
    view = Ledger()
    view.take_snapshot(snapshot)
    for seq in seqs:
        view.take_event(seq)
    return view


def test_everything_after_the_snapshot_is_neither_gap_nor_repeat() -> None:
    room = [ledger(0, 1, 2, 3), ledger(2, 3), ledger(3)]
    assert (gaps(room, {1, 2, 3}), [view.repeats for view in room]) == (0, [0, 0, 0])


def test_what_the_log_keeps_from_all_is_no_gap() -> None:
    assert gaps([ledger(0, 1, 3), ledger(0, 1, 3)], {1, 3}) == 0


def test_what_the_log_has_for_all_and_a_member_has_not_is_a_gap() -> None:
    assert gaps([ledger(0, 1, 2, 3), ledger(0, 1, 3), ledger(1)], {1, 2, 3}) == 0 + 1 + 2


def test_what_is_not_above_all_before_is_a_repeat() -> None:
    assert ledger(5, 5, 6, 6, 7, 6).repeats == 3


def test_resuming_goes_on_where_the_view_ends() -> None:
    view = ledger(0, 1, 2)
    view.resume(2)
    view.take_event(3)
    assert (view.repeats, gaps([view], {1, 2, 3})) == (0, 0)


def test_resuming_too_early_repeats_and_too_late_leaves_a_gap() -> None:
    early, late = ledger(0, 1, 2), ledger(0, 1, 2)
    early.resume(1)
    late.resume(3)
    for view, seqs in ((early, (2, 3, 4)), (late, (4,))):
        for seq in seqs:
            view.take_event(seq)
    assert (early.repeats, late.repeats) == (1, 0)
    assert (gaps([early], {1, 2, 3, 4}), gaps([late], {1, 2, 3, 4})) == (0, 1)


def test_a_snapshot_after_a_crash_takes_back_what_was_never_stored() -> None:
    """One member saw 3 and 4, the node died before they were stored, and the next gave 3 to another event."""
    one, other = ledger(0, 1, 2, 3, 4), ledger(0, 1, 2)
    one.take_snapshot(3)
    other.resume(2)
    other.take_event(3)
    for view in (one, other):
        view.take_event(4)
    assert (one.repeats, other.repeats, gaps([one, other], {1, 2, 3, 4})) == (0, 0, 0)


def test_without_that_snapshot_it_is_a_repeat() -> None:
    view = ledger(0, 1, 2, 3, 4)
    view.resume(4)
    view.take_event(3)
    view.take_event(5)
    assert view.repeats == 1
