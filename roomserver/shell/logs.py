"""Logs as JSON lines on standard error.  Rooms by id; never a name, a token, or what somebody said."""

import logging
from typing import Any

import orjson

EXTRAS = ("room", "worker", "sink")


class JsonLines(logging.Formatter):
    def __init__(self, **always: Any) -> None:
        """`always` stands in every line."""
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._always,
        }
        line |= {name: getattr(record, name) for name in EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def configure(level: str, **always: Any) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(**always))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("aiortc", "aioice", "asyncio", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
