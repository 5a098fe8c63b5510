"""Which addresses are of the public internet."""

import pytest

from roomserver.shell.sinks.addresses import is_public


@pytest.mark.rule("SINK-10")
@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.7", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2001:0:1::1"),
    ],
)
def test_what_is_private_reserved_or_hides_another_address_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.rule("SINK-10")
@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "172.32.0.1", "2400:3200::1", "2606:4700::1111"])
def test_others_are(address: str) -> None:
    assert is_public(address)
