"""The configuration: the sample says what the defaults are, and nothing unknown is taken."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from roomserver.config import BadConfig, Config, load, read, secret
from roomserver.core.forms import ONE_TO_MANY, ONE_TO_ONE, Form

SAMPLE = Path(__file__).parent.parent.parent / "config.toml"


@pytest.mark.rule("CONFIG-1")
def test_the_sample_says_what_the_defaults_are() -> None:
    assert load(SAMPLE) == load(None) == Config()


@pytest.mark.rule("CONFIG-1")
def test_the_sample_leaves_nothing_out() -> None:

    written, defaults = tomllib.loads(SAMPLE.read_text("utf-8")), msgspec.to_builtins(Config())
    for name, table in defaults.items():
        if name in ("api_keys", "lobbies", "sinks"):  # examples stand there as comments
            continue
        assert set(written[name]) == set(table)
    for form, row in defaults["forms"].items():
        assert set(written["forms"][form]) == set(row)


def windowed(**window: object) -> dict[str, object]:
    return {"forms": {"one_to_one": {"windows": [window]}}}


@pytest.mark.rule("CONFIG-2")
@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"server": {"prot": 1}}, "did you mean `port`?"),
        ({"sever": {}}, "did you mean `server`?"),
        ({"forms": {"one_to_one": {"duration": 60}}}, "did you mean `duration_s`?"),
        ({"server": {"zzzzzz": 1}}, "unknown field `zzzzzz`"),
        ({"server": {"port": 65_536}}, "`int` <= 65535"),
        ({"forms": {"one_to_one": {"duration_s": 0}}}, "`int` >= 1"),
        ({"calender": {}}, "did you mean `calendar`?"),
        ({"calendar": {"time_zone": "UTC"}}, "did you mean `timezone`?"),
        ({"forms": {"one_to_one": {"window": []}}}, "did you mean `windows`?"),
        (windowed(days=["monday"], begin="18:00", ends="21:00"), "did you mean `begins`?"),
        (windowed(days=["monday"], begins="18:00", ends="18:00"), "a window ends after it begins"),
        (windowed(days=["monday"], begins="6pm", ends="21:00"), "matching regex"),
        (windowed(days=["monday"], begins="18:60", ends="21:00"), "matching regex"),
        (windowed(days=["someday"], begins="18:00", ends="21:00"), "Invalid enum value 'someday'"),
        (windowed(days=[], begins="18:00", ends="21:00"), "length >= 1"),
        ({"forms": {"new": {}}}, "missing required field `seats`"),
        ({"forms": {"one_to_one": {"student_can": ["fly"]}}}, "Invalid enum value 'fly'"),
        ({"lobbies": [{"name": "a.b"}]}, "Expected `str` matching regex"),
        ({"lobbies": [{"name": "evening", "form": "one_to_one"}]}, "'one_to_one' is no form of a lobby"),
        ({"lobbies": [{"name": "evening"}], "forms": {"lobby": {"windows": []}}}, "those of 'one_to_one' are others"),
        ({"lobbies": [{"name": "evening"}, {"name": "evening"}]}, "each has a name of its own"),
        ({"forms": {"lobby": {"lesson": "lobby"}}}, "forms.lobby.lesson: 'lobby' is no form of a lesson"),
        ({"storage": {"synchronous": "OFF"}}, "Invalid enum value 'OFF'"),
        ({"sinks": [{"kind": "kafka", "name": "a"}]}, "Invalid value 'kafka'"),
        ({"sinks": [{"kind": "webhook", "name": "a", "url": "https://a", "strem": "b"}]}, "did you mean `stream`?"),
        ({"sinks": [{"kind": "webhook", "name": "a", "url": "ftp://a"}]}, "matching regex"),
        ({"sinks": [{"kind": "webhook", "name": "A b", "url": "https://a"}]}, "matching regex"),
        ({"sinks": [{"kind": "jsonl", "name": "a", "path": "b", "events": ["chat"]}]}, "Invalid enum value 'chat'"),
        ({"sinks": [{"kind": "redis", "name": "a", "url": "http://a"}]}, "matching regex"),
    ],
)
def test_what_is_unknown_or_out_of_bounds_is_refused_by_name(tables: dict[str, object], said: str) -> None:
    with pytest.raises(BadConfig) as refused:
        read(tables)
    assert said in str(refused.value)


@pytest.mark.rule("CONFIG-3")
def test_a_form_that_is_named_keeps_what_it_does_not_say() -> None:
    config = read({"forms": {"one_to_one": {"duration_s": 600}, "seminar": {"seats": {"teacher": 1, "classroom": 30}}}})
    assert config.forms["one_to_one"].duration_s == 600
    assert config.forms["one_to_one"].seats == ONE_TO_ONE.seats
    assert config.forms["one_to_many"] == ONE_TO_MANY
    assert config.forms["seminar"] == Form(seats={"teacher": 1, "classroom": 30})


@pytest.mark.rule("CONFIG-3")
def test_the_programmes_limits_are_the_presets() -> None:
    for form in (ONE_TO_ONE, ONE_TO_MANY):
        assert (form.duration_s, form.warnings_s, form.no_show_s) == (1_800, (300, 60), 900)
        assert (form.absence_s, form.evaluation, form.evaluation_s) == (60, True, 120)
        assert (form.teacher_away_s, form.teacher_lost_s, form.assistant_stands_in) == (60, 300, False)
        assert form.removal_holds


@pytest.mark.rule("CONFIG-3")
@pytest.mark.parametrize(
    ("name", "lost_s", "stands_in"),
    [("delivery", 900, True), ("famous_teacher", 900, False), ("online_classroom", 900, False)],
)
def test_the_three_classrooms_wait_longer_for_a_teacher(name: str, lost_s: int, stands_in: bool) -> None:
    form = Config().forms[name]
    assert (form.teacher_away_s, form.teacher_lost_s, form.assistant_stands_in) == (60, lost_s, stands_in)
    assert form.removal_holds


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "torn.toml").write_text("[server", "utf-8")
    (tmp_path / "latin.toml").write_bytes(b'[server]\nhost = "\xff"')
    for name in ("none.toml", "torn.toml", "latin.toml"):
        with pytest.raises(BadConfig, match=name):
            load(tmp_path / name)


def test_a_secret_comes_from_its_file_or_else_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSERVER_SECRET", "from the environment")
    (tmp_path / "secret").write_text("from a file\n", "utf-8")
    assert secret("", "ROOMSERVER_SECRET") == "from the environment"
    assert secret("", "ROOMSERVER_NONE") is None
    assert secret(str(tmp_path / "secret"), "ROOMSERVER_SECRET") == "from a file"
    with pytest.raises(BadConfig, match="cannot be read"):
        secret(str(tmp_path / "none"), "ROOMSERVER_SECRET")
