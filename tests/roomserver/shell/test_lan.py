"""Phones on the same network: a certificate that is kept, renewed when it must be, and readable by its owner only."""

import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from roomserver.shell.lan import addresses, certificate, qr_code, server_context

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def test_addresses_are_those_that_others_can_reach() -> None:
    for address in map(ip_address, addresses()):
        assert address.version == 4
        assert not address.is_loopback
        assert not address.is_link_local


@pytest.mark.rule("LAN-1")
def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    pem = certificate(tmp_path / "data", ["192.168.1.7"])
    assert stat.S_IMODE(pem.stat().st_mode) == 0o600
    assert [file.name for file in pem.parent.iterdir()] == ["lan.pem"]
    server_context(pem)


@pytest.mark.rule("LAN-2")
def test_a_certificate_is_kept_while_it_serves(tmp_path: Path) -> None:
    def fresh(names: list[str], now: datetime) -> bool:
        before = (tmp_path / "lan.pem").read_bytes()
        return certificate(tmp_path, names, now=now).read_bytes() != before

    certificate(tmp_path, ["192.168.1.7", "10.0.0.2"], now=NOW)
    assert not fresh(["10.0.0.2", "192.168.1.7"], NOW)
    assert not fresh(["192.168.1.7"], NOW + timedelta(days=334))
    assert fresh(["192.168.1.7"], NOW + timedelta(days=336))
    assert fresh(["192.168.1.8"], NOW + timedelta(days=336))
    (tmp_path / "lan.pem").write_bytes(b"torn")
    assert fresh(["192.168.1.8"], NOW)


def test_a_link_becomes_a_code_of_half_blocks() -> None:
    code = qr_code("https://192.168.1.7:8080/#room=r-7k2m")
    lines = code.rstrip("\n").split("\n")
    assert len(lines) < 25
    assert set("▀▄█") & set(code)
