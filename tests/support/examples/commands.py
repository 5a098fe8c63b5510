"""What clients say."""

from protocol import commands as c

from .example import Example

COMMANDS = (
    Example(
        "hello with a token",
        c.Hello(
            id=1, room="r-7k2m", token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln", client=c.ClientInfo(name="web", version="0.1.0")
        ),
        (
            '{"type":"hello","room":"r-7k2m","token":"eyJhbGciOiJIUzI1NiJ9.e30.c2ln","client":{"name":"web",'
            '"version":"0.1.0"},"id":1}'
        ),
    ),
    Example(
        "hello, and nothing more",
        c.Hello(id=1, room="室-1"),
        '{"type":"hello","room":"室-1","id":1}',
        also=('{"id":1,"type":"hello","room":"室-1","token":"","client":{"name":"","version":""},"resume":null}',),
    ),
    Example(
        "hello again after the line was lost",
        c.Hello(id=1, room="r-7k2m", resume=c.Resume(session="s-9f3c", epoch=2, seq=845)),
        '{"type":"hello","room":"r-7k2m","resume":{"session":"s-9f3c","epoch":2,"seq":845},"id":1}',
    ),
    Example(
        "hello of a page that was loaded again",
        c.Hello(
            id=1,
            room="r-7k2m",
            token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
            client=c.ClientInfo(name="web", version="0.1.0"),
            resume=c.Resume(session="s-9f3c", epoch=2, seq=0),
        ),
        (
            '{"type":"hello","room":"r-7k2m","token":"eyJhbGciOiJIUzI1NiJ9.e30.c2ln","client":{"name":"web",'
            '"version":"0.1.0"},"resume":{"session":"s-9f3c","epoch":2,"seq":0},"id":1}'
        ),
    ),
    Example(
        "chat to everybody",
        c.SendChat(id=2, text="老师好！这道题我不会 👩\u200d🏫"),
        '{"type":"chat.send","text":"老师好！这道题我不会 👩\u200d🏫","id":2}',
        also=(
            (
                '{"type":"chat.send","id":2,"text":"\\u8001\\u5e08\\u597d\\uff01这道题我不会 \\ud83d\\udc69\u200d🏫",'
                '"to":"all"}'
            ),
        ),
    ),
    Example(
        "chat to staff, with quotes, a line break and a backslash",
        c.SendChat(id=3, text='他说 "x < 3"\n\\frac{1}{2} \u2028 \x01', to="staff"),
        '{"type":"chat.send","text":"他说 \\"x < 3\\"\\n\\\\frac{1}{2} \u2028 \\u0001","to":"staff","id":3}',
    ),
    Example(
        "chat to one member, longer than 255 bytes",
        c.SendChat(id=4, text="学" * 86, to=1),
        (
            '{"type":"chat.send",'
            '"text":"学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学学",'
            '"to":1,"id":4}'
        ),
    ),
    Example(
        "a line of chat taken back",
        c.DeleteChat(id=5, seq=2**53 - 1),
        '{"type":"chat.delete","seq":9007199254740991,"id":5}',
    ),
    Example("a hand raised", c.RaiseHand(id=6), '{"type":"hand.raise","id":6}'),
    Example(
        "a hand raised, with the highest id there is",
        c.RaiseHand(id=2**53 - 1),
        '{"type":"hand.raise","id":9007199254740991}',
    ),
    Example(
        "one's own hand lowered",
        c.LowerHand(id=7),
        '{"type":"hand.lower","id":7}',
        also=('{"type":"hand.lower","id":7,"member":null}',),
    ),
    Example("somebody's hand lowered by staff", c.LowerHand(id=8, member=3), '{"type":"hand.lower","member":3,"id":8}'),
    Example(
        "a member invited to the stage", c.InviteToStage(id=9, member=3), '{"type":"stage.invite","member":3,"id":9}'
    ),
    Example("leaving the stage", c.LeaveStage(id=10), '{"type":"stage.leave","id":10}'),
    Example(
        "a member taken off the stage",
        c.RemoveFromStage(id=11, member=1_000_000),
        '{"type":"stage.remove","member":1000000,"id":11}',
    ),
    Example(
        "rights granted to all students",
        c.Grant(id=12, member="all", can=("draw", "speak"), on=True),
        '{"type":"grant","member":"all","can":["draw","speak"],"on":true,"id":12}',
    ),
    Example(
        "a right taken from one member",
        c.Grant(id=13, member=3, can=("screen",), on=False),
        '{"type":"grant","member":3,"can":["screen"],"on":false,"id":13}',
    ),
    Example(
        "all microphones closed",
        c.Mute(id=14, member="all", kind="microphone"),
        '{"type":"member.mute","member":"all","kind":"microphone","id":14}',
    ),
    Example(
        "one camera closed",
        c.Mute(id=15, member=3, kind="camera"),
        '{"type":"member.mute","member":3,"kind":"camera","id":15}',
    ),
    Example(
        "a mute lifted",
        c.Unmute(id=16, member=3, kind="screen"),
        '{"type":"member.unmute","member":3,"kind":"screen","id":16}',
    ),
    Example(
        "a member removed for good",
        c.RemoveMember(id=17, member=3),
        '{"type":"member.remove","member":3,"id":17}',
        also=('{"type":"member.remove","id":17,"member":3,"ban":true}',),
    ),
    Example(
        "a member removed who may come back",
        c.RemoveMember(id=18, member=128, ban=False),
        '{"type":"member.remove","member":128,"ban":false,"id":18}',
    ),
    Example("the room locked", c.LockRoom(id=19, on=True), '{"type":"room.lock","on":true,"id":19}'),
    Example("the room closed for everybody", c.EndRoom(id=20), '{"type":"room.end","id":20}'),
    Example(
        "an evaluation, score alone",
        c.Evaluate(id=21, score=1),
        '{"type":"evaluate","score":1,"id":21}',
        also=('{"type":"evaluate","id":21,"score":1,"tags":[],"comment":""}',),
    ),
    Example(
        "an evaluation with tags and a comment",
        c.Evaluate(id=22, score=5, tags=("耐心", "讲得清楚"), comment="谢谢王老师！"),
        '{"type":"evaluate","score":5,"tags":["耐心","讲得清楚"],"comment":"谢谢王老师！","id":22}',
    ),
    Example(
        "a stroke begun with the pen",
        c.BeginStroke(id=127, shape="3.1", page=1, kind="pen", color="#1c2430", width=36, at=(0, 9000)),
        (
            '{"type":"board.begin","shape":"3.1","page":1,"kind":"pen","color":"#1c2430","width":36,"at":[0,9000],'
            '"id":127}'
        ),
    ),
    Example(
        "a stroke begun with the highlighter, at the bounds",
        c.BeginStroke(
            id=128,
            shape="1000000.9999999999",
            page=1_000_000,
            kind="highlighter",
            color="#ffd43b",
            width=400,
            at=(-16_000, 16_000),
        ),
        (
            '{"type":"board.begin","shape":"1000000.9999999999","page":1000000,"kind":"highlighter",'
            '"color":"#ffd43b","width":400,"at":[-16000,16000],"id":128}'
        ),
    ),
    Example(
        "a stroke goes on",
        c.ExtendStroke(255, "3.1", (12, -5, 0, -127, 128, -32), None),
        '["board.extend",255,"3.1",[12,-5,0,-127,128,-32]]',
        also=(
            '["board.extend",255,"3.1",[12,-5,0,-127,128,-32]]',
            '[ "board.extend", 255, "3.1", [12,-5, 0,-127, 128,-32], null ]',
        ),
    ),
    Example(
        "a stroke goes on under a pen that feels pressure",
        c.ExtendStroke(256, "3.1", (-16_000, 16_000, -32, -33, 128, 256), (0, 128, 255)),
        '["board.extend",256,"3.1",[-16000,16000,-32,-33,128,256],[0,128,255]]',
    ),
    Example(
        "a stroke finished", c.FinishStroke(id=65_535, shape="3.1"), '{"type":"board.finish","shape":"3.1","id":65535}'
    ),
    Example(
        "a line put there",
        c.PutShape(
            id=65_600, shape="3.2", page=1, kind="line", start=(0, 0), color="#1c2430", width=36, points=(16_000, 9_000)
        ),
        (
            '{"type":"board.put","shape":"3.2","page":1,"kind":"line","start":[0,0],"color":"#1c2430","width":36,'
            '"points":[16000,9000],"id":65600}'
        ),
    ),
    Example(
        "a polygon put there, filled, stretched and turned",
        c.PutShape(
            id=65_601,
            shape="3.3",
            page=1,
            kind="polygon",
            start=(-16_000, 18_000),
            color="#1c2430",
            width=1,
            fill="#ffd43b",
            points=(100, 0, 0, 100),
            scale=(10, 100_000),
            turn=3_599,
        ),
        (
            '{"type":"board.put","shape":"3.3","page":1,"kind":"polygon","start":[-16000,18000],"color":"#1c2430",'
            '"width":1,"fill":"#ffd43b","points":[100,0,0,100],"scale":[10,100000],"turn":3599,"id":65601}'
        ),
    ),
    Example(
        "an ellipse put there, filled with nothing",
        c.PutShape(
            id=65_602,
            shape="3.4",
            page=1,
            kind="ellipse",
            start=(8000, 4500),
            color="#e03131",
            width=24,
            fill="",
            size=(1, 16_000),
        ),
        (
            '{"type":"board.put","shape":"3.4","page":1,"kind":"ellipse","start":[8000,4500],"color":"#e03131",'
            '"width":24,"fill":"","size":[1,16000],"id":65602}'
        ),
    ),
    Example(
        "a whole stroke put there",
        c.PutShape(
            id=65_603,
            shape="3.5",
            page=1,
            kind="pen",
            start=(100, 200),
            color="#1c2430",
            width=36,
            points=(5, 5, -129, 128),
            pressure=(0, 255),
        ),
        (
            '{"type":"board.put","shape":"3.5","page":1,"kind":"pen","start":[100,200],"color":"#1c2430",'
            '"width":36,"points":[5,5,-129,128],"pressure":[0,255],"id":65603}'
        ),
    ),
    Example(
        "a text put there",
        c.PutShape(
            id=65_604,
            shape="3.6",
            page=1,
            kind="text",
            start=(400, 300),
            color="#1c2430",
            text="分数的加减\n½ + ⅓",
            font="sans",
            height=480,
        ),
        (
            '{"type":"board.put","shape":"3.6","page":1,"kind":"text","start":[400,300],"color":"#1c2430",'
            '"text":"分数的加减\\n½ + ⅓","font":"sans","height":480,"id":65604}'
        ),
    ),
    Example(
        "a formula put there",
        c.PutShape(
            id=65_605,
            shape="3.7",
            page=1,
            kind="formula",
            start=(400, 1200),
            color="#1c2430",
            size=(2400, 960),
            latex="\\frac{1}{2}",
        ),
        (
            '{"type":"board.put","shape":"3.7","page":1,"kind":"formula","start":[400,1200],"color":"#1c2430",'
            '"size":[2400,960],"latex":"\\\\frac{1}{2}","id":65605}'
        ),
    ),
    Example(
        "a picture put there",
        c.PutShape(
            id=65_606,
            shape="3.8",
            page=1,
            kind="image",
            start=(400, 2400),
            size=(6400, 4800),
            asset="0123456789abcdef0123456789abcdef",
        ),
        (
            '{"type":"board.put","shape":"3.8","page":1,"kind":"image","start":[400,2400],"size":[6400,4800],'
            '"asset":"0123456789abcdef0123456789abcdef","id":65606}'
        ),
    ),
    Example(
        "a shape moved",
        c.ChangeShapes(id=65_607, set={"3.2": c.ShapeSet(start=(-32_000, 32_000))}),
        '{"type":"board.change","set":{"3.2":{"start":[-32000,32000]}},"id":65607}',
    ),
    Example(
        "shapes changed in everything that can be",
        c.ChangeShapes(
            id=65_608,
            set={
                "3.3": c.ShapeSet(color="#e03131", width=400, fill="", scale=(2000, 500), turn=900),
                "3.4": c.ShapeSet(size=(1200, 800)),
                "3.6": c.ShapeSet(text="½", font="serif", height=60),
                "3.7": c.ShapeSet(latex="x^2"),
                "2.7.1": c.ShapeSet(turn=0),
            },
        ),
        (
            '{"type":"board.change","set":{"3.3":{"color":"#e03131","width":400,"fill":"","scale":[2000,500],'
            '"turn":900},"3.4":{"size":[1200,800]},"3.6":{"text":"½","font":"serif","height":60},'
            '"3.7":{"latex":"x^2"},"2.7.1":{"turn":0}},"id":65608}'
        ),
    ),
    Example(
        "shapes laid above all others",
        c.OrderShapes(id=65_609, shapes=("3.2", "2.7.1"), to="front"),
        '{"type":"board.order","shapes":["3.2","2.7.1"],"to":"front","id":65609}',
    ),
    Example(
        "a shape laid below all others",
        c.OrderShapes(id=65_610, shapes=("3.2",), to="back"),
        '{"type":"board.order","shapes":["3.2"],"to":"back","id":65610}',
    ),
    Example(
        "strokes cut by an area eraser",
        c.CutShapes(id=65_611, cuts={"3.1": ((0, 150), (250, 300)), "2.7.1": (), "2.8": ((400_000, 400_000),)}),
        '{"type":"board.cut","cuts":{"3.1":[[0,150],[250,300]],"2.7.1":[],"2.8":[[400000,400000]]},"id":65611}',
    ),
    Example(
        "shapes copied to another page",
        c.CopyShapes(id=65_612, shapes=("3.2", "3.3"), page=2, by=(400, -400), first=9),
        '{"type":"board.copy","shapes":["3.2","3.3"],"page":2,"by":[400,-400],"first":9,"id":65612}',
    ),
    Example(
        "shapes erased",
        c.EraseShapes(id=65_536, shapes=("3.1", "2.7")),
        '{"type":"board.erase","shapes":["3.1","2.7"],"id":65536}',
    ),
    Example(
        "one's own ink wiped off a page",
        c.ClearPage(id=65_537, page=1),
        '{"type":"board.clear","page":1,"id":65537}',
        also=('{"type":"board.clear","id":65537,"page":1,"whose":"mine"}',),
    ),
    Example(
        "a page wiped clean",
        c.ClearPage(id=65_538, page=2, whose="all"),
        '{"type":"board.clear","page":2,"whose":"all","id":65538}',
    ),
    Example(
        "one student's ink wiped off a page",
        c.ClearPage(id=65_539, page=2, whose=3),
        '{"type":"board.clear","page":2,"whose":3,"id":65539}',
    ),
    Example(
        "one's own ink wiped off every page",
        c.ClearPage(id=65_613),
        '{"type":"board.clear","id":65613}',
        also=('{"type":"board.clear","id":65613,"page":null,"whose":"mine"}',),
    ),
    Example(
        "one's own last step taken back",
        c.Undo(id=65_540),
        '{"type":"board.undo","id":65540}',
        also=('{"type":"board.undo","id":65540,"member":null}',),
    ),
    Example(
        "a student's last step taken back by staff",
        c.Undo(id=65_541, member=3),
        '{"type":"board.undo","member":3,"id":65541}',
    ),
    Example("one's own step done again", c.Redo(id=65_542), '{"type":"board.redo","id":65542}'),
    Example(
        "a student's step done again by staff",
        c.Redo(id=65_543, member=3),
        '{"type":"board.redo","member":3,"id":65543}',
    ),
    Example(
        "a page added at the end",
        c.AddPage(id=65_544),
        '{"type":"page.add","id":65544}',
        also=('{"type":"page.add","id":65544,"after":null,"background":"blank","scratch":false}',),
    ),
    Example(
        "a page added behind another",
        c.AddPage(id=65_545, after=1, background="grid"),
        '{"type":"page.add","after":1,"background":"grid","id":65545}',
    ),
    Example(
        "a slide added",
        c.AddPage(id=65_614, background="0123456789abcdef0123456789abcdef"),
        '{"type":"page.add","background":"0123456789abcdef0123456789abcdef","id":65614}',
    ),
    Example("a page of one's own", c.AddPage(id=65_615, scratch=True), '{"type":"page.add","scratch":true,"id":65615}'),
    Example(
        "a page put before another",
        c.MovePage(id=65_616, page=3, before=1),
        '{"type":"page.move","page":3,"before":1,"id":65616}',
    ),
    Example(
        "a page put behind all",
        c.MovePage(id=65_617, page=1),
        '{"type":"page.move","page":1,"id":65617}',
        also=('{"type":"page.move","id":65617,"page":1,"before":null}',),
    ),
    Example(
        "a page on squared paper",
        c.ChangePage(id=65_618, page=1, background="grid"),
        '{"type":"page.change","page":1,"background":"grid","id":65618}',
    ),
    Example("the board locked", c.LockBoard(id=65_619, on=True), '{"type":"board.lock","on":true,"id":65619}'),
    Example(
        "everybody may look at any page", c.FreeBoard(id=65_620, on=True), '{"type":"board.free","on":true,"id":65620}'
    ),
    Example("a page turned", c.TurnPage(id=65_546, page=2), '{"type":"page.turn","page":2,"id":65546}'),
    Example("a page removed", c.RemovePage(id=65_547, page=2), '{"type":"page.remove","page":2,"id":65547}'),
    Example(
        "a page locked", c.LockPage(id=65_548, page=1, on=True), '{"type":"page.lock","page":1,"on":true,"id":65548}'
    ),
    Example(
        "a poll with a right answer and a time",
        c.OpenPoll(id=300, question="1/2 + 1/3 = ?", options=("2/5", "5/6", "1/6"), answer=1, seconds=60),
        (
            '{"type":"poll.open","question":"1/2 + 1/3 = ?","options":["2/5","5/6","1/6"],"answer":1,"seconds":60,'
            '"id":300}'
        ),
    ),
    Example(
        "a poll without either",
        c.OpenPoll(id=301, question="听懂了吗？", options=("懂了", "没懂")),
        '{"type":"poll.open","question":"听懂了吗？","options":["懂了","没懂"],"id":301}',
        also=(
            (
                '{"type":"poll.open","id":301,"question":"听懂了吗？","options":["懂了","没懂"],"answer":null,'
                '"seconds":null}'
            ),
        ),
    ),
    Example(
        "the first answer chosen", c.Vote(id=302, poll=1, choice=0), '{"type":"poll.vote","poll":1,"choice":0,"id":302}'
    ),
    Example("a poll closed", c.ClosePoll(id=303, poll=1), '{"type":"poll.close","poll":1,"id":303}'),
    Example("who is there?", c.OpenCheckin(id=304, seconds=30), '{"type":"checkin.open","seconds":30,"id":304}'),
    Example("I am", c.AnswerCheckin(id=305, checkin=2), '{"type":"checkin.answer","checkin":2,"id":305}'),
    Example(
        "an observer's comment",
        c.AddComment(id=306, text="这个提问很好"),
        '{"type":"comment.add","text":"这个提问很好","id":306}',
    ),
    Example(
        "the publishing connection offered",
        c.PublishMedia(
            id=2**32 - 1,
            sdp="v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n",
            tracks={"0": "microphone", "1": "screen_audio"},
        ),
        (
            '{"type":"media.publish","sdp":"v=0\\r\\no=- 1 1 IN IP4 0.0.0.0\\r\\ns=-\\r\\n",'
            '"tracks":{"0":"microphone","1":"screen_audio"},"id":4294967295}'
        ),
    ),
    Example(
        "the receiving connection answered",
        c.AnswerMedia(id=2**32, offer=3, sdp="v=0\r\no=- 2 1 IN IP4 0.0.0.0\r\ns=-\r\n"),
        ('{"type":"media.answer","offer":3,"sdp":"v=0\\r\\no=- 2 1 IN IP4 0.0.0.0\\r\\ns=-\\r\\n","id":4294967296}'),
    ),
    Example(
        "a track wanted small",
        c.WantMedia(id=2**32 + 1, track="t4", layer="low"),
        '{"type":"media.want","track":"t4","layer":"low","id":4294967297}',
    ),
    Example("the network changed", c.RestartMedia(id=2**32 + 3), '{"type":"media.restart","id":4294967299}'),
    Example(
        "one's own microphone closed",
        c.MuteOwn(id=2**32 + 2, source="microphone", on=True),
        '{"type":"media.mute","source":"microphone","on":true,"id":4294967298}',
    ),
    Example(
        "a line let through", c.PassChat(id=2**32 + 10, chat=903), '{"type":"chat.pass","chat":903,"id":4294967306}'
    ),
    Example(
        "so many are here",
        c.SetHeads(id=2**32 + 11, count=200),
        '{"type":"heads.set","count":200,"id":4294967307}',
        also=('{"type":"heads.set","id":4294967307,"count":200,"member":null}',),
    ),
    Example(
        "so many are in that classroom",
        c.SetHeads(id=2**32 + 12, count=0, member=8),
        '{"type":"heads.set","count":0,"member":8,"id":4294967308}',
    ),
    Example(
        "on duty for two subjects",
        c.BeginDuty(id=20, subjects=("physics", "化学"), grades=("8", "9")),
        '{"type":"duty.begin","subjects":["physics","化学"],"grades":["8","9"],"id":20}',
    ),
    Example(
        "on duty for one subject, whatever the grade",
        c.BeginDuty(id=21, subjects=("physics",)),
        '{"type":"duty.begin","subjects":["physics"],"id":21}',
        also=('{"type":"duty.begin","id":21,"subjects":["physics"],"grades":[]}',),
    ),
    Example("on duty no more", c.EndDuty(id=22), '{"type":"duty.end","id":22}'),
    Example(
        "a teacher called",
        c.MakeCall(id=23, teacher=4, subject="physics", grade="8"),
        '{"type":"call.make","teacher":4,"subject":"physics","grade":"8","id":23}',
    ),
    Example(
        "a teacher called for the only thing that they offer",
        c.MakeCall(id=24, teacher=4),
        '{"type":"call.make","teacher":4,"id":24}',
        also=('{"type":"call.make","teacher":4,"subject":"","grade":"","id":24}',),
    ),
    Example("waits no longer", c.CancelCall(id=25), '{"type":"call.cancel","id":25}'),
    Example("a call taken", c.AcceptCall(id=26, call=17), '{"type":"call.accept","call":17,"id":26}'),
    Example("not now", c.DeclineCall(id=27, call=18), '{"type":"call.decline","call":18,"id":27}'),
    Example("a ping", c.Ping(n=0), '{"type":"ping","n":0}'),
    Example("a ping with the highest number there is", c.Ping(n=2**53 - 1), '{"type":"ping","n":9007199254740991}'),
    Example("a laser pointer", c.MovePointer(1, 8000, 4500, True), '["pointer",1,8000,4500,true]'),
    Example(
        "a pointer beyond the edge",
        c.MovePointer(1_000_000, -16_000, 16_000, False),
        '["pointer",1000000,-16000,16000,false]',
    ),
    Example("what a teacher looks at", c.ShowView(1, 4000, 2250, 8000), '["view",1,4000,2250,8000]'),
    Example("a view beyond the edges", c.ShowView(2, -32_000, 32_000, 32_000), '["view",2,-32000,32000,32000]'),
)
