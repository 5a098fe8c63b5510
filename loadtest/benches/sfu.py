"""Forwarding: what a packet costs the server, how many it can forward, how long they take, what a viewer takes.

The server has one core, and so have workers, if somebody gives it some (`media.processes` in loadtest/server.py):
their time and memory are in the sums, what they waited for their core is not.  The members are in one process on the
other, each with a WebSocket, a hello, their `media.publish` or `media.answer`, ICE, DTLS and SRTP.  A room is a
teacher, who publishes camera, screen, microphone and screen sound, and students who watch them all.  What is sent,
received and looked at: loadtest/streams.py and loadtest/flow.py.  A packet has 1,100 bytes (video) or 100 (sound) with
its RTP header and extensions.

The limits of a publisher (MEDIA-16) stay as they are.  They are per connection: these four tracks may send 1,177
packets of that size a second, or 1,600 small ones.  A teacher sends `ROOM_HZ` at most, and a core is filled by several
rooms at once: `ROOMS`.  For saturation the rate is raised until the server uses 96 % of its core (where the machine is
not quiet: until it is more than 3 % behind, and either runs or waits for its core 96 % of the time), then measured.
The publishers do not answer the server's NACKs.

- `video_us_N`, `audio_us_50`: processor time of the server in the span, all of it, with N students in a room, divided
  by the forwarded packets that arrived.  The kernel's share is in it, over loopback and up to the student's queue.
- `video_us_50_light`: one room, one track, 300 packets a second, each by itself.
- `max_packets_per_s`: forwarded a second at 50 students, when of what was sent in `SUSTAINED_S` less than 0.5 % has not
  arrived 0.1 s later.  Tried from what arrived at saturation downwards, in steps of 5 %.
- `latency_*`: at half of that, by the kernel's time, over the packets of those who look.
- `kib_per_viewer`: growth of the server's resident memory from 200 students in a room in which nothing is published,
  until they all are connected to the teacher's camera and microphone and `IDLE_S` have passed, divided by them.  They
  report each second as browsers do, which shows that they have their keys.  A room of 50 has been connected before:
  what so many handshakes at a time need is no viewer's.
- `wrong`: packets that a student decrypted and that were not what was sent, or not numbered in step with it.
- `unsaturated`: runs at saturation in which the server used or waited for less than 95 % of its core.
- `busy_percent`: of the server's core at saturation, the least of all runs; `server_percent`: what the server itself
  had of it.  Where they differ, something else ran there, and the server could not forward what it can.
- `load_cpu_percent`, `load_behind_percent`, `load_lost`: the most that this process used of its core and was behind its
  rate in a run, and packets that found a student's queue full in all runs.  When these are not small, the load and not
  the server was measured.
- `queue_lost_percent`: at saturation with 50 students, of the packets sent, those that found the server's receive
  queue full.
"""

import asyncio
from dataclasses import dataclass, field

from ..flow import Flow, Load
from ..measure import Figures, percentile, rss_kib
from ..plan import Size
from ..server import Server
from ..watching import LIVE, Lesson, begin, end, join

ROOMS = {1: 96, 10: 20, 50: 5, 200: 2}  # by students in each
ROOM_HZ = {"video": 1_050, "audio": 1_400}  # packets a second of one teacher
LIGHT_HZ = 300
FIRST_STUDENTS = 50
IDLE_STUDENTS, IDLE_S = 200, 11.0  # by then the server has given back what connecting took
PROBE_S = 0.5
FULL_PERCENT, SATURATED_PERCENT, BEHIND_PERCENT = 96, 95, 3
STEPS_MAX, RAISE_MOST = 20, 2.0
SUSTAINED_S, LATE_S, LOST_PERCENT = 3.0, 0.1, 0.5


@dataclass
class Bench:
    server: Server
    size: Size
    figures: Figures = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    saturated: list[Flow] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Of one of the runs."""
        return self.size.seconds / 3

    @property
    def haste(self) -> float:
        return min(1.0, self.size.seconds / 10)

    async def lessons(self, rooms: int, students: int) -> list[Lesson]:
        """Rooms full of people who see and hear their teacher."""
        made = [Lesson(room, self.size.of(students)) for room in await self.server.rooms(rooms)]
        await join(made, self.server)
        await begin(made)
        return made

    async def load(self, lessons: list[Lesson]) -> Load:
        load = Load(self.server, lessons, min(self.server.cores, default=0))
        await load.warm()
        return load

    async def saturate(self, load: Load, kind: str, rooms: int) -> Flow:
        """Raise the rate until the core is full, then measure."""
        pairs, most = load.streams(kind), ROOM_HZ[kind] * rooms * min(1.0, self.size.scale * 10)
        rate = most / 20
        for _ in range(STEPS_MAX):
            flow = await load.flow(pairs, rate, PROBE_S * self.haste, tail_s=LATE_S)
            used, behind = flow.span.cpu_percent, flow.lost_percent > BEHIND_PERCENT
            if used >= FULL_PERCENT or (behind and flow.span.wanted_percent >= FULL_PERCENT) or rate >= most:
                break
            rate = min(most, rate * max(1.05, min(1.02 * 100 / max(1.0, used), RAISE_MOST)))
        flow = await load.flow(pairs, rate, self.seconds)
        self.saturated.append(flow)
        self.flows.append(flow)
        await load.settle(kind)
        return flow

    async def sustain(self, load: Load, packets_per_s: float) -> float:
        """The most that gets through, forwarded packets a second, beginning with so many."""
        pairs, share = load.streams("video"), 1.0
        while True:
            seconds = SUSTAINED_S * self.haste
            flow = await load.flow(pairs, share * packets_per_s / load.viewers, seconds, tail_s=LATE_S)
            await load.settle("video")
            if flow.lost_percent < LOST_PERCENT or share < 0.2:
                self.flows.append(flow)
                return flow.received / seconds
            share -= 0.05


async def run(server: Server, size: Size) -> Figures:
    bench = Bench(server, size)
    await memory(bench)
    for students in (1, 10):
        await at_saturation(bench, students)
    await with_fifty(bench)
    await at_saturation(bench, 200)
    flows = bench.flows
    return bench.figures | {
        "wrong": sum(flow.wrong for flow in flows),
        "checked": sum(flow.checked for flow in flows),
        "unsaturated": sum(flow.span.wanted_percent < SATURATED_PERCENT for flow in bench.saturated),
        "busy_percent": min(flow.busy_percent for flow in bench.saturated),
        "server_percent": min(flow.span.cpu_percent for flow in bench.saturated),
        "load_cpu_percent": max(flow.span.load_cpu_percent for flow in flows),
        "load_behind_percent": max(100 * (1 - flow.sent / max(1, flow.planned)) for flow in flows),
        "load_lost": sum(flow.load_drops for flow in flows),
    }


async def memory(bench: Bench) -> None:
    first, room = await bench.server.rooms(2)
    lessons = [Lesson(first, bench.size.of(FIRST_STUDENTS), LIVE), Lesson(room, bench.size.of(IDLE_STUDENTS), LIVE)]
    await join(lessons, bench.server)
    await lessons[0].begin()
    await idle(lessons[0], IDLE_S * bench.haste)
    before = rss_kib(bench.server.pid)
    await lessons[1].begin()
    await idle(lessons[1], IDLE_S * bench.haste)
    grown = rss_kib(bench.server.pid) - before
    bench.figures["kib_per_viewer"] = max(0, grown) / len(lessons[1].students)
    await end(lessons, bench.server)


async def idle(lesson: Lesson, seconds: float) -> None:
    """Watch nothing for so long."""
    for _ in range(max(1, round(seconds))):
        for student in lesson.students:
            student.report()
        await asyncio.sleep(seconds / max(1, round(seconds)))


async def at_saturation(bench: Bench, students: int) -> None:
    rooms = bench.size.of(ROOMS[students])
    lessons = await bench.lessons(rooms, students)
    load = await bench.load(lessons)
    flow = await bench.saturate(load, "video", rooms)
    bench.figures[f"video_us_{students}"] = flow.us
    bench.figures[f"packets_per_s_{students}"] = flow.packets_per_s
    load.close()
    await end(lessons, bench.server)


async def with_fifty(bench: Bench) -> None:
    """The light load first, with nobody else there; then the other rooms join."""
    rooms, figures = bench.size.of(ROOMS[50]), bench.figures
    lessons = await bench.lessons(1, 50)
    load = await bench.load(lessons)
    light = await load.flow(load.streams("video")[:1], LIGHT_HZ, bench.seconds)
    load.close()
    lessons += await bench.lessons(rooms - 1, 50)
    load = await bench.load(lessons)
    full = await bench.saturate(load, "video", rooms)
    most = await bench.sustain(load, full.packets_per_s)
    load.time_arrivals(True)
    half = await load.flow(load.streams("video"), most / 2 / load.viewers, bench.seconds, tail_s=LATE_S)
    load.time_arrivals(False)
    audio = await bench.saturate(load, "audio", rooms)
    bench.flows += [light, half]
    figures["video_us_50"], figures["packets_per_s_50"] = full.us, full.packets_per_s
    figures["video_us_50_light"], figures["light_cpu_percent"] = light.us, light.span.cpu_percent
    figures["audio_us_50"], figures["audio_packets_per_s_50"] = audio.us, audio.packets_per_s
    figures["max_packets_per_s"] = most
    figures["latency_p50_ms"], figures["latency_p99_ms"] = (percentile(half.took_ns, p) / 1e6 for p in (0.5, 0.99))
    figures["half_lost_percent"] = max(0.0, half.lost_percent)
    figures["queue_lost_percent"] = 100 * full.server_drops / max(1, full.sent)
    load.close()
    await end(lessons, bench.server)
