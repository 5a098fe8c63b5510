"""Whose connection it is, and how many of one address may keep the server waiting."""

from contextlib import ExitStack

import pytest

from roomserver.shell.visitors import Crowded, Visitors, networks

PROXIES = networks(["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.7"])


@pytest.fixture
def visitors() -> Visitors:
    return Visitors(places=2, trusted=PROXIES)


@pytest.mark.rule("VISIT-2")
@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: it may say what it likes
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # what the client wrote itself stands on the left
        ("10.1.2.3", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1, 10.9.9.9,192.0.2.7"], "198.51.100.1"),
        ("10.1.2.3", ["10.5.5.5, 10.9.9.9"], "10.5.5.5"),  # all of them ours: the farthest
        ("10.1.2.3", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1, unknown"], "10.1.2.3"),
        ("10.1.2.3", ["198.51.100.1, "], "10.1.2.3"),
        ("10.1.2.3", ["[2001:db8:9::1]:4711"], "2001:db8:9::/64"),
        ("2001:db8:1::5", ["2001:db8:9::1"], "2001:db8:9::/64"),
        ("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("2001:db8:7::1", [], "2001:db8:7::/64"),
        ("", [], ""),
    ],
)
def test_whose_connection_it_is(visitors: Visitors, peer: str, forwarded: list[str], address: str) -> None:
    assert visitors.address(peer, forwarded) == address


@pytest.mark.rule("VISIT-1")
def test_an_address_has_its_places_and_gets_them_back(visitors: Visitors) -> None:
    with ExitStack() as stay, visitors.waiting("a"):
        stay.enter_context(visitors.waiting("a"))
        with pytest.raises(Crowded):
            stay.enter_context(visitors.waiting("a"))
        stay.enter_context(visitors.waiting("b"))
        assert len(visitors) == 3
    assert len(visitors) == 0
    with visitors.waiting("a"):
        assert len(visitors) == 1


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "proxy.example.org", ""])
def test_what_is_no_network_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear|has host bits"):
        networks(["10.0.0.0/8", text])
