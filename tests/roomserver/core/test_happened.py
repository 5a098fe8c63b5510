"""The table of what each event changes in the state of a room."""

from protocol import events as e
from roomserver.core.facts import RoomOpened
from roomserver.core.happened import FOLDS
from roomserver.core.log import CLASSES


def test_every_event_that_can_stand_in_a_log_has_its_place_but_for_those_that_change_nothing() -> None:
    begins, changes_nothing, by_its_audience = RoomOpened, e.Evaluated, e.ChatMessage
    assert {*CLASSES.values()} - {*FOLDS} == {begins, changes_nothing, by_its_audience}
