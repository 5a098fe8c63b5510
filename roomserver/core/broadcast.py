"""Sound and picture of a room: what members offer and publish, and what the engine says of it.

Packets never pass here: the engine forwards them.  Rules: TRACK-*, MUTE-*, GONE-2, MEDIA-74, REC-7, LAYER-9 in
docs/rules.md.
"""

from collections.abc import Mapping, Sequence
from typing import get_args

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import ErrorCode
from protocol.fields import Layer, NoRecording

from . import effects as fx
from . import rights
from .answers import Sessions
from .decide import media
from .decide.common import audience_of
from .effects import Effect, Line
from .errors import Refused
from .journal import Journal
from .lines import Lines
from .log import Cause, Draft
from .offers import Offers
from .people import Person
from .presence import Presence
from .state import SOUND
from .voices import Voices

TROUBLES: Mapping[str, NoRecording] = {why: why for why in get_args(NoRecording)}


class Broadcast:
    """What was due has been done before any of its methods is called."""

    def __init__(self, journal: Journal, lines: Lines, sessions: Sessions, presence: Presence) -> None:
        self.scores: dict[int, int] = {}  # of members' lines, the newest of each
        self._journal = journal
        self._lines = lines
        self._sessions = sessions
        self._presence = presence
        self._voices = Voices()
        self._offers = Offers()
        self._encoders: set[int] = set()  # devices that publish

    # From members

    def seated(self, person: Person) -> None:
        """They begin afresh on a line."""
        self._encoders.discard(person.member)

    def offered(self, line: Line, person: Person, command: c.PublishMedia) -> Effect:
        return self._offers.make(self._journal.state, line, person, command)

    def stopped(self, track: str) -> None:
        self._offers.stopped(track)

    def watch(self, line: Line, id: int, sdp: str) -> list[Effect]:
        person = self._lines.person(line)
        return [] if person is None or self._journal.state.is_closed else [fx.Watch(line, person.member, id, sdp)]

    def renew(self, line: Line, id: int, ufrag: str, password: str) -> list[Effect]:
        person = self._lines.person(line)
        if person is None or self._journal.state.is_closed:
            return []
        return [fx.Renew(line, person.member, id, ufrag, password)]

    # What is heard

    def silence(self, track: str) -> Effect:
        state = self._journal.state
        return fx.Silence(track, state.silent(state.tracks[track]))

    def hush(self) -> list[Effect]:
        """Sound of pupils is forwarded no more, or again, as there is a teacher or not."""
        state = self._journal.state
        return [
            self.silence(track.track)
            for track in state.tracks.values()
            if track.source in SOUND and state.people[track.member].is_learner
        ]

    def spoken(self, at: int) -> dict[int, int]:
        """How long each member has spoken since this was asked before, in milliseconds."""
        return self._voices.spend(at)

    def dismiss_idle(self, now: float) -> list[Effect]:
        """Devices that published, and publish nothing any more, have nothing to stay for (MEDIA-74)."""
        state = self._journal.state
        idle = self._encoders - {track.member for track in state.tracks.values()}
        self._encoders -= idle
        gone = [person for member in sorted(idle) if (person := state.people[member]).inside]
        return [effect for person in gone for effect in self._presence.dismiss(person, now)]

    # From the engine

    def took_offer(
        self, line: Line, id: int, taken: Mapping[str, Sequence[Layer]], sdp: str | None, now: float
    ) -> list[Effect]:
        state = self._journal.state
        tracks = {track: source for track, source in self._offers.close(line, id).items() if track in taken}
        person = self._lines.person(line)
        if person is None or state.is_closed:
            return [fx.StopTrack(track) for track in tracks if track not in state.tracks]
        if sdp is None:
            return self._no_good(line, id, "that is not an offer")
        late = [track for track, source in tracks.items() if not rights.may_publish(person.role, person.can, source)]
        tracks = {track: source for track, source in tracks.items() if track not in late}
        drafts = media.published(state, person, tracks, taken)
        effects = self._journal.append(drafts, now, cause=Cause(person.member, id))
        effects += [fx.StopTrack(track) for track in late]
        effects += [self.silence(track) for track in tracks]
        if person.device:
            self._encoders.add(person.member)
        return [*effects, fx.Answer(line, id, self._journal.log.seq, sdp, alone=True), *self.dismiss_idle(now)]

    def took_watch(self, line: Line, id: int, sdp: str | None) -> list[Effect]:
        if sdp is None:
            return self._no_good(line, id, "that is not an offer to receive")
        return [fx.Answer(line, id, self._journal.log.seq, sdp, alone=True)]

    def took_renewal(self, line: Line, id: int, sdp: str | None) -> list[Effect]:
        """Nothing of it is in the log, so that nobody waits for the disk."""
        if sdp is None:
            return self._refuse(line, id, Refused(ErrorCode.CONFLICT, "the connection has ended", rule="MEDIA-74"))
        return [fx.Say(line, n.Ok(id=id, sdp=sdp))]

    def unwatched(self, line: Line, now: float) -> list[Effect]:
        person = self._lines.person(line)
        return [] if person is None or self._journal.state.is_closed else self._presence.dismiss(person, now)

    def took_answer(self, line: Line, id: int, *, good: bool) -> list[Effect]:
        if not good:
            return self._no_good(line, id, "that is not an answer")
        return [fx.Answer(line, id, self._journal.log.seq, alone=True)] if self._lines.person(line) else []

    def away(self, line: Line, id: int, *, retry_in_s: float) -> list[Effect]:
        self._offers.close(line, id)
        message = "sound and picture are being started again"
        return self._refuse(line, id, Refused(ErrorCode.UNAVAILABLE, message, rule="WORKER-2", retry_in_s=retry_in_s))

    def failed(self, track: str, now: float) -> list[Effect]:
        state = self._journal.state
        if track not in state.tracks or state.is_closed:
            return []
        return self._journal.append([Draft(e.TrackStopped(track=track))], now) + self.dismiss_idle(now)

    def heard(self, members: Sequence[int], now: float) -> list[Effect]:
        if self._journal.state.is_closed:
            return []
        self._voices.hear(members, self._journal.at_most_end(now))
        return [fx.Flash(("speaking", 0), n.Speaking(members=tuple(members)))]

    def recording(self, trouble: str, now: float) -> list[Effect]:
        """Where the disk is merely slow most of it is kept: then the room is still recorded."""
        state, why = self._journal.state, TROUBLES.get(trouble)
        if state.is_closed or not state.form.record or state.recording == (why is None):
            return []
        event = e.RecordingStarted() if why is None else e.RecordingStopped(why=why)
        return self._journal.append([Draft(event)], now)

    def measured(self, member: int, score: int) -> list[Effect]:
        state = self._journal.state
        if state.is_closed:
            return []
        self.scores[member] = score
        audience = audience_of(state.form, state.people[member])  # RIGHT-3
        return [fx.Flash(("quality", member), n.Quality(member=member, score=score), audience=audience)]

    def _no_good(self, line: Line, id: int, why: str) -> list[Effect]:
        return self._refuse(line, id, Refused(ErrorCode.INVALID, why, rule="TRACK-3"))

    def _refuse(self, line: Line, id: int, refused: Refused) -> list[Effect]:
        person = self._lines.person(line)
        return [] if person is None else [self._sessions.refuse(line, person.member, id, refused)]
