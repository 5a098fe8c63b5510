"""What clients say."""

from protocol import commands as c

from .commands_board import BOARD
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
    *BOARD,
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
    Example("may I have a lesson?", c.AskLesson(id=28), '{"type":"lesson.ask","id":28}'),
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
