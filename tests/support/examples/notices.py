"""What the server says to one client, and its signals."""

from base64 import b64decode

from protocol import notices as n
from protocol.codes import ErrorCode

from .example import Example

ROOM = n.RoomView(
    id="r-7k2m",
    form="one_to_many",
    subject="mathematics",
    topic="分数的加减",
    state="live",
    opened_at_ms=1_790_000_000_000,
    ends=n.EndsView(in_ms=1_520_000, reason="duration"),
    members=(
        n.MemberView(
            member=1,
            name="王老师",
            role="teacher",
            school="北京市第四中学",
            can=("camera", "chat", "draw", "screen", "speak"),
        ),
        n.MemberView(member=2, name="小明", role="student", can=("chat",), muted=("microphone",), away=True),
        n.MemberView(member=3, name="小红", role="student"),
    ),
    hands=(2,),
    stage=(1, 2),
    chat=(
        n.ChatView(seq=4, at=100, member=1, name="王老师", role="teacher", text="大家好"),
        n.ChatView(seq=9, at=65_536, member=7, name="小刚", role="student", text="我先走了", to="staff"),
        n.ChatView(seq=12, at=70_000, member=1, name="王老师", role="teacher", text="你来说", to=3),
    ),
    tracks=(
        n.TrackView(track="t0", member=1, source="camera", layers=("low", "high"), muted=True),
        n.TrackView(track="t9", member=2, source="microphone"),
    ),
    locked=True,
    recording=True,
    past=n.PastView(
        live_at=5_400,
        gone=(n.GoneView(member=7, name="小刚", role="student"), n.GoneView(member=9, name="小丽", role="student")),
        lines=57,
    ),
    poll=n.PollView(
        poll=1,
        member=1,
        at=600_000,
        question="3/4 - 1/2 = ?",
        options=("1/4", "2/2", "1/2"),
        answer=0,
        seconds=60,
        votes=((3, 0),),
        closed=True,
        counts=(5, 0, 1),
    ),
    checkin=n.CheckinView(checkin=1, member=1, at=1_190_000, seconds=30),
)
EMPTY = n.RoomView(
    id="r-1",
    form="one_to_one",
    subject="physics",
    topic="",
    state="closed",
    opened_at_ms=0,
    ends=n.EndsView(in_ms=0, reason="no_show"),
    members=(),
    hands=(),
    stage=(),
    chat=(),
    tracks=(),
    closed_reason="no_show",
    poll=n.PollView(poll=1, member=1, at=5, question="?", options=("a", "b"), answer=1, votes=((2, 1), (3, 0))),
    checkin=n.CheckinView(checkin=1, member=1, at=9, seconds=5, answered=(3,), closed=True, missing=(2,)),
    comments=(n.CommentView(seq=7, at=70, member=4, name="听课老师", text="板书清楚"),),
)
PAUSED = n.RoomView(
    id="r-2",
    form="delivery",
    subject="physics",
    topic="",
    state="live",
    opened_at_ms=1_790_000_000_000,
    ends=n.EndsView(in_ms=900_000, reason="duration"),
    members=(n.MemberView(member=8, name="东校", role="classroom", school="东校", heads=31),),
    hands=(),
    stage=(),
    chat=(),
    tracks=(),
    paused=n.PausedView(reason="teacher_away", ends_in_ms=200_000),
    held=(n.HeldView(seq=90, at=80_000, member=8, name="东校", role="classroom", text="坏话", to="staff"),),
    alarms=(n.AlarmView(kind="over_use", at=70_000, member=8), n.AlarmView(kind="teacher_lost", at=90_000)),
)
LOBBY = n.RoomView(
    id="evening.3f9c02ab1d",
    form="lobby",
    subject="",
    topic="",
    state="waiting",
    opened_at_ms=1_790_000_000_000,
    ends=n.EndsView(in_ms=9_320_000, reason="duration"),
    members=(n.MemberView(member=3, name="小红", role="student"),),
    hands=(),
    stage=(),
    chat=(),
    tracks=(),
    lobby=n.LobbyView(
        duties=(
            n.DutyView(
                member=4,
                name="李老师",
                school="北京市第四中学",
                subjects=("physics", "化学"),
                grades=("8",),
                busy=True,
            ),
            n.DutyView(member=7, name="张老师", subjects=("history",)),
        ),
        calls=(
            n.CallView(call=17, member=3, name="小红", teacher=4, subject="physics", grade="8", place=2, wait_s=540),
        ),
    ),
)
BOARD = {
    "current": 1,
    "free": False,
    "locked": False,
    "pages": [
        {
            "page": 1,
            "background": "blank",
            "locked": False,
            "shapes": [
                {
                    "id": "2.7",
                    "page": 1,
                    "author": 2,
                    "kind": "highlighter",
                    "z": 2,
                    "start": [100, 200],
                    "color": "#ffd43b",
                    "width": 260,
                    "points": [5, 5, 129, 128],
                    "pressure": [0, 255],
                    "open": True,
                },
            ],
            "chunks": 1,
        },
        {"page": 2, "background": "grid", "locked": True, "shapes": [], "chunks": 0},
    ],
}
# Deflated: [{"id":"1.1","page":1,"author":1,"kind":"pen","z":1,"start":[8000,4500],"color":"#e03131","width":36,
# "points":[127,128,-32,-33]}]
CHUNK = (
    "eJwdjEsKwzAQQ++ibqdlxtNP8FWCF6YxjWmxQ+JQaMjda2chEOI99RviAAu5CAiTfwVYIfi1jHk+6jumBkwhVeB3TEvxc4HtO2am"
    "643ZEZ750wScAqtoO/vGoYyweq+/OaayVEPMg8R0dFZTo253f/KFIsw="
)
BLANK = {
    "current": 2,
    "free": True,
    "locked": True,
    "pages": [
        {"page": 1, "background": "blank", "locked": False, "shapes": [], "chunks": 0},
        {"page": 4, "background": "dark", "locked": False, "owner": 3, "shapes": [], "chunks": 0},
        {"page": 2, "background": "0123456789abcdef0123456789abcdef", "locked": True, "shapes": [], "chunks": 0},
    ],
}
LIMITS = n.LimitsView(frame_bytes=65_536, chat_chars=2_000, points_a_message=256, absence_s=60, evaluation_s=120)

NOTICES = (
    Example(
        "welcome into a lesson",
        n.Welcome(
            id=1,
            session="s-9f3c",
            member=3,
            next_shape=1,
            resumed=False,
            epoch=1,
            seq=812,
            last_id=0,
            now_ms=1_790_001_480_000,
            limits=LIMITS,
            room=ROOM,
            board=BOARD,
        ),
        (
            '{"type":"welcome","id":1,"session":"s-9f3c","member":3,"next_shape":1,"resumed":false,"epoch":1,'
            '"seq":812,"last_id":0,"now_ms":1790001480000,"limits":{"frame_bytes":65536,"chat_chars":2000,'
            '"points_a_message":256,"absence_s":60,"evaluation_s":120},"room":{"id":"r-7k2m","form":"one_to_many",'
            '"subject":"mathematics","topic":"分数的加减","state":"live","opened_at_ms":1790000000000,'
            '"ends":{"in_ms":1520000,"reason":"duration"},"members":[{"member":1,"name":"王老师","role":"teacher",'
            '"school":"北京市第四中学","can":["camera","chat","draw","screen","speak"]},{"member":2,"name":"小明",'
            '"role":"student","can":["chat"],"muted":["microphone"],"away":true},{"member":3,"name":"小红",'
            '"role":"student"}],"hands":[2],"stage":[1,2],"chat":[{"seq":4,"at":100,"member":1,"name":"王老师",'
            '"role":"teacher","text":"大家好"},{"seq":9,"at":65536,"member":7,"name":"小刚","role":"student",'
            '"text":"我先走了","to":"staff"},{"seq":12,"at":70000,"member":1,"name":"王老师","role":"teacher",'
            '"text":"你来说","to":3}],"tracks":[{"track":"t0","member":1,"source":"camera","layers":["low","high"],'
            '"muted":true},{"track":"t9","member":2,"source":"microphone"}],"locked":true,"recording":true,"past":{"live_at":5400,'
            '"gone":[{"member":7,"name":"小刚","role":"student"},{"member":9,"name":"小丽","role":"student"}],'
            '"lines":57},"poll":{"poll":1,"member":1,"at":600000,"question":"3/4 - 1/2 = ?",'
            '"options":["1/4","2/2","1/2"],"answer":0,"seconds":60,"votes":[[3,0]],"closed":true,"counts":[5,0,1]},'
            '"checkin":{"checkin":1,"member":1,"at":1190000,"seconds":30}},"board":{"current":1,'
            '"free":false,"locked":false,"pages":[{"page":1,"background":"blank","locked":false,'
            '"shapes":[{"id":"2.7","page":1,"author":2,"kind":"highlighter","z":2,"start":[100,200],'
            '"color":"#ffd43b","width":260,"points":[5,5,129,128],"pressure":[0,255],"open":true}],"chunks":1},'
            '{"page":2,"background":"grid","locked":true,"shapes":[],"chunks":0}]}}'
        ),
    ),
    Example(
        "welcome back: the events that were missed follow",
        n.Welcome(
            id=1,
            session="s-9f3c",
            member=3,
            next_shape=8,
            resumed=True,
            epoch=1,
            seq=845,
            last_id=127,
            now_ms=1_790_001_480_000,
            limits=LIMITS,
            ice_servers=(
                n.IceServer(
                    ("turn:turn.example:3478?transport=udp",), "1790044680:5f0c", "k0Fq2Jc8Yk1v4uQ0M6n0pXo1c3E="
                ),
            ),
        ),
        (
            '{"type":"welcome","id":1,"session":"s-9f3c","member":3,"next_shape":8,"resumed":true,"epoch":1,'
            '"seq":845,"last_id":127,"now_ms":1790001480000,"limits":{"frame_bytes":65536,"chat_chars":2000,'
            '"points_a_message":256,"absence_s":60,"evaluation_s":120},"ice_servers":[{"urls":'
            '["turn:turn.example:3478?transport=udp"],"username":"1790044680:5f0c",'
            '"credential":"k0Fq2Jc8Yk1v4uQ0M6n0pXo1c3E="}]}'
        ),
    ),
    Example(
        "welcome into a room that is over",
        n.Welcome(
            id=1,
            session="s-0001",
            member=1,
            next_shape=1,
            resumed=False,
            epoch=3,
            seq=2**53 - 1,
            last_id=0,
            now_ms=1_790_003_000_000,
            limits=LIMITS,
            evaluation="due",
            room=EMPTY,
            board=BLANK,
        ),
        (
            '{"type":"welcome","id":1,"session":"s-0001","member":1,"next_shape":1,"resumed":false,"epoch":3,'
            '"seq":9007199254740991,"last_id":0,"now_ms":1790003000000,"limits":{"frame_bytes":65536,'
            '"chat_chars":2000,"points_a_message":256,"absence_s":60,"evaluation_s":120},"evaluation":"due",'
            '"room":{"id":"r-1","form":"one_to_one","subject":"physics","topic":"","state":"closed",'
            '"opened_at_ms":0,"ends":{"in_ms":0,"reason":"no_show"},"members":[],"hands":[],"stage":[],"chat":[],'
            '"tracks":[],"closed_reason":"no_show","poll":{"poll":1,"member":1,"at":5,"question":"?",'
            '"options":["a","b"],"answer":1,"votes":[[2,1],[3,0]]},"checkin":{"checkin":1,"member":1,"at":9,'
            '"seconds":5,"answered":[3],"closed":true,"missing":[2]},"comments":[{"seq":7,"at":70,"member":4,'
            '"name":"听课老师","text":"板书清楚"}]},"board":{"current":2,"free":true,"locked":true,'
            '"pages":[{"page":1,"background":"blank","locked":false,"shapes":[],"chunks":0},{"page":4,'
            '"background":"dark","locked":false,"owner":3,"shapes":[],"chunks":0},{"page":2,'
            '"background":"0123456789abcdef0123456789abcdef","locked":true,"shapes":[],"chunks":0}]}}'
        ),
    ),
    Example(
        "welcome into a lobby",
        n.Welcome(
            id=1,
            session="s-0002",
            member=3,
            next_shape=1,
            resumed=False,
            epoch=1,
            seq=14,
            last_id=0,
            now_ms=1_790_001_480_000,
            limits=LIMITS,
            room=LOBBY,
            board=BLANK,
        ),
        (
            '{"type":"welcome","id":1,"session":"s-0002","member":3,"next_shape":1,"resumed":false,"epoch":1,'
            '"seq":14,"last_id":0,"now_ms":1790001480000,"limits":{"frame_bytes":65536,"chat_chars":2000,'
            '"points_a_message":256,"absence_s":60,"evaluation_s":120},"room":{"id":"evening.3f9c02ab1d",'
            '"form":"lobby","subject":"","topic":"","state":"waiting","opened_at_ms":1790000000000,'
            '"ends":{"in_ms":9320000,"reason":"duration"},"members":[{"member":3,"name":"小红","role":"student"}],'
            '"hands":[],"stage":[],"chat":[],"tracks":[],"lobby":{"duties":[{"member":4,"name":"李老师",'
            '"school":"北京市第四中学","subjects":["physics","化学"],"grades":["8"],"busy":true},{"member":7,'
            '"name":"张老师","subjects":["history"]}],"calls":[{"call":17,"member":3,"name":"小红","teacher":4,'
            '"subject":"physics","grade":"8","place":2,"wait_s":540}]}},"board":{"current":2,"free":true,'
            '"locked":true,"pages":[{"page":1,"background":"blank","locked":false,"shapes":[],"chunks":0},'
            '{"page":4,"background":"dark","locked":false,"owner":3,"shapes":[],"chunks":0},{"page":2,'
            '"background":"0123456789abcdef0123456789abcdef","locked":true,"shapes":[],"chunks":0}]}}'
        ),
    ),
    Example(
        "a snapshot for one who has fallen behind",
        n.Snapshot(seq=4096, room=EMPTY, board=BLANK),
        (
            '{"type":"snapshot","seq":4096,"room":{"id":"r-1","form":"one_to_one","subject":"physics","topic":"",'
            '"state":"closed","opened_at_ms":0,"ends":{"in_ms":0,"reason":"no_show"},"members":[],"hands":[],'
            '"stage":[],"chat":[],"tracks":[],"closed_reason":"no_show","poll":{"poll":1,"member":1,"at":5,"question":"?",'
            '"options":["a","b"],"answer":1,"votes":[[2,1],[3,0]]},"checkin":{"checkin":1,"member":1,"at":9,'
            '"seconds":5,"answered":[3],"closed":true,"missing":[2]},"comments":[{"seq":7,"at":70,"member":4,'
            '"name":"听课老师","text":"板书清楚"}]},"board":{"current":2,"free":true,'
            '"locked":true,"pages":[{"page":1,"background":"blank","locked":false,"shapes":[],"chunks":0},'
            '{"page":4,"background":"dark","locked":false,"owner":3,"shapes":[],"chunks":0},{"page":2,'
            '"background":"0123456789abcdef0123456789abcdef","locked":true,"shapes":[],"chunks":0}]}}'
        ),
    ),
    Example(
        "a snapshot of a lesson without its teacher",
        n.Snapshot(seq=4097, room=PAUSED, board=BLANK),
        (
            '{"type":"snapshot","seq":4097,"room":{"id":"r-2","form":"delivery","subject":"physics","topic":"",'
            '"state":"live","opened_at_ms":1790000000000,"ends":{"in_ms":900000,"reason":"duration"},"members":['
            '{"member":8,"name":"东校","role":"classroom","school":"东校","heads":31}],"hands":[],"stage":[],"chat":[],'
            '"tracks":[],"paused":{"reason":"teacher_away","ends_in_ms":200000},"held":[{"seq":90,"at":80000,"member":8,'
            '"name":"东校","role":"classroom","text":"坏话","to":"staff"}],"alarms":[{"kind":"over_use","at":70000,'
            '"member":8},{"kind":"teacher_lost","at":90000}]},"board":{"current":2,"free":true,'
            '"locked":true,"pages":[{"page":1,"background":"blank","locked":false,"shapes":[],"chunks":0},'
            '{"page":4,"background":"dark","locked":false,"owner":3,"shapes":[],"chunks":0},{"page":2,'
            '"background":"0123456789abcdef0123456789abcdef","locked":true,"shapes":[],"chunks":0}]}}'
        ),
    ),
    Example(
        "the finished shapes of a page",
        n.BoardChunk(shapes=b64decode(CHUNK)),
        f'{{"type":"board.chunk","shapes":"{CHUNK}"}}',
    ),
    Example("ok for everything up to here", n.Ok(id=4_294_967_296), '{"type":"ok","id":4294967296}'),
    Example(
        "ok with the answer to an offer",
        n.Ok(id=5, sdp="v=0\r\no=- 3 1 IN IP4 0.0.0.0\r\ns=-\r\n"),
        '{"type":"ok","id":5,"sdp":"v=0\\r\\no=- 3 1 IN IP4 0.0.0.0\\r\\ns=-\\r\\n"}',
    ),
    Example(
        "a refusal",
        n.Error(id=3, code=ErrorCode.NOT_FOUND, message="no such line of chat"),
        '{"type":"error","id":3,"code":"not_found","message":"no such line of chat"}',
        also=(
            (
                '{"type":"error","id":3,"code":"not_found","message":"no such line of chat","rule":null,'
                '"retry_in_s":null}'
            ),
        ),
    ),
    Example(
        "a refusal by a rule, cured by time",
        n.Error(id=6, code=ErrorCode.RATE_LIMITED, message="太快了", rule="LIMIT-2", retry_in_s=0.5),
        '{"type":"error","id":6,"code":"rate_limited","message":"太快了","rule":"LIMIT-2","retry_in_s":0.5}',
    ),
    Example(
        "not let in yet",
        n.Error(
            id=1,
            code=ErrorCode.OUTSIDE_WINDOW,
            message="the room is not open yet",
            rule="WINDOW-5",
            retry_in_s=90.5,
            until_ms=1_796_119_200_000,
        ),
        '{"type":"error","id":1,"code":"outside_window","message":"the room is not open yet","rule":"WINDOW-5",'
        '"retry_in_s":90.5,"until_ms":1796119200000}',
    ),
    Example(
        "goodbye", n.Bye(code=4410, reason="the room is over"), '{"type":"bye","code":4410,"reason":"the room is over"}'
    ),
    Example(
        "goodbye for a while",
        n.Bye(code=1012, reason="this server is leaving", retry_in_s=30.0),
        '{"type":"bye","code":1012,"reason":"this server is leaving","retry_in_s":30.0}',
        also=('{"type":"bye","code":1012,"reason":"this server is leaving","retry_in_s":30}',),
    ),
    Example(
        "the room lives elsewhere",
        n.Moved(url="wss://node-2.school.example/v1/ws"),
        '{"type":"moved","url":"wss://node-2.school.example/v1/ws"}',
    ),
    Example(
        "the receiving connection offered",
        n.MediaOffer(offer=3, sdp="v=0\r\no=- 4 1 IN IP4 0.0.0.0\r\ns=-\r\n", tracks={"0": "t1", "1": "t2"}),
        (
            '{"type":"media.offer","offer":3,"sdp":"v=0\\r\\no=- 4 1 IN IP4 0.0.0.0\\r\\ns=-\\r\\n",'
            '"tracks":{"0":"t1","1":"t2"}}'
        ),
    ),
    Example(
        "nothing to receive offered",
        n.MediaOffer(offer=65_536, sdp="", tracks={}),
        '{"type":"media.offer","offer":65536,"sdp":"","tracks":{}}',
    ),
    Example(
        "another speaks, without an offer",
        n.MediaCarries(tracks={"0": "t7", "1": "t2"}),
        '{"type":"media.carries","tracks":{"0":"t7","1":"t2"}}',
    ),
    Example("nothing is carried", n.MediaCarries(tracks={}), '{"type":"media.carries","tracks":{}}'),
    Example(
        "one picture sharp, one paused",
        n.MediaLayers(layers={"t2": "high", "t5": "off"}),
        '{"type":"media.layers","layers":{"t2":"high","t5":"off"}}',
    ),
    Example("no pictures", n.MediaLayers(layers={}), '{"type":"media.layers","layers":{}}'),
    Example(
        "a picture that is seen small, and one that nobody sees",
        n.MediaUsed(layers={"t2": "low", "t5": "off"}),
        '{"type":"media.used","layers":{"t2":"low","t5":"off"}}',
    ),
    Example("a pong", n.Pong(n=0, now_ms=1_790_000_005_000), '{"type":"pong","n":0,"now_ms":1790000005000}'),
    Example("a laser pointer", n.Pointer(1, 1, 8000, 4500, True), '["pointer",1,1,8000,4500,true]'),
    Example(
        "a pointer beyond the edge",
        n.Pointer(1_000_000, 2, -16_000, 16_000, False),
        '["pointer",1000000,2,-16000,16000,false]',
    ),
    Example("what the teacher looks at", n.View(1, 1, 4000, 2250, 8000), '["view",1,1,4000,2250,8000]'),
    Example("two are heard", n.Speaking(members=(1, 3)), '{"type":"speaking","members":[1,3]}'),
    Example("nobody is heard", n.Speaking(members=()), '{"type":"speaking","members":[]}'),
    Example("a line that is gone", n.Quality(member=3, score=0), '{"type":"quality","member":3,"score":0}'),
    Example(
        "the next in a queue",
        n.CallPlace(call=17, place=1, wait_s=0),
        '{"type":"call.place","call":17,"place":1,"wait_s":0}',
    ),
    Example(
        "far back in a queue",
        n.CallPlace(call=18, place=20, wait_s=10_260),
        '{"type":"call.place","call":18,"place":20,"wait_s":10260}',
    ),
    Example("a good line", n.Quality(member=1, score=5), '{"type":"quality","member":1,"score":5}'),
)
