"""What has happened: of every event, what it changes in the state of a room.  One table, one short function an event.

None refuses anything: that was for `decide/`, before there was an event.  Rows of the record about what staff did:
`noted.py`.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_args

from protocol import events as e

from .. import boarding, facts
from . import board, course, floor, media, people, talk

if TYPE_CHECKING:
    from ..state import RoomState

# Not here: `e.ChatMessage`, whose audience counts too.  `RoomState.apply` hands it to `talk.said`.
FOLDS: Mapping[type[object], Callable[["RoomState", Any, int], None]] = {
    # People
    facts.Expected: people.expected,
    facts.SessionOpened: people.session_opened,
    e.MemberJoined: people.joined,
    e.MemberLeft: people.left,
    e.MemberAway: people.away,
    e.MemberBack: people.back,
    e.HeadsChanged: people.heads_changed,
    e.EpochRaised: people.epoch_raised,
    facts.Pulse: people.spoken,
    facts.Assessed: people.assessed,
    # The course of the room
    e.RoomLive: course.live,
    e.RoomPaused: course.paused,
    e.RoomResumed: course.resumed,
    e.RoomLocked: course.locked,
    e.EndingSoon: course.ending_soon,
    e.Alarm: course.alarmed,
    e.RoomClosed: course.closed,
    # Talk
    e.ChatHeld: talk.held,
    e.ChatDeleted: talk.deleted,
    e.CommentAdded: talk.commented,
    e.HandRaised: talk.hand_raised,
    e.HandLowered: talk.hand_lowered,
    # Stage, rights, mutes
    e.StageJoined: floor.stage_joined,
    e.StageLeft: floor.stage_left,
    e.Granted: floor.granted,
    e.MemberMuted: floor.muted,
    # Asking the class
    e.PollOpened: lambda state, event, at: state.asked.opened(event),
    e.PollVoted: lambda state, event, at: state.asked.voted(event),
    e.PollClosed: lambda state, event, at: state.asked.closed(event),
    e.CheckinOpened: lambda state, event, at: state.asked.called(event, state.inside()),
    e.CheckinAnswered: lambda state, event, at: state.asked.answered(event),
    e.CheckinClosed: lambda state, event, at: state.asked.counted(event),
    # Sound and picture
    e.TrackPublished: media.published,
    e.TrackStopped: media.stopped,
    e.TrackMuted: media.muted,
    e.RecordingStarted: media.recording_started,
    e.RecordingStopped: media.recording_stopped,
    # Wholes of their own
    **dict.fromkeys(boarding.CHANGES, board.changed),
    facts.Blank: board.blank,
    **dict.fromkeys(get_args(e.Calls), lambda state, event, at: state.lobby.apply(event, at)),
}
