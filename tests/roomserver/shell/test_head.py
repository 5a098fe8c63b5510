"""Who serves a connection is seen from its head alone."""

import pytest

from roomserver.shell.head import asks_for_websocket, may_be_http


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        (b"GET /v1/ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket", True),
        (b"GET /v1/ws?x=1 HTTP/1.1\r\nUPGRADE:websocket\r\nHost: a", True),
        (b"POST /v1/ws HTTP/1.1\r\nUpgrade: websocket", True),  # websockets says 405
        (b"GET /v1/ws HTTP/1.1\r\nHost: a", False),
        (b"GET /v1/wss HTTP/1.1\r\nUpgrade: websocket", False),
        (b"GET / HTTP/1.1\r\nUpgrade: websocket", False),
        (b"GET / HTTP/1.1\r\nX: /v1/ws\r\nX-Upgrade: websocket", False),
        (b"", False),
        (b"GET", False),
    ],
)
def test_only_an_upgrade_of_the_path_is_for_websockets(head: bytes, asked: bool) -> None:
    assert asks_for_websocket(head, b"/v1/ws") is asked


@pytest.mark.parametrize(("received", "may"), [(b"G", True), (b"\r\nGET", True), (b"\x16\x03\x01", False)])
def test_a_request_begins_with_a_letter(received: bytes, may: bool) -> None:
    assert may_be_http(received) is may
