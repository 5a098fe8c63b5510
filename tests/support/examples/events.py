"""What happened: one lesson, going on from the welcome in notices.py."""

from protocol import events as e

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
    Example(
        "a stroke begun",
        e.StrokeBegun(
            seq=835, at=2_700_316, member=3, shape="3.1", page=1, kind="pen", color="#1c2430", width=36, start=(0, 9000)
        ),
        (
            '{"type":"board.begun","member":3,"shape":"3.1","page":1,"kind":"pen","color":"#1c2430","width":36,'
            '"start":[0,9000],"seq":835,"at":2700316}'
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
        "shapes erased",
        e.ShapesErased(seq=839, at=2_700_400, member=3, shapes=("3.1", "2.7")),
        '{"type":"board.erased","member":3,"shapes":["3.1","2.7"],"seq":839,"at":2700400}',
    ),
    Example(
        "an erasure taken back",
        e.ShapesRestored(
            seq=840,
            at=2_700_401,
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
                    "finished": True,
                    "points": [5, 5, 129, 128, 128, -333],
                    "pressure": [0, 255, 255],
                },
            ),
            undo=True,
        ),
        (
            '{"type":"board.restored","member":3,"shapes":[{"id":"2.7","page":1,"author":2,"kind":"highlighter",'
            '"color":"#ffd43b","width":260,"start":[100,200],"z":2,"finished":true,"points":[5,5,129,128,128,-333],'
            '"pressure":[0,255,255]}],"undo":true,"seq":840,"at":2700401}'
        ),
    ),
    Example(
        "a student's step taken back by staff",
        e.ShapesErased(seq=841, at=2_700_402, member=1, shapes=("2.7",), undo=True, author=2),
        '{"type":"board.erased","member":1,"shapes":["2.7"],"undo":true,"author":2,"seq":841,"at":2700402}',
    ),
    Example(
        "a student's step done again by staff",
        e.ShapesRestored(
            seq=842,
            at=2_700_403,
            member=1,
            shapes=(
                {
                    "id": "2.7",
                    "page": 1,
                    "author": 2,
                    "kind": "pen",
                    "color": "#1c2430",
                    "width": 1,
                    "start": [0, 0],
                    "z": 2,
                    "finished": True,
                    "points": [],
                    "pressure": None,
                },
            ),
            redo=True,
            author=2,
        ),
        (
            '{"type":"board.restored","member":1,"shapes":[{"id":"2.7","page":1,"author":2,"kind":"pen",'
            '"color":"#1c2430","width":1,"start":[0,0],"z":2,"finished":true,"points":[],"pressure":null}],'
            '"redo":true,"author":2,"seq":842,"at":2700403}'
        ),
    ),
    Example(
        "one student's ink wiped off a page",
        e.PageCleared(seq=843, at=2_700_404, member=1, page=1, whose=2),
        '{"type":"board.cleared","member":1,"page":1,"whose":2,"seq":843,"at":2700404}',
    ),
    Example(
        "a page wiped clean",
        e.PageCleared(seq=844, at=2_700_405, member=1, page=1, whose="all"),
        '{"type":"board.cleared","member":1,"page":1,"whose":"all","seq":844,"at":2700405}',
    ),
    Example(
        "a page added",
        e.PageAdded(seq=845, at=2_700_406, member=1, page=3, after=1, background="grid"),
        '{"type":"page.added","member":1,"page":3,"after":1,"background":"grid","seq":845,"at":2700406}',
    ),
    Example(
        "a page turned",
        e.PageTurned(seq=846, at=2_700_407, member=1, page=3),
        '{"type":"page.turned","member":1,"page":3,"seq":846,"at":2700407}',
    ),
    Example(
        "a page removed",
        e.PageRemoved(seq=847, at=2_700_408, member=1, page=2),
        '{"type":"page.removed","member":1,"page":2,"seq":847,"at":2700408}',
    ),
    Example(
        "a page locked",
        e.PageLocked(seq=848, at=2_700_409, member=1, page=3, on=True),
        '{"type":"page.locked","member":1,"page":3,"on":true,"seq":848,"at":2700409}',
    ),
    Example(
        "a microphone heard",
        e.TrackPublished(seq=849, at=2_700_410, track="t1", member=1, source="microphone"),
        '{"type":"track.published","track":"t1","member":1,"source":"microphone","seq":849,"at":2700410}',
    ),
    Example(
        "a camera in three layers",
        e.TrackPublished(
            seq=850, at=2_700_411, track="t2", member=3, source="camera", layers=("low", "medium", "high")
        ),
        (
            '{"type":"track.published","track":"t2","member":3,"source":"camera","layers":["low","medium","high"],'
            '"seq":850,"at":2700411}'
        ),
    ),
    Example(
        "a track closed by its owner",
        e.TrackMuted(seq=851, at=2_700_412, track="t1", on=True),
        '{"type":"track.muted","track":"t1","on":true,"seq":851,"at":2700412}',
    ),
    Example(
        "a track is over",
        e.TrackStopped(seq=852, at=2_700_413, track="t2"),
        '{"type":"track.stopped","track":"t2","seq":852,"at":2700413}',
    ),
    Example(
        "a member leaves",
        e.MemberLeft(seq=853, at=2_700_414, member=5, reason="left"),
        '{"type":"member.left","member":5,"reason":"left","seq":853,"at":2700414}',
    ),
    Example(
        "a member removed for good",
        e.MemberLeft(seq=854, at=2_700_415, member=4, reason="removed", by=1, ban=True),
        '{"type":"member.left","member":4,"reason":"removed","by":1,"ban":true,"seq":854,"at":2700415}',
    ),
    Example(
        "the time is over",
        e.RoomClosed(seq=855, at=3_000_300, reason="duration"),
        '{"type":"room.closed","reason":"duration","seq":855,"at":3000300}',
    ),
    Example(
        "a score, without whose",
        e.Evaluated(seq=856, at=3_000_400, score=5),
        '{"type":"evaluated","score":5,"seq":856,"at":3000400}',
    ),
    Example(
        "a score, to its author",
        e.Evaluated(seq=857, at=3_000_500, score=4, member=3),
        '{"type":"evaluated","score":4,"member":3,"seq":857,"at":3000500}',
    ),
    Example(
        "the room closed by the teacher, with the highest seq there is",
        e.RoomClosed(seq=2**53 - 1, at=2**32, reason="ended", by=1),
        '{"type":"room.closed","reason":"ended","by":1,"seq":9007199254740991,"at":4294967296}',
    ),
)
