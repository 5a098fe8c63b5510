"""What must be true of every evening, by its logs, whatever happened in it.  Each yields what is not.

The numbers are the programme's, written down once more.  Where something happens in the very millisecond in which it
becomes allowed, or forbidden, either answer at a door is right; also where a crash left no more than an instant of
somebody's stay in a lesson.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from protocol.codes import ErrorCode

from .logs import Evening, Log, Span, Who, common, length, union
from .world import Visit, World

S, MINUTE = 1_000, 60_000
DURATION, GAP, WEEK, CONTINUOUS, REST = 30 * MINUTE, 10 * MINUTE, 300 * MINUTE, 30 * MINUTE, 10 * MINUTE
BEIJING = timezone(timedelta(hours=8))
OPENS, CLOSES = (round(datetime(2026, 11, 26, hour, tzinfo=BEIJING).timestamp() * 1000) for hour in (18, 21))
MAYBE = (None, ErrorCode.UNAVAILABLE)  # let in, or so it seems to the ledger
LONG_AGO = -(10**15)
Wrong = Iterator[str]
Invariant = Callable[[Evening, World], Wrong]


def nobody_is_in_a_room_outside_its_window(evening: Evening, world: World) -> Wrong:
    for log in evening.logs:
        for who in log.people.values():
            if any(since < OPENS or until > CLOSES for since, until in who.inside):
                yield f"{who.identity} was in {log.room} outside the window: {who.inside}"


def nobody_is_in_a_room_past_its_duration(evening: Evening, world: World) -> Wrong:
    for log in evening.lessons:
        if log.closed is None:
            yield f"{log.room} never closed"
        elif log.live is not None and log.closed - log.live > DURATION:
            yield f"{log.room} was live for {log.closed - log.live} ms"
        elif any(until > log.closed for who in log.people.values() for _, until in who.inside):
            yield f"somebody was in {log.room} when it was closed"


# Teachers of one-to-many classes


def no_teacher_exceeds_the_week_and_each_is_refused_when_it_is_used_up(evening: Evening, world: World) -> Wrong:
    """A teacher's visits and their classes' ends are gone through in order."""
    reserved_of = {(room, identity): used for room, identity, used in evening.reservations}  # what each is charged
    for teacher, visits in _visits(world, "teacher", "one_to_many").items():
        spent, reserved = world.spent_ms.get(teacher, 0), dict[str, int]()
        taught = {log.room: _used(log, teacher) for log in evening.lessons if log.form == "one_to_many"}
        if spent + sum(taught.values()) > WEEK:
            yield f"{teacher} taught for {spent + sum(taught.values())} ms in this week"
        for visit in visits:
            open_, closed = _by_now(evening, reserved, visit.at_ms)
            left = WEEK - spent - sum(taught[room] for room in closed) - sum(reserved[room] for room in open_)
            if visit.left is not None:
                untold, _ = _by_now(evening, reserved, visit.left.made_ms)  # open when the token was made, or later
                gone = sum(reserved[room] if room in open_ else taught[room] for room in untold)
                left = min(left, visit.left.seconds * S - gone)
            if visit.code is ErrorCode.QUOTA_EXCEEDED and (visit.room in reserved or left >= MINUTE):
                yield f"{teacher} was refused at {visit.room} with {left} ms left"
            elif visit.code in MAYBE and visit.room not in reserved and (visit.room, teacher) in reserved_of:
                if left < MINUTE:
                    yield f"{teacher} came into {visit.room} with {left} ms left"
                reserved[visit.room] = min(left, DURATION)
        for room, granted in reserved.items():
            if taught[room] > granted:
                yield f"{teacher} taught {taught[room]} ms in {room} and had {granted}"
            if reserved_of.get((room, teacher)) != taught[room]:
                yield f"{teacher} is charged {reserved_of.get((room, teacher))} for {taught[room]} ms in {room}"


def _by_now(evening: Evening, rooms: dict[str, int], at: int) -> tuple[list[str], list[str]]:
    """Those of the rooms that are open then, and those that are not."""
    closed = [room for room in rooms if (evening.by_room[room].closed or at) < at]
    return [room for room in rooms if room not in closed], closed


def _used(log: Log, teacher: str) -> int:
    return sum(length(log.live_of(who)) for who in log.people.values() if who.identity == teacher)


def the_gap_lies_between_two_classes_and_nobody_else_is_refused_for_it(evening: Evening, world: World) -> Wrong:
    for teacher, visits in _visits(world, "teacher", "one_to_many").items():
        classes = [(log, who) for log, who in evening.of[teacher] if log.form == "one_to_many"]
        for visit in visits:
            others = [(log, who) for log, who in classes if log.room != visit.room]
            surely = max((_gap(log, log.live_of(who), visit.at_ms) for log, who in others), default=LONG_AGO)
            perhaps = max((_gap(log, log.instants_of(who), visit.at_ms) for log, who in others), default=LONG_AGO)
            if visit.code is ErrorCode.GAP_NOT_ELAPSED and perhaps < 0:
                yield f"{teacher} was refused at {visit.room} though the gap had elapsed"
            if visit.code in (None, ErrorCode.QUOTA_EXCEEDED) and surely > 0:
                yield f"{teacher} came to {visit.room} {surely} ms too early"


def _gap(log: Log, taught: Sequence[Span], at: int) -> int:
    """What is missing of it then; a class that goes on counts as one that closes now."""
    began = any(since < at for since, _ in taught)
    return min(log.span[1], at) + GAP - at if began else LONG_AGO


# Students


def each_due_is_asked_for_until_it_is_given_and_none_else(evening: Evening, world: World) -> Wrong:
    for student, visits in _visits(world, "student").items():
        lessons = [(log, who) for log, who in evening.of[student] if log.instants_of(who)]
        for visit in visits:
            others = [
                (bool(log.live_of(who)), log.span[1], _given(evening, log, who))
                for log, who in lessons
                if log.room != visit.room
            ]
            surely = any(sure and since < visit.at_ms < until for sure, since, until in others)
            perhaps = any(since <= visit.at_ms <= until for _, since, until in others)
            if surely and visit.code is not ErrorCode.EVALUATION_DUE:
                yield f"{student} came to {visit.room} and owed an evaluation ({visit.code})"
            if visit.code is ErrorCode.EVALUATION_DUE and not perhaps:
                yield f"{student} was refused at {visit.room} and owed none"


def _given(evening: Evening, log: Log, who: Who) -> int:
    """When they evaluated the lesson, at the latest when its room closed; else never."""
    never = 10**15
    return min(who.evaluated or never, evening.late.get((who.identity, log.room), never))


def rest_is_asked_for_exactly_by_rule(evening: Evening, world: World) -> Wrong:
    for student, visits in _visits(world, "student").items():
        stays = [span for log, who in evening.of[student] for span in log.live_of(who)]
        for visit in visits:
            since = _continuous(stays, visit.at_ms)
            so_far = 0 if since is None else visit.at_ms - since
            if visit.code is ErrorCode.REST_NEEDED and so_far < CONTINUOUS:
                yield f"{student} was told at {visit.room} to rest after {so_far} ms"
            if visit.code is None and so_far >= CONTINUOUS:
                yield f"{student} came to {visit.room} after {so_far} ms without a rest"


def alarms_say_who_needs_a_rest(evening: Evening, world: World) -> Wrong:
    """One in each room where somebody is for longer than 30 minutes without a rest, other rooms counted."""
    for log in evening.lessons:
        alarms = Counter(
            log.people[event["member"]].identity
            for _, kind, event in log.events
            if kind == "alarm.raised" and event["kind"] == "over_use"
        )
        for who in log.having("student"):
            lessons = evening.of[who.identity]
            sure = _stretches(log.live_of(who), [span for other, same in lessons for span in other.live_of(same)])
            seen = _stretches(log.live_of(who), [span for other, same in lessons for span in other.instants_of(same)])
            surely = len({since for since, until in sure if since + CONTINUOUS < until})
            perhaps = len({since for since, until in sure | seen if since + CONTINUOUS <= until})
            if not surely <= alarms[who.identity] <= perhaps:
                yield f"{surely} alarms about {who.identity} were due in {log.room}, not {alarms[who.identity]}"


def _stretches(here: Sequence[Span], stays: Sequence[Span]) -> set[Span]:
    """Each stay here, from when the continuous time began that it goes on with."""
    return {
        (begins, until)
        for since, until in here
        if (begins := _continuous([span for span in stays if span[0] <= since], since + 1)) is not None
    }


def _continuous(stays: Sequence[Span], at: int) -> int | None:
    """Since when they have had no rest; None: they are rested."""
    begun, last = None, LONG_AGO
    for since, until in union((since, min(until, at)) for since, until in stays if since < at):
        begun, last = (since if since - last >= REST else begun), until
    return None if at - last >= REST else begun


def everybody_has_one_session(evening: Evening, world: World) -> Wrong:
    for identity, lessons in evening.of.items():
        spans = sorted((span, log.room) for log, who in lessons for span in who.inside)
        for (before, room), (after, other) in pairwise(spans):
            if after[0] < before[1]:
                yield f"{identity} was in {room} {before} and in {other} {after}"


# Records


def records_say_what_the_logs_say(evening: Evening, world: World) -> Wrong:
    data = {record["data"]["room"]: record["data"] for _, record in evening.records}
    for log in evening.logs:
        record = data.get(log.room)
        if record is None:
            yield f"{log.room} has no record"
            continue
        said = {one["identity"]: (one["seconds_together"], one["minutes_together"]) for one in record["members"]}
        if said != _together(log):
            yield f"the record of {log.room} says {said} and its log {_together(log)}"
        for pair in record["pairs"]:
            both = common(*(union(log.live_of(log.people[pair[who]])) for who in ("teacher", "student")))
            if (pair["seconds"], pair["minutes"]) != (length(both) // S, length(both) // MINUTE):
                yield f"a pair of {log.room} was together for {length(both)} ms: {pair}"


def _together(log: Log) -> dict[str, tuple[int, int]]:
    """Seconds and whole minutes that everybody was there with somebody of the other side."""
    if log.form == "lobby":
        return {}
    found = {}
    for who in log.people.values():
        if who.there or who.inside:
            others = log.having("student" if who.role == "teacher" else "teacher")
            both = length(common(union(log.live_of(who)), union(span for one in others for span in log.live_of(one))))
            found[who.identity] = (both // S, both // MINUTE)
    return found


def the_sum_of_the_records_is_the_sum_of_the_logs(evening: Evening, world: World) -> Wrong:
    logs = [one for log in evening.logs for one in _together(log).values()]
    members = [one for _, record in evening.records for one in record["data"]["members"]]
    sums = {
        "logs": (sum(seconds for seconds, _ in logs), sum(minutes for _, minutes in logs)),
        "records": (sum(m["seconds_together"] for m in members), sum(m["minutes_together"] for m in members)),
        "reports": evening.filed,
    }
    if len(set(sums.values())) != 1:
        yield f"seconds and minutes together: {sums}"


def every_record_is_stored_once(evening: Evening, world: World) -> Wrong:
    rooms = Counter(record["data"]["room"] for _, record in evening.records)
    if rooms != Counter(log.room for log in evening.logs):
        yield "records and rooms are not one to one"
    if len({id for id, _ in evening.records}) != len(evening.records):
        yield "two records have the same id"


def every_reservation_is_settled(evening: Evening, world: World) -> Wrong:
    for room, identity, used in evening.reservations:
        if used is None:
            yield f"what {identity} reserved for {room} is not settled"


# Calls


def nobody_is_in_two_calls(evening: Evening, world: World) -> Wrong:
    for log in evening.lobbies:
        calls, lesson_of = dict[int, tuple[int, int]](), dict[int, int]()
        for _, kind, event in log.events:
            call = event.get("call", 0)
            if kind == "call.made":
                if any(student == event["member"] for student, _ in calls.values()):
                    yield f"student {event['member']} has two calls"
                calls[call] = (event["member"], event["teacher"])
            elif kind == "call.accepted":
                teacher = calls[call][1]
                if teacher in lesson_of:
                    yield f"teacher {teacher} has two lessons"
                lesson_of[teacher] = call
            elif kind in ("call.ended", "call.over"):
                lesson_of = {teacher: one for teacher, one in lesson_of.items() if one != call}
                del calls[call]


def every_accepted_call_is_a_room_of_the_two(evening: Evening, world: World) -> Wrong:
    agreed = dict[str, set[str]]()
    for log in evening.lobbies:
        made = {event["call"]: event for _, kind, event in log.events if kind == "call.made"}
        for _, kind, event in log.events:
            if kind == "call.accepted":
                call = made[event["call"]]
                agreed[event["room"]] = {log.people[call[who]].identity for who in ("member", "teacher")}
    for room, two in agreed.items():
        if room not in evening.by_room:
            yield f"{room} was never made for {two}"
        elif {who.identity for who in evening.by_room[room].people.values()} != two:
            yield f"{room} was for {two}: {evening.by_room[room].people}"
    for log in evening.lessons:
        if log.form == "one_to_one" and log.room not in agreed:
            yield f"nobody agreed on {log.room}"


def no_call_is_taken_of_who_owes_an_evaluation(evening: Evening, world: World) -> Wrong:
    for lobby in evening.lobbies:
        made = {event["call"]: event["member"] for _, kind, event in lobby.events if kind == "call.made"}
        for at, kind, event in lobby.events:
            if kind != "call.accepted":
                continue
            student = lobby.people[made[event["call"]]].identity
            for log, who in evening.of[student]:
                if log.live_of(who) and log.span[1] < at < _given(evening, log, who):
                    yield f"{student} was let into {event['room']} at {at} and owed {log.room} since {log.span[1]}"


def _visits(world: World, role: str, form: str | None = None) -> dict[str, list[Visit]]:
    """Those about which the ledger was asked, by identity."""
    found = defaultdict[str, list[Visit]](list)
    for visit in world.visits:
        if visit.asked and visit.role == role and form in (None, visit.form):
            found[visit.identity].append(visit)
    return found


ALL: Sequence[Invariant] = (
    nobody_is_in_a_room_outside_its_window,
    nobody_is_in_a_room_past_its_duration,
    no_teacher_exceeds_the_week_and_each_is_refused_when_it_is_used_up,
    the_gap_lies_between_two_classes_and_nobody_else_is_refused_for_it,
    each_due_is_asked_for_until_it_is_given_and_none_else,
    rest_is_asked_for_exactly_by_rule,
    alarms_say_who_needs_a_rest,
    everybody_has_one_session,
    records_say_what_the_logs_say,
    the_sum_of_the_records_is_the_sum_of_the_logs,
    every_record_is_stored_once,
    every_reservation_is_settled,
    nobody_is_in_two_calls,
    every_accepted_call_is_a_room_of_the_two,
    no_call_is_taken_of_who_owes_an_evaluation,
)
