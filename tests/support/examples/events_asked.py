"""What the class was asked, what waited for staff, and who was called in a lobby."""

from protocol import events as e

from .example import Example

ASKED = (
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
)
