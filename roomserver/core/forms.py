"""What a form of tutoring may do, as data: a row of `config.toml` each, and the booking of one room.

Rules: END-*, FORM-*, SEAT-*, WINDOW-*, GAP-*, QUOTA-*, REST-*, DUE-*, WHO-9 in docs/rules.md.  Source of the presets:
there, "Where the numbers come from".
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from protocol.fields import Right, Role

MS = 1000  # of a second: forms say seconds, instants in a room are milliseconds
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TimeOfDay = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")]
Seconds = Annotated[int, Meta(ge=1, le=86_400)]
Delay = Annotated[int, Meta(ge=0, le=86_400)]  # seconds; 0: the rule is not asked
Seats = Annotated[int, Meta(ge=0, le=10_000)]


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On these days of the week from `begins` up to `ends`, as clocks show in the calendar's time zone."""

    days: Annotated[tuple[Weekday, ...], Meta(min_length=1)]
    begins: TimeOfDay
    ends: TimeOfDay

    def __post_init__(self) -> None:
        if self.begins >= self.ends:
            raise ValueError("a window ends after it begins, on the same day")


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One form.  Rights at the start are those of a student; staff have every right."""

    seats: dict[Role, Seats]
    windows: tuple[Window, ...] = ()  # when a room may be open; none: at any time
    duration_s: Seconds = 1_800  # from `room.live`
    close_delay_s: Delay = 0  # how long after its duration a room closes
    warnings_s: tuple[Seconds, ...] = (300, 60)  # before the end
    no_show_s: Seconds = 900  # a room that is not live by then closes
    absence_s: Seconds = 60  # how long a lost line keeps its place
    evaluation: bool = True  # asked of every student when the room closes
    evaluation_s: Seconds = 120  # how long the closed room waits for it
    student_can: tuple[Right, ...] = ("chat",)
    stage_can: tuple[Right, ...] = ("chat", "speak", "camera")  # added while on the stage
    on_stage: tuple[Role, ...] = ("teacher",)  # who is on the stage from the start
    comments: bool = False  # observers comment on the moment, for staff and each other
    record: bool = False  # what members publish is kept, and played in the replay
    teacher_away_s: Delay = 0  # without a teacher: pupils' sound and chat are closed
    teacher_lost_s: Delay = 0  # without a teacher: the room ends
    assistant_stands_in: bool = False  # for a teacher who is away
    removal_holds: bool = False  # whoever is removed does not come back
    gap_s: Delay = 0  # from the close of a teacher's last such class to the door of the next; 0: none
    quota_s: Annotated[int, Meta(ge=0, le=604_800)] = 0  # of live time a week; 0: no limit
    quota_of: Literal["teacher", "school"] = "teacher"  # whose week it is
    week_begins: Weekday = "monday"
    continuous_s: Delay = 0  # a student's time in live rooms, after which a rest is asked for
    rest_s: Seconds = 600  # a pause so long is a rest
    dues: bool = False  # a student who owes an evaluation of another room is not let in
    eligible: Literal["anyone", "claimed"] = "anyone"  # claimed: a teacher whose token names the form
    kind: Literal["lesson", "lobby"] = "lesson"  # a lobby: students call teachers who are on duty
    ring_s: Seconds = 30  # of a lobby: how long a call rings
    lesson: str = "one_to_one"  # of a lobby: the form of the lesson that comes of a call
    lesson_s: Seconds = 540  # of a lobby: how long such a lesson lasts, of a teacher who has given none yet


WORKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")
EVENINGS = (Window(days=WORKDAYS, begins="18:00", ends="21:00"),)
SCHOOL_DAYS = (Window(days=WORKDAYS, begins="07:00", ends="18:00"),)
DAYS_AND_EVENINGS = (Window(days=WORKDAYS, begins="07:00", ends="21:00"),)

ONE_TO_ONE = Form(
    seats={"teacher": 1, "student": 1, "observer": 3},
    windows=EVENINGS,
    student_can=("chat", "draw", "speak", "camera"),
    stage_can=("chat", "draw", "speak", "camera"),
    on_stage=("teacher", "student"),
    teacher_away_s=60,
    teacher_lost_s=300,
    removal_holds=True,
    continuous_s=1_800,
    dues=True,
)
ONE_TO_MANY = Form(
    seats={"teacher": 1, "assistant": 2, "student": 300, "observer": 10},
    windows=EVENINGS,
    record=True,
    teacher_away_s=60,
    teacher_lost_s=300,
    removal_holds=True,
    gap_s=600,
    quota_s=18_000,
    continuous_s=1_800,
    dues=True,
)
DELIVERY = Form(  # one classroom teaches, others far away take part, each a device with an assistant beside it
    seats={"teacher": 1, "assistant": 8, "classroom": 8, "observer": 10},
    windows=SCHOOL_DAYS,
    duration_s=2_700,
    close_delay_s=600,
    evaluation=False,
    student_can=("chat", "speak", "camera"),
    stage_can=("chat", "draw", "speak", "camera"),
    on_stage=("teacher", "classroom"),
    record=True,
    teacher_away_s=60,
    teacher_lost_s=900,
    assistant_stands_in=True,
    removal_holds=True,
)
FAMOUS_TEACHER = Form(  # an open lesson, and the teachers who watch it
    seats={"teacher": 1, "assistant": 4, "student": 60, "classroom": 4, "observer": 500},
    windows=SCHOOL_DAYS,
    duration_s=2_700,
    close_delay_s=600,
    evaluation=False,
    student_can=("chat", "speak", "camera"),
    stage_can=("chat", "draw", "speak", "camera"),
    on_stage=("teacher", "classroom"),
    comments=True,
    record=True,
    teacher_away_s=60,
    teacher_lost_s=900,
    removal_holds=True,
)
ONLINE_CLASSROOM = Form(  # one speaks, a region listens and asks
    seats={"teacher": 2, "assistant": 10, "student": 2_000, "classroom": 100, "observer": 20},
    windows=DAYS_AND_EVENINGS,
    duration_s=2_700,
    close_delay_s=600,
    evaluation=False,
    record=True,
    teacher_away_s=60,
    teacher_lost_s=900,
    removal_holds=True,
)
LOBBY = Form(
    kind="lobby",
    windows=EVENINGS,
    seats={"teacher": 1_000, "student": 10_000, "observer": 10},
    duration_s=10_800,
    warnings_s=(),
    evaluation=False,
    student_can=(),
    stage_can=(),
    on_stage=(),
)
FORMS = {
    "one_to_one": ONE_TO_ONE,
    "one_to_many": ONE_TO_MANY,
    "delivery": DELIVERY,
    "famous_teacher": FAMOUS_TEACHER,
    "online_classroom": ONLINE_CLASSROOM,
    "lobby": LOBBY,
}


def relaxed(form: Form) -> Form:
    """The form without what depends on the hour and on other rooms, for whoever tries the server out."""
    return replace(form, windows=(), gap_s=0, quota_s=0, continuous_s=0, dues=False)


class Booking(Struct, frozen=True, kw_only=True):
    """One room as it was asked for.  Instants are wall-clock milliseconds."""

    room: str
    form: str
    subject: str = ""
    grade: str = ""
    topic: str = ""
    scheduled_ms: int | None = None  # the announced beginning: no-show counts from there
    not_after_ms: int | None = None  # the booking's own end
    invited: bool = False  # only those who were named when it opened, and whoever watches, are let in
