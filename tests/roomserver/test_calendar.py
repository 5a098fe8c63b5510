"""The calendar of a real server: rooms that are not open yet, a city's file, and the command that fills it."""

import asyncio
import json
import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from protocol import events as e
from protocol import notices as n
from roomserver.config import Config
from roomserver.core.calendar import Calendar, Dates
from roomserver.core.forms import EVENINGS, FORMS
from roomserver.parts import at_any_hour
from roomserver.shell import calendars
from tests.support.ahead import set_clock
from tests.support.member import Member
from tests.support.server import ServerProcess, serving, token

from .test_cli import roomserver

WINDOWS = """
[forms.one_to_one]
windows = [{ days = ["monday", "tuesday", "wednesday", "thursday", "friday"], begins = "18:00", ends = "21:00" }]
"""
CALENDAR = Calendar(Dates(), ZoneInfo("Asia/Shanghai"))
OFFER = Path(__file__).parent.parent / "sfu" / "chromium-156-offer.sdp"
DAY_MS = 86_400_000


def next_evening() -> tuple[int, int]:
    """The first evening that begins after now, which may be one already."""
    now_ms = round(time.time() * 1000)
    found = CALENDAR.opening(EVENINGS, now_ms)
    assert found is not None
    if found.opens_ms < now_ms + 5_000:
        found = CALENDAR.opening(EVENINGS, found.closes_ms)
        assert found is not None
    return found


async def publishes(server: ServerProcess, room: str, bearer: str) -> tuple[int, str | None]:
    """A device's offer: status, and when it may come again."""
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/sdp"}
    async with aiohttp.ClientSession() as session:
        url = f"{server.url}/v1/rooms/{room}/whip"
        async with session.post(url, data=OFFER.read_text("utf-8"), headers=headers) as answer:
            return answer.status, answer.headers.get("Retry-After")


@pytest.mark.rule("WINDOW-1", "WINDOW-3", "WINDOW-4", "WINDOW-5")
async def test_a_room_opens_with_the_evening(tmp_path: Path) -> None:
    opens_ms, closes_ms = next_evening()
    await set_clock(tmp_path / "rooms.sqlite", opens_ms / 1000 - 6)
    async with serving(tmp_path, forms=WINDOWS) as server:
        status, room = await server.call("POST", "/v1/rooms", {"form": "one_to_one", "room": "evening"})
        assert status == 201, room
        assert (status, room["opens_ms"], room["state"]) == (201, opens_ms, "waiting")
        assert (room["ends_ms"], room["ends_because"]) == (opens_ms + 900_000, "no_show")

        early = await Member(server.ws, "evening", token("t", "teacher")).connect()
        [refused] = [said for said in early.messages if isinstance(said, n.Error)]
        assert (refused.code, refused.rule, refused.until_ms) == ("outside_window", "WINDOW-5", opens_ms)
        assert await early.closed() == 4403

        status, retry_after = await publishes(server, "evening", token("camera", "assistant"))
        assert (status, retry_after in tuple("123456")) == (403, True)

        # A link made in the afternoon is good all evening, unless it is said how long.
        asked = {"sub": "t", "name": "T", "role": "teacher", "room": "evening"}
        _, made = await server.call("POST", "/v1/tokens", asked)
        assert made["expires_ms"] == opens_ms + 10_800_000
        _, made = await server.call("POST", "/v1/tokens", {**asked, "ttl_s": 60})
        assert opens_ms + 50_000 < made["expires_ms"] < opens_ms + 70_000

        for scheduled, opens in ((opens_ms - 1, opens_ms), (closes_ms, CALENDAR.opening(EVENINGS, closes_ms)[0])):  # type: ignore[index]
            wanted = {"form": "one_to_one", "scheduled_ms": scheduled}
            status, problem = await server.call("POST", "/v1/rooms", wanted)
            assert (status, problem["title"], problem["rule"]) == (422, "outside_window", "WINDOW-4")
            assert problem["opens_ms"] == opens

        while True:  # as a client does that waits as long as it is told
            assert refused.retry_in_s is not None
            await asyncio.sleep(refused.retry_in_s)
            early = await Member(server.ws, "evening", token("t", "teacher")).connect()
            if isinstance(early.messages[0], n.Welcome):
                break
            refused = early.messages[0]
        await Member(server.ws, "evening", token("s", "student")).connect()
        live = await early.hear(e.RoomLive)
        _, room = await server.call("GET", "/v1/rooms/evening")
        assert (room["ends_because"], room["ends_ms"]) == ("duration", room["created_ms"] + live.ends_at)
        assert opens_ms + 1_800_000 <= room["ends_ms"] < closes_ms
        said = [
            line for line in map(json.loads, server.log().splitlines()) if "no holidays are known" in line["message"]
        ]
    assert [line["level"] for line in said] == ["warning"]


@pytest.mark.rule("FORM-2")
def test_in_demo_mode_no_form_depends_on_the_hour_or_on_other_rooms() -> None:
    forms = at_any_hour(Config()).forms
    assert forms.keys() == FORMS.keys()
    assert not any(form.windows for form in forms.values())
    assert not any(form.gap_s or form.quota_s or form.continuous_s or form.dues for form in forms.values())
    assert all(form.duration_s == FORMS[name].duration_s for name, form in forms.items())


@pytest.mark.rule("WINDOW-7")
def test_a_year_is_added_to_the_calendar_file_once_and_all_that_stands_there_stays(tmp_path: Path) -> None:
    out = tmp_path / "calendar.toml"
    done = roomserver("calendar", "2025", "--out", str(out))
    assert (done.returncode, done.stdout) == (0, f"{out}: 28 holidays and 5 make-up workdays of 2025.\n")
    mine = out.read_text("utf-8") + "\n[[terms]]\nbegins = 2026-03-02\nends = 2026-07-10\n"
    out.write_text(mine, "utf-8")
    assert roomserver("calendar", "2026", "--out", str(out)).returncode == 0
    text = out.read_text("utf-8")
    assert text.startswith(mine)
    with pytest.raises(ValueError, match="it has 2026 already"):
        calendars.with_year(text, "2026", calendars.announced(2026))

    dates = calendars.dates_of(text)
    assert [str(term.ends) for term in dates.terms] == ["2026-07-10"]
    assert [str(day) for day in dates.years["2026"].workdays] == [
        *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
    ]
    assert "2026-10-07" in map(str, dates.years["2026"].holidays)
    assert calendars.read(out, "Asia/Shanghai").unknown(1_767_000_000_000, 1_767_000_000_000 + 30 * DAY_MS) == []


@pytest.mark.rule("WINDOW-7")
def test_where_a_year_is_not_known_or_the_package_is_missing_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "calendar.toml"
    done = roomserver("calendar", "2099", "--out", str(out))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "nothing of 2099" in done.stderr
    monkeypatch.setitem(sys.modules, "chinese_calendar", None)
    done = roomserver("calendar", "2026", "--out", str(out))
    assert (done.returncode, "pip install chinese-calendar" in done.stderr) == (1, True)
    assert not out.exists()


@pytest.mark.rule("CONFIG-2")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[years.26]\nholidays = []", "matching regex"),
        ("[years.2026]\nholiday = [2026-01-01]", "unknown field `holiday`"),
        ("[years.2026]\nholidays = [2025-12-31]", "2025-12-31 is no day of 2026"),
        ("[years.2026]\nholidays = [2026-10-01]\nworkdays = [2026-10-01]", "2026-10-01 is a holiday and a workday"),
        ("[[terms]]\nbegins = 2026-03-02\nends = 2026-03-01", "begins on 2026-03-02 ends before that"),
        ('[[terms]]\nbegins = "spring"\nends = 2026-03-01', "Invalid RFC3339"),
        ("[years", "Expected"),
    ],
)
def test_what_is_no_calendar_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"calendar\.toml: ") as refused:
        calendars.read(file, "Asia/Shanghai")
    assert said in str(refused.value)


def test_a_calendar_that_cannot_be_used_keeps_the_server_from_starting(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[server]\nport = 0\n[media]\nport = 0\n[calendar]\nfile = "none.toml"\n', "utf-8")
    done = roomserver("serve", "--demo", "--data", str(tmp_path), "--config", str(config))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "calendar: none.toml: " in done.stderr
    with pytest.raises(ValueError, match="no time zone 'Asia/Beijing'"):
        calendars.read(None, "Asia/Beijing")
