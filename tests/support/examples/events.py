"""What happened: one lesson, going on from the welcome in notices.py."""

from base64 import b64decode

from protocol import events as e

from .example import Example

CHUNK = (  # one stroke, 3.1
    "eF4FwVEKAiEUBdC93H6v8dSielsRPySHRgoVxyEo2nvnhC9KhsIfLYieHgvUEmmfaxtQTzxLzVD0"
    "pYL4QD2xzTQmNAhvIhKJe3u1AcXBihMvIN4lzxXqTkRvpc4NGqyjOVNorLvQuiuNd/EX/zdrIuc="
)
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
    Example(
        "a stroke begun",
        e.StrokeBegun(
            seq=835,
            at=2_700_316,
            member=3,
            shape="3.1",
            page=1,
            kind="pen",
            color="#1c2430",
            width=36,
            start=(0, 9000),
            z=3,
        ),
        (
            '{"type":"board.begun","member":3,"shape":"3.1","page":1,"kind":"pen","color":"#1c2430","width":36,'
            '"start":[0,9000],"z":3,"seq":835,"at":2700316}'
        ),
    ),
    Example(
        "a stroke goes on",
        e.StrokeExtended(836, 2_700_336, "3.1", (12, -5, 0, -127, 128, -32), None),
        '["board.extended",836,2700336,"3.1",[12,-5,0,-127,128,-32]]',
        also=(
            '["board.extended",836,2700336,"3.1",[12,-5,0,-127,128,-32],null]',
            '["board.extended",836,2700336,"3.1",[12,-5,0,-127,128,-32],null,"added in a later version"]',
        ),
    ),
    Example(
        "a stroke goes on under a pen that feels pressure",
        e.StrokeExtended(837, 2_700_356, "2.7", (128, -333), (255,)),
        '["board.extended",837,2700356,"2.7",[128,-333],[255]]',
    ),
    Example(
        "a stroke finished",
        e.StrokeFinished(seq=838, at=2_700_376, shape="3.1"),
        '{"type":"board.finished","shape":"3.1","seq":838,"at":2700376}',
    ),
    Example(
        "another stroke finished",
        e.StrokeFinished(seq=839, at=2_700_400, shape="2.7"),
        '{"type":"board.finished","shape":"2.7","seq":839,"at":2700400}',
    ),
    Example(
        "shapes erased",
        e.ShapesErased(seq=840, at=2_700_401, member=3, shapes=("3.1", "2.7")),
        '{"type":"board.erased","member":3,"shapes":["3.1","2.7"],"seq":840,"at":2700401}',
    ),
    Example(
        "an erasure taken back",
        e.ShapesRestored(
            seq=841,
            at=2_700_402,
            member=3,
            shapes=(
                {
                    "id": "2.7",
                    "page": 1,
                    "author": 2,
                    "kind": "highlighter",
                    "color": "#ffd43b",
                    "width": 260,
                    "start": [100, 200],
                    "z": 2,
                    "points": [5, 5, 129, 128, 128, -333],
                    "pressure": [0, 255, 255],
                },
            ),
            undo=True,
            chunks=((("3.1",), b64decode(CHUNK)),),
        ),
        (
            '{"type":"board.restored","member":3,"shapes":[{"id":"2.7","page":1,"author":2,"kind":"highlighter",'
            '"color":"#ffd43b","width":260,"start":[100,200],"z":2,"points":[5,5,129,128,128,-333],'
            '"pressure":[0,255,255]}],"undo":true,'
            f'"chunks":[[["3.1"],"{CHUNK}"]],"seq":841,"at":2700402}}'
        ),
    ),
    Example(
        "a student's step taken back by staff",
        e.ShapesErased(seq=842, at=2_700_403, member=1, shapes=("2.7",), undo=True, author=2),
        '{"type":"board.erased","member":1,"shapes":["2.7"],"undo":true,"author":2,"seq":842,"at":2700403}',
    ),
    Example(
        "a student's step done again by staff",
        e.ShapesRestored(
            seq=843,
            at=2_700_404,
            member=1,
            shapes=(
                {
                    "id": "2.7",
                    "page": 1,
                    "author": 2,
                    "kind": "highlighter",
                    "color": "#ffd43b",
                    "width": 260,
                    "start": [100, 200],
                    "z": 2,
                    "points": [5, 5, 129, 128, 128, -333],
                    "pressure": [0, 255, 255],
                },
            ),
            redo=True,
            author=2,
        ),
        (
            '{"type":"board.restored","member":1,"shapes":[{"id":"2.7","page":1,"author":2,"kind":"highlighter",'
            '"color":"#ffd43b","width":260,"start":[100,200],"z":2,"points":[5,5,129,128,128,-333],"pressure":[0,'
            '255,255]}],"redo":true,"author":2,"seq":843,"at":2700404}'
        ),
    ),
    Example(
        "one student's ink wiped off a page",
        e.PageCleared(seq=844, at=2_700_405, member=1, page=1, whose=2),
        '{"type":"board.cleared","member":1,"page":1,"whose":2,"seq":844,"at":2700405}',
    ),
    Example(
        "a page wiped clean",
        e.PageCleared(seq=845, at=2_700_406, member=1, page=1, whose="all"),
        '{"type":"board.cleared","member":1,"page":1,"whose":"all","seq":845,"at":2700406}',
    ),
    Example(
        "a formula put there",
        e.ShapePut(
            seq=846,
            at=2_700_407,
            member=3,
            body={
                "id": "3.7",
                "page": 1,
                "author": 3,
                "kind": "formula",
                "z": 4,
                "start": [400, 1200],
                "color": "#1c2430",
                "size": [2400, 960],
                "latex": "\\frac{1}{2}",
            },
        ),
        (
            '{"type":"board.put","member":3,"body":{"id":"3.7","page":1,"author":3,"kind":"formula","z":4,'
            '"start":[400,1200],"color":"#1c2430","size":[2400,960],"latex":"\\\\frac{1}{2}"},"seq":846,'
            '"at":2700407}'
        ),
    ),
    Example(
        "a dot put there",
        e.ShapePut(
            seq=847,
            at=2_700_408,
            member=3,
            body={
                "id": "3.8",
                "page": 1,
                "author": 3,
                "kind": "pen",
                "z": 5,
                "start": [0, 0],
                "color": "#1c2430",
                "width": 1,
                "points": [],
            },
        ),
        (
            '{"type":"board.put","member":3,"body":{"id":"3.8","page":1,"author":3,"kind":"pen","z":5,"start":[0,'
            '0],"color":"#1c2430","width":1,"points":[]},"seq":847,"at":2700408}'
        ),
    ),
    Example(
        "a whole stroke put there",
        e.ShapePut(
            seq=848,
            at=2_700_409,
            member=3,
            body={
                "id": "3.9",
                "page": 1,
                "author": 3,
                "kind": "pen",
                "z": 6,
                "start": [0, 9000],
                "color": "#1c2430",
                "width": 36,
                "points": [12, -5, 0, -127, 128, -32],
            },
        ),
        (
            '{"type":"board.put","member":3,"body":{"id":"3.9","page":1,"author":3,"kind":"pen","z":6,"start":[0,'
            '9000],"color":"#1c2430","width":36,"points":[12,-5,0,-127,128,-32]},"seq":848,"at":2700409}'
        ),
    ),
    Example(
        "a shape moved and turned",
        e.ShapesChanged(seq=849, at=2_700_410, member=3, set={"3.7": {"start": [-100, 18_000], "turn": 3_599}}),
        ('{"type":"board.changed","member":3,"set":{"3.7":{"start":[-100,18000],"turn":3599}},"seq":849,"at":2700410}'),
    ),
    Example(
        "a change taken back by staff",
        e.ShapesChanged(
            seq=850, at=2_700_411, member=1, set={"3.7": {"start": [400, 1200], "turn": 0}}, undo=True, author=3
        ),
        (
            '{"type":"board.changed","member":1,"set":{"3.7":{"start":[400,1200],"turn":0}},"undo":true,"author":3,'
            '"seq":850,"at":2700411}'
        ),
    ),
    Example(
        "shapes laid below all others",
        e.ShapesChanged(seq=851, at=2_700_412, member=3, set={"3.7": {"z": -2}, "3.8": {"z": -1}}),
        '{"type":"board.changed","member":3,"set":{"3.7":{"z":-2},"3.8":{"z":-1}},"seq":851,"at":2700412}',
    ),
    Example(
        "strokes cut by an area eraser",
        e.ShapesCut(seq=852, at=2_700_413, member=3, cuts={"3.9": (("3.9.1", 0, 150), ("3.9.2", 250, 300)), "3.8": ()}),
        (
            '{"type":"board.cut","member":3,"cuts":{"3.9":[["3.9.1",0,150],["3.9.2",250,300]],"3.8":[]},"seq":852,'
            '"at":2700413}'
        ),
    ),
    Example(
        "a cut taken back",
        e.ShapesRestored(
            seq=853,
            at=2_700_414,
            member=3,
            shapes=(
                {
                    "id": "3.9",
                    "page": 1,
                    "author": 3,
                    "kind": "pen",
                    "z": 6,
                    "start": [0, 9000],
                    "color": "#1c2430",
                    "width": 36,
                    "points": [12, -5, 0, -127, 128, -32],
                },
                {
                    "id": "3.8",
                    "page": 1,
                    "author": 3,
                    "kind": "pen",
                    "z": -1,
                    "start": [0, 0],
                    "color": "#1c2430",
                    "width": 1,
                    "points": [],
                },
            ),
            gone=("3.9.1", "3.9.2"),
            undo=True,
        ),
        (
            '{"type":"board.restored","member":3,"shapes":[{"id":"3.9","page":1,"author":3,"kind":"pen","z":6,'
            '"start":[0,9000],"color":"#1c2430","width":36,"points":[12,-5,0,-127,128,-32]},{"id":"3.8","page":1,'
            '"author":3,"kind":"pen","z":-1,"start":[0,0],"color":"#1c2430","width":1,"points":[]}],'
            '"gone":["3.9.1","3.9.2"],"undo":true,"seq":853,"at":2700414}'
        ),
    ),
    Example(
        "a student's shape shown to all",
        e.ShapesCopied(
            seq=854,
            at=2_700_415,
            member=1,
            sources=("3.7",),
            by=(0, 0),
            shapes=(
                {
                    "id": "1.4",
                    "page": 2,
                    "author": 3,
                    "kind": "formula",
                    "z": 7,
                    "start": [400, 1200],
                    "color": "#1c2430",
                    "size": [2400, 960],
                    "latex": "\\frac{1}{2}",
                },
            ),
        ),
        (
            '{"type":"board.copied","member":1,"sources":["3.7"],"by":[0,0],"shapes":[{"id":"1.4","page":2,"author":3,'
            '"kind":"formula","z":7,"start":[400,1200],"color":"#1c2430","size":[2400,960],'
            '"latex":"\\\\frac{1}{2}"}],"seq":854,"at":2700415}'
        ),
    ),
    Example(
        "a page added",
        e.PageAdded(seq=855, at=2_700_416, member=1, page=3, after=1, background="grid"),
        '{"type":"page.added","member":1,"page":3,"after":1,"background":"grid","seq":855,"at":2700416}',
    ),
    Example(
        "a page turned",
        e.PageTurned(seq=856, at=2_700_417, member=1, page=3),
        '{"type":"page.turned","member":1,"page":3,"seq":856,"at":2700417}',
    ),
    Example(
        "a page removed",
        e.PageRemoved(seq=857, at=2_700_418, member=1, page=2),
        '{"type":"page.removed","member":1,"page":2,"seq":857,"at":2700418}',
    ),
    Example(
        "a page locked",
        e.PageLocked(seq=858, at=2_700_419, member=1, page=3, on=True),
        '{"type":"page.locked","member":1,"page":3,"on":true,"seq":858,"at":2700419}',
    ),
    Example(
        "a slide added",
        e.PageAdded(seq=859, at=2_700_420, member=1, page=4, after=3, background="0123456789abcdef0123456789abcdef"),
        (
            '{"type":"page.added","member":1,"page":4,"after":3,"background":"0123456789abcdef0123456789abcdef",'
            '"seq":859,"at":2700420}'
        ),
    ),
    Example(
        "a page put before another",
        e.PageMoved(seq=860, at=2_700_421, member=1, page=4, before=1),
        '{"type":"page.moved","member":1,"page":4,"before":1,"seq":860,"at":2700421}',
    ),
    Example(
        "a page put behind all",
        e.PageMoved(seq=861, at=2_700_422, member=1, page=1, before=None),
        '{"type":"page.moved","member":1,"page":1,"before":null,"seq":861,"at":2700422}',
    ),
    Example(
        "a page on ruled paper",
        e.PageChanged(seq=862, at=2_700_423, member=1, page=1, background="ruled"),
        '{"type":"page.changed","member":1,"page":1,"background":"ruled","seq":862,"at":2700423}',
    ),
    Example(
        "a page of one's own",
        e.PageAdded(seq=863, at=2_700_424, member=3, page=5, after=1, background="blank", owner=3),
        ('{"type":"page.added","member":3,"page":5,"after":1,"background":"blank","owner":3,"seq":863,"at":2700424}'),
    ),
    Example(
        "the board locked",
        e.BoardLocked(seq=864, at=2_700_425, member=1, on=True),
        '{"type":"board.locked","member":1,"on":true,"seq":864,"at":2700425}',
    ),
    Example(
        "everybody may look at any page",
        e.BoardFreed(seq=865, at=2_700_426, member=1, on=True),
        '{"type":"board.freed","member":1,"on":true,"seq":865,"at":2700426}',
    ),
    Example(
        "every common page wiped clean",
        e.PageCleared(seq=866, at=2_700_427, member=1, page=None, whose="all"),
        '{"type":"board.cleared","member":1,"page":null,"whose":"all","seq":866,"at":2700427}',
    ),
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
    Example(
        "no teacher is there any more",
        e.RoomPaused(seq=900, at=3_000_600, reason="teacher_away", ends_in_s=240),
        '{"type":"room.paused","reason":"teacher_away","ends_in_s":240,"seq":900,"at":3000600}',
    ),
    Example(
        "the teacher is back",
        e.RoomResumed(seq=901, at=3_000_601),
        '{"type":"room.resumed","seq":901,"at":3000601}',
    ),
    Example(
        "no teacher is there, and the lesson ends sooner anyway",
        e.RoomPaused(seq=902, at=3_000_602, reason="teacher_away"),
        '{"type":"room.paused","reason":"teacher_away","seq":902,"at":3000602}',
    ),
    Example(
        "a line held back",
        e.ChatHeld(seq=903, at=3_000_603, member=3, text="加微信 ***********", to="staff", masked=1),
        '{"type":"chat.held","member":3,"text":"加微信 ***********","to":"staff","masked":1,"seq":903,"at":3000603}',
    ),
    Example(
        "a line held back, to everybody",
        e.ChatHeld(seq=904, at=3_000_604, member=3, text="坏话"),
        '{"type":"chat.held","member":3,"text":"坏话","seq":904,"at":3000604}',
    ),
    Example(
        "a line that staff let through",
        e.ChatMessage(seq=905, at=3_000_605, member=3, text="加微信 ***********", to="staff", held=903, by=1),
        (
            '{"type":"chat.message","member":3,"text":"加微信 ***********","to":"staff","held":903,"by":1,"seq":905,'
            '"at":3000605}'
        ),
    ),
    Example(
        "a line that was held back is taken back",
        e.ChatDeleted(seq=906, at=3_000_606, chat=904, by=1),
        '{"type":"chat.deleted","chat":904,"by":1,"seq":906,"at":3000606}',
    ),
    Example(
        "a classroom comes again",
        e.MemberJoined(seq=907, at=3_000_607, member=10, name="东校", role="classroom", school="东校", heads=31),
        (
            '{"type":"member.joined","member":10,"name":"东校","role":"classroom","school":"东校","heads":31,"seq":907,'
            '"at":3000607}'
        ),
    ),
    Example(
        "so many are before its device",
        e.HeadsChanged(seq=908, at=3_000_608, member=10, count=0, by=2),
        '{"type":"heads.changed","member":10,"count":0,"by":2,"seq":908,"at":3000608}',
    ),
    Example(
        "a line with a number that was masked",
        e.ChatMessage(seq=909, at=3_000_609, member=1, text="***********", masked=1),
        '{"type":"chat.message","member":1,"text":"***********","masked":1,"seq":909,"at":3000609}',
    ),
    Example(
        "a poll, as staff see it",
        e.PollOpened(
            seq=920,
            at=3_000_700,
            poll=2,
            member=1,
            question="1/2 + 1/3 = ?",
            options=("2/5", "5/6"),
            answer=1,
            seconds=60,
        ),
        (
            '{"type":"poll.opened","poll":2,"member":1,"question":"1/2 + 1/3 = ?","options":["2/5","5/6"],"answer":1,'
            '"seconds":60,"seq":920,"at":3000700}'
        ),
    ),
    Example(
        "a vote",
        e.PollVoted(seq=921, at=3_000_800, poll=2, member=3, choice=0),
        '{"type":"poll.voted","poll":2,"member":3,"choice":0,"seq":921,"at":3000800}',
    ),
    Example(
        "the time of a poll is over",
        e.PollClosed(seq=922, at=3_060_700, poll=2, counts=(1, 4), answer=1),
        '{"type":"poll.closed","poll":2,"counts":[1,4],"answer":1,"seq":922,"at":3060700}',
    ),
    Example(
        "a poll without a right answer, as everybody sees it",
        e.PollOpened(seq=923, at=3_060_800, poll=3, member=1, question="听懂了吗？", options=("懂了", "没懂")),
        (
            '{"type":"poll.opened","poll":3,"member":1,"question":"听懂了吗？","options":["懂了","没懂"],"seq":923,'
            '"at":3060800}'
        ),
    ),
    Example(
        "a poll closed by the teacher",
        e.PollClosed(seq=924, at=3_060_900, poll=3, counts=(0, 0), by=1),
        '{"type":"poll.closed","poll":3,"counts":[0,0],"by":1,"seq":924,"at":3060900}',
    ),
    Example(
        "who is there?",
        e.CheckinOpened(seq=925, at=3_061_000, checkin=2, member=1, seconds=30),
        '{"type":"checkin.opened","checkin":2,"member":1,"seconds":30,"seq":925,"at":3061000}',
    ),
    Example(
        "somebody is there",
        e.CheckinAnswered(seq=926, at=3_061_100, checkin=2, member=3),
        '{"type":"checkin.answered","checkin":2,"member":3,"seq":926,"at":3061100}',
    ),
    Example(
        "and who was not, as staff see it",
        e.CheckinClosed(seq=927, at=3_091_000, checkin=2, missing=(2,)),
        '{"type":"checkin.closed","checkin":2,"missing":[2],"seq":927,"at":3091000}',
        also=('{"type":"checkin.closed","checkin":2,"missing":[2],"seq":927,"at":3091000,"by":null}',),
    ),
    Example(
        "an observer's comment",
        e.CommentAdded(seq=928, at=3_091_100, member=8, name="听课老师", text="这个提问很好"),
        '{"type":"comment.added","member":8,"name":"听课老师","text":"这个提问很好","seq":928,"at":3091100}',
    ),
    Example(
        "a teacher on duty",
        e.DutyChanged(
            seq=960,
            at=3_000_700,
            member=4,
            state="free",
            name="李老师",
            school="北京市第四中学",
            subjects=("physics", "化学"),
            grades=("8",),
        ),
        (
            '{"type":"duty.changed","member":4,"state":"free","name":"李老师","school":"北京市第四中学",'
            '"subjects":["physics","化学"],"grades":["8"],"seq":960,"at":3000700}'
        ),
    ),
    Example(
        "a student waits for a teacher",
        e.CallMade(seq=961, at=3_000_701, call=17, member=3, name="小红", teacher=4, subject="physics", grade="8"),
        (
            '{"type":"call.made","call":17,"member":3,"name":"小红","teacher":4,"subject":"physics","grade":"8",'
            '"seq":961,"at":3000701}'
        ),
    ),
    Example(
        "a call rings",
        e.CallRings(seq=962, at=3_000_701, call=17, in_s=30),
        '{"type":"call.rings","call":17,"in_s":30,"seq":962,"at":3000701}',
    ),
    Example(
        "a call is taken",
        e.CallAccepted(seq=963, at=3_000_800, call=17, room="evening.3f9c02ab1d.17"),
        '{"type":"call.accepted","call":17,"room":"evening.3f9c02ab1d.17","seq":963,"at":3000800}',
    ),
    Example(
        "a teacher is in a lesson",
        e.DutyChanged(seq=964, at=3_000_800, member=4, state="busy", name="李老师", subjects=("physics",)),
        (
            '{"type":"duty.changed","member":4,"state":"busy","name":"李老师","subjects":["physics"],"seq":964,'
            '"at":3000800}'
        ),
    ),
    Example(
        "the lesson that came of a call is over",
        e.CallOver(seq=965, at=3_300_000, call=17),
        '{"type":"call.over","call":17,"seq":965,"at":3300000}',
    ),
    Example(
        "a student waits for a teacher, whatever for",
        e.CallMade(seq=966, at=3_300_001, call=18, member=3, name="小红", teacher=4),
        '{"type":"call.made","call":18,"member":3,"name":"小红","teacher":4,"seq":966,"at":3300001}',
    ),
    Example(
        "nothing came of a call",
        e.CallEnded(seq=967, at=3_330_001, call=18, reason="passed"),
        '{"type":"call.ended","call":18,"reason":"passed","seq":967,"at":3330001}',
    ),
    Example(
        "a teacher on duty no more",
        e.DutyChanged(seq=968, at=3_330_002, member=4, state="off", name="李老师"),
        '{"type":"duty.changed","member":4,"state":"off","name":"李老师","seq":968,"at":3330002}',
    ),
    Example(
        "the room closed by the teacher, with the highest seq there is",
        e.RoomClosed(seq=2**53 - 1, at=2**32, reason="ended", by=1),
        '{"type":"room.closed","reason":"ended","by":1,"seq":9007199254740991,"at":4294967296}',
    ),
)
