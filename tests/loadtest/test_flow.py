"""A student who looks finds every packet that is not what it should be, and nothing wrong with those that are."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pylibsrtp import Policy, Session

from loadtest.flow import Checker, Flow
from loadtest.measure import Span
from loadtest.streams import Picture, Stream, Voice
from sfu.core import rtcp, rtp

NOW_NS = 1_700_000_000_000_000_000
KEY = bytes(range(30))


@dataclass
class Wire:
    """From a server that forwards a camera and a microphone to one student."""

    here: socket.socket
    checker: Checker
    flow: Flow
    camera: Stream
    microphone: Stream
    srtp: Session

    def forward(self, packet: bytes, *, sequence: int, payload_type: int = 96, ssrc: int = 99) -> None:
        self.here.send(self.srtp.protect(rtp.readdress(packet, payload_type, sequence, 5, ssrc)))

    def found(self) -> tuple[int, int, int]:
        """Received of the kind that is sent, checked, wrong."""
        self.checker.take(self.flow)
        return self.flow.received, self.flow.checked, self.flow.wrong


@pytest.fixture
def wire() -> Iterator[Wire]:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    there.setblocking(False)
    camera, microphone = Picture(1, 1_100), Voice(2, 100)
    sending, receiving = (
        Session(Policy(key=KEY, ssrc_type=kind)) for kind in (Policy.SSRC_ANY_OUTBOUND, Policy.SSRC_ANY_INBOUND)
    )
    with here, there:
        checker = Checker(there, receiving, [camera, microphone])
        yield Wire(here, checker, Flow("video", 1, Span(os.getpid())), camera, microphone, sending)


def test_what_is_forwarded_as_it_should_be_is_right(wire: Wire) -> None:
    for number in range(3):
        wire.forward(wire.camera.packet(NOW_NS), sequence=65_535 + number & 0xFFFF)
        wire.forward(wire.microphone.packet(NOW_NS), sequence=700 + number, payload_type=111, ssrc=100)
    assert wire.found() == (3, 6, 0)


def test_a_packet_that_the_server_did_not_get_leaves_a_gap_and_that_is_right(wire: Wire) -> None:
    first, _, third = (wire.camera.packet(NOW_NS) for _ in range(3))
    wire.forward(first, sequence=500)
    wire.forward(third, sequence=502)
    assert wire.found() == (2, 2, 0)


def test_numbers_that_jump_are_wrong(wire: Wire) -> None:
    for sequence in (500, 502):
        wire.forward(wire.camera.packet(NOW_NS), sequence=sequence)
    assert wire.found() == (2, 2, 1)


def test_another_payload_is_wrong(wire: Wire) -> None:
    wire.forward(wire.camera.packet(NOW_NS), sequence=500)
    wire.forward(wire.camera.packet(NOW_NS)[:-1] + b"x", sequence=501)
    wire.forward(Picture(3, 1_100).packet(NOW_NS), sequence=0, ssrc=98)
    assert wire.found() == (3, 3, 2)


def test_what_does_not_decrypt_is_wrong(wire: Wire) -> None:
    wire.here.send(rtp.readdress(wire.camera.packet(NOW_NS), 96, 500, 5, 99) + bytes(10))
    assert wire.found() == (1, 1, 1)


def test_control_repairs_and_checks_are_none_of_its_business(wire: Wire) -> None:
    wire.here.send(wire.srtp.protect_rtcp(rtcp.pli(1, 2)))
    wire.forward(wire.camera.packet(NOW_NS), sequence=500, payload_type=97, ssrc=101)
    wire.here.send(bytes((1, 1)) + bytes(18))  # STUN
    assert wire.found() == (0, 0, 0)
