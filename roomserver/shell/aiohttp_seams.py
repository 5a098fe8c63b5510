"""Where the front door needs more of aiohttp than its documented interface; all of that is in this file."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError


class HttpLog(logging.LoggerAdapter[logging.Logger]):
    """The log of aiohttp's server, without the requests that it could not parse: those are counted instead.

    aiohttp logs each with a traceback and the bytes that it choked on, and these may hold a key or a token.
    """

    def __init__(self, logger: logging.Logger, on_malformed: Callable[[], None]) -> None:
        super().__init__(logger)
        self._on_malformed = on_malformed

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        if isinstance(kwargs.get("exc_info"), HttpProcessingError):
            self._on_malformed()
        else:
            super().log(level, msg, *args, **kwargs)


def take_over(request: web.Request, successor: asyncio.Protocol) -> None:
    """Give the request's connection to `successor`, with its head rebuilt and every byte that came after it.

    aiohttp takes the connection for lost and finds nobody to send the handler's response to.
    """
    handler, transport = request.protocol, request.transport
    if transport is None:  # lost already
        return
    received = head(request) + handler._message_tail
    paused = handler.writing_paused

    handler.transport = None  # it must not close what is no longer its own
    handler.connection_lost(None)
    transport.set_protocol(successor)
    if paused:  # the transport will call resume_writing on the successor
        successor.pause_writing()
    successor.connection_made(transport)
    transport.resume_reading()  # aiohttp pauses when much came after the head
    successor.data_received(received)


def head(request: web.BaseRequest) -> bytes:
    """The head as it was sent, but for white space."""
    version = request.version
    lines = [f"{request.method} {request.raw_path} HTTP/{version.major}.{version.minor}".encode()]
    lines += [name + b": " + value for name, value in request.raw_headers]
    return b"\r\n".join([*lines, b"", b""])
