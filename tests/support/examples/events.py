"""What happened: one lesson, going on from the welcome in notices.py."""

from protocol import events as e

from .events_asked import ASKED
from .events_board import BOARD
from .example import Example

EVENTS = (
    Example(
        "the first to join, at the very beginning",
        e.MemberJoined(seq=1, at=0, member=1, name="王老师", role="teacher"),
        '{"type":"member.joined","member":1,"name":"王老师","role":"teacher","seq":1,"at":0}',
        also=(
            (
                '{"type":"member.joined","seq":1,"at":0,"member":1,"name":"王老师","role":"teacher","school":null,'
                '"can":[],"muted":[],"on_stage":false}'
            ),
            (
                '{"type":"member.joined","seq":1,"at":0,"member":1,"name":"王老师","role":"teacher",'
                '"added":{"in":"a later version"}}'
            ),
        ),
    ),
    Example(
        "a node opens the log again",
        e.EpochRaised(seq=813, at=1_200_000, epoch=2, durable=811),
        '{"type":"epoch.raised","epoch":2,"durable":811,"seq":813,"at":1200000}',
    ),
    Example(
        "the line is back",
        e.MemberBack(seq=814, at=1_200_127, member=1),
        '{"type":"member.back","member":1,"seq":814,"at":1200127}',
    ),
    Example(
        "the line is lost",
        e.MemberAway(seq=815, at=1_200_128, member=2),
        '{"type":"member.away","member":2,"seq":815,"at":1200128}',
    ),
    Example(
        "a student joins with a school and rights",
        e.MemberJoined(
            seq=816,
            at=1_200_255,
            member=4,
            name="欧阳小芳",
            role="student",
            school="北京市第八中学",
            can=("chat", "draw"),
            muted=("microphone",),
            on_stage=True,
        ),
        (
            '{"type":"member.joined","member":4,"name":"欧阳小芳","role":"student","school":"北京市第八中学",'
            '"can":["chat","draw"],"muted":["microphone"],"on_stage":true,"seq":816,"at":1200255}'
        ),
    ),
    Example(
        "a device of a whole class joins",
        e.MemberJoined(seq=817, at=1_200_256, member=5, name="三年二班", role="classroom", can=("speak", "camera")),
        (
            '{"type":"member.joined","member":5,"name":"三年二班","role":"classroom","can":["speak","camera"],'
            '"seq":817,"at":1200256}'
        ),
    ),
    Example(
        "the clock starts",
        e.RoomLive(seq=818, at=1_200_300, ends_at=3_000_300, reason="duration"),
        '{"type":"room.live","ends_at":3000300,"reason":"duration","seq":818,"at":1200300}',
    ),
    Example(
        "a warning before the end",
        e.EndingSoon(seq=819, at=2_700_300, in_s=300, reason="booking"),
        '{"type":"ending.soon","in_s":300,"reason":"booking","seq":819,"at":2700300}',
    ),
    Example(
        "the room locked",
        e.RoomLocked(seq=820, at=2_700_301, on=True, by=1),
        '{"type":"room.locked","on":true,"by":1,"seq":820,"at":2700301}',
    ),
    Example(
        "the room unlocked",
        e.RoomLocked(seq=821, at=2_700_302, on=False, by=1),
        '{"type":"room.locked","on":false,"by":1,"seq":821,"at":2700302}',
    ),
    Example(
        "chat to everybody",
        e.ChatMessage(seq=822, at=2_700_303, member=2, text="老师好！这道题我不会 👩\u200d🏫"),
        '{"type":"chat.message","member":2,"text":"老师好！这道题我不会 👩\u200d🏫","seq":822,"at":2700303}',
    ),
    Example(
        "chat to staff",
        e.ChatMessage(seq=823, at=2_700_304, member=2, text='他说 "x < 3"\n\\frac{1}{2}', to="staff"),
        (
            '{"type":"chat.message","member":2,"text":"他说 \\"x < 3\\"\\n\\\\frac{1}{2}","to":"staff","seq":823,'
            '"at":2700304}'
        ),
    ),
    Example(
        "chat to one member",
        e.ChatMessage(seq=824, at=2_700_305, member=1, text="看第二步。", to=3),
        '{"type":"chat.message","member":1,"text":"看第二步。","to":3,"seq":824,"at":2700305}',
    ),
    Example(
        "a line of chat taken back",
        e.ChatDeleted(seq=825, at=2_700_306, chat=822, by=2),
        '{"type":"chat.deleted","chat":822,"by":2,"seq":825,"at":2700306}',
    ),
    Example(
        "a hand raised",
        e.HandRaised(seq=826, at=2_700_307, member=3),
        '{"type":"hand.raised","member":3,"seq":826,"at":2700307}',
    ),
    Example(
        "another hand raised",
        e.HandRaised(seq=827, at=2_700_308, member=4),
        '{"type":"hand.raised","member":4,"seq":827,"at":2700308}',
    ),
    Example(
        "a hand lowered by staff",
        e.HandLowered(seq=828, at=2_700_309, member=3, by=1),
        '{"type":"hand.lowered","member":3,"by":1,"seq":828,"at":2700309}',
    ),
    Example(
        "a member comes on the stage",
        e.StageJoined(seq=829, at=2_700_310, member=3, by=1, can=("camera", "chat", "speak")),
        '{"type":"stage.joined","member":3,"by":1,"can":["camera","chat","speak"],"seq":829,"at":2700310}',
    ),
    Example(
        "a member leaves the stage",
        e.StageLeft(seq=830, at=2_700_311, member=4, by=4, can=()),
        '{"type":"stage.left","member":4,"by":4,"can":[],"seq":830,"at":2700311}',
    ),
    Example(
        "a right granted to one member",
        e.Granted(seq=831, at=2_700_312, member=3, can=("draw",), on=True, by=1),
        '{"type":"granted","member":3,"can":["draw"],"on":true,"by":1,"seq":831,"at":2700312}',
    ),
    Example(
        "rights taken from all students",
        e.Granted(seq=832, at=2_700_313, member="all", can=("chat", "screen"), on=False, by=1),
        '{"type":"granted","member":"all","can":["chat","screen"],"on":false,"by":1,"seq":832,"at":2700313}',
    ),
    Example(
        "all microphones closed",
        e.MemberMuted(seq=833, at=2_700_314, member="all", kind="microphone", on=True, by=1),
        '{"type":"member.muted","member":"all","kind":"microphone","on":true,"by":1,"seq":833,"at":2700314}',
    ),
    Example(
        "a mute lifted",
        e.MemberMuted(seq=834, at=2_700_315, member=3, kind="microphone", on=False, by=1),
        '{"type":"member.muted","member":3,"kind":"microphone","on":false,"by":1,"seq":834,"at":2700315}',
    ),
    *BOARD,
    Example(
        "a microphone heard",
        e.TrackPublished(seq=867, at=2_700_428, track="t1", member=1, source="microphone"),
        '{"type":"track.published","track":"t1","member":1,"source":"microphone","seq":867,"at":2700428}',
    ),
    Example(
        "a camera in three layers",
        e.TrackPublished(
            seq=868, at=2_700_429, track="t2", member=3, source="camera", layers=("low", "medium", "high")
        ),
        (
            '{"type":"track.published","track":"t2","member":3,"source":"camera","layers":["low","medium","high"],'
            '"seq":868,"at":2700429}'
        ),
    ),
    Example(
        "a track closed by its owner",
        e.TrackMuted(seq=869, at=2_700_430, track="t1", on=True),
        '{"type":"track.muted","track":"t1","on":true,"seq":869,"at":2700430}',
    ),
    Example(
        "a track is over",
        e.TrackStopped(seq=870, at=2_700_431, track="t2"),
        '{"type":"track.stopped","track":"t2","seq":870,"at":2700431}',
    ),
    Example(
        "a member leaves",
        e.MemberLeft(seq=871, at=2_700_432, member=5, reason="left"),
        '{"type":"member.left","member":5,"reason":"left","seq":871,"at":2700432}',
    ),
    Example(
        "a member removed for good",
        e.MemberLeft(seq=872, at=2_700_433, member=4, reason="removed", by=1, ban=True),
        '{"type":"member.left","member":4,"reason":"removed","by":1,"ban":true,"seq":872,"at":2700433}',
    ),
    Example(
        "nothing is recorded any more",
        e.RecordingStopped(seq=873, at=2_700_434, why="disk"),
        '{"type":"recording.stopped","why":"disk","seq":873,"at":2700434}',
    ),
    Example(
        "it is recorded again",
        e.RecordingStarted(seq=874, at=2_700_434),
        '{"type":"recording.started","seq":874,"at":2700434}',
    ),
    Example(
        "the time is over",
        e.RoomClosed(seq=875, at=3_000_300, reason="duration"),
        '{"type":"room.closed","reason":"duration","seq":875,"at":3000300}',
    ),
    Example(
        "a score, without whose",
        e.Evaluated(seq=876, at=3_000_400, score=5),
        '{"type":"evaluated","score":5,"seq":876,"at":3000400}',
    ),
    Example(
        "a score, to its author",
        e.Evaluated(seq=877, at=3_000_500, score=4, member=3),
        '{"type":"evaluated","score":4,"member":3,"seq":877,"at":3000500}',
    ),
    Example(
        "an alarm about a member",
        e.Alarm(seq=878, at=3_000_600, kind="over_use", member=2),
        '{"type":"alarm.raised","kind":"over_use","member":2,"seq":878,"at":3000600}',
    ),
    *ASKED,
    Example(
        "the room closed by the teacher, with the highest seq there is",
        e.RoomClosed(seq=2**53 - 1, at=2**32, reason="ended", by=1),
        '{"type":"room.closed","reason":"ended","by":1,"seq":9007199254740991,"at":4294967296}',
    ),
)
