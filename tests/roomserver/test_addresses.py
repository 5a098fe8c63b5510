"""Which addresses a server takes by itself, and that one which goes while it starts does not keep it from starting."""

from pathlib import Path

import pytest

from roomserver import parts
from roomserver.app import App
from roomserver.config import Config, Media, Server, Storage
from roomserver.shell import lan
from tests.support.server import SECRET

GONE = "203.0.113.9"  # TEST-NET-3: nobody's


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "addresses", lambda: [GONE])


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("written", "on_lan", "addresses"),
    [
        ((), (), ("127.0.0.1", GONE)),
        ((), ("10.0.0.5",), ("10.0.0.5",)),
        (("10.0.0.6",), (), ("10.0.0.6",)),
        (("10.0.0.6",), ("10.0.0.5",), ("10.0.0.6",)),
    ],
)
def test_media_takes_what_is_written_or_else_what_the_machine_has(
    written: tuple[str, ...], on_lan: tuple[str, ...], addresses: tuple[str, ...]
) -> None:
    config = parts.media_config(Config(media=Media(addresses=written)), on_lan=on_lan)
    assert config.addresses == addresses
    assert config.listed == (not written)


@pytest.mark.usefixtures("listed")
async def test_a_server_starts_though_an_address_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ROOMSERVER_SECRET", SECRET)
    storage = Storage(path=str(tmp_path / "rooms.sqlite"), records_file="")
    app = await App.start(Config(server=Server(port=0), media=Media(port=0), storage=storage))
    assert app.media_port
    await app.stop()
    assert [record.getMessage() for record in caplog.records if GONE in record.getMessage()] == [
        f"{GONE} is no address of this machine any more: media does without it"
    ]
