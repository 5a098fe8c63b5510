import hmac
from base64 import b64decode

import pytest

from roomserver.config import BadConfig, read
from roomserver.parts import relays_of
from roomserver.shell.clock import SteadyClock
from roomserver.shell.relays import Relays

URL = "turn:turn.example:3478?transport=udp"


def test_credentials_end_by_themselves_and_are_nobody_elses() -> None:
    relays = Relays([URL], "shared", valid_s=3600, now=lambda: 1_790_000_000.9)
    (one,), (two,) = relays.servers(), relays.servers()
    assert one.urls == (URL,)
    assert one.username.startswith("1790003600:")
    assert one.username != two.username
    assert b64decode(one.credential) == hmac.digest(b"shared", one.username.encode(), "sha1")


def test_without_a_relay_there_are_no_credentials() -> None:
    assert Relays((), "", valid_s=3600, now=lambda: 0.0).servers() == ()


def test_a_relay_needs_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    config = read({"media": {"turn": {"urls": [URL]}}})
    monkeypatch.delenv("ROOMSERVER_TURN_SECRET", raising=False)
    with pytest.raises(BadConfig, match=r"media\.turn has no secret"):
        relays_of(config, SteadyClock())
    monkeypatch.setenv("ROOMSERVER_TURN_SECRET", "shared")
    assert relays_of(config, SteadyClock()).servers()
