"""Boards as files: what somebody may see of a board, with the pictures that it names, handed to the studio.

Rules: EXPORT-* in docs/rules.md.
"""

import asyncio
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import msgspec

from whiteboard import Board

from ..studio.jobs import Export, Format, Sheet, Unfit
from .assets import Assets, TooHeavy
from .kept import Kept, Once
from .studio import Studio

PICTURES_BYTES = 64_000_000  # of one file
KEPT_BYTES = 32_000_000  # of the newest files: a class takes the same one home
NAMED = re.compile(rb'"asset":"([0-9a-f]{32})"')  # in JSON: a quotation mark in a text has a backslash before it
SLIDE = re.compile(r"[0-9a-f]{32}")
TYPES: Mapping[str, str] = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "zip": "application/zip",
}


class NoPage(Exception):
    """The board has no such page, for whoever asks."""


@dataclass(frozen=True, slots=True)
class File:
    data: bytes
    name: str
    type: str


def sheets(board: Board, eyes: int) -> list[Sheet]:
    """The pages that somebody sees (a member, or `whiteboard.STAFF`, `EVERYBODY`), as they are now."""
    chunks: dict[int, list[bytes]] = {}
    for page, chunk in board.chunks(eyes):
        chunks.setdefault(page, []).append(chunk)
    return [
        Sheet(
            page["page"],
            page["background"],
            tuple(page["shapes"]),
            tuple(chunks.get(page["page"], ())),
            own="owner" in page,
        )
        for page in board.snapshot(eyes)["pages"]
    ]


class Exports:
    """Draws pages, each file once however many ask for it.  May raise Unfit and Busy as the studio does."""

    def __init__(self, studio: Studio, assets: Assets) -> None:
        self._studio = studio
        self._assets = assets
        self._newest = Kept[bytes, bytes](KEPT_BYTES, lambda _, data: len(data))
        self._once = Once[bytes, bytes]()

    async def file(self, room: str, pages: Sequence[Sheet], format: Format, page: int | None = None) -> File:
        """One page, or all common ones: a PDF of them, or a ZIP archive of pictures.

        A page of somebody's own is drawn only where it is asked for: what is taken home is shown around.

        Raises:
            NoPage: `page` is none of these.
        """
        wanted = tuple(sheet for sheet in pages if (not sheet.own if page is None else sheet.page == page))
        if not wanted:
            raise NoPage(f"there is no page {page}")
        job = Export(format, wanted, packed=page is None and format != "pdf")
        ending = "zip" if job.packed else format
        name = room if page is None else f"{room}-page-{pages.index(wanted[0]) + 1}"
        return File(await self._data(room, job), f"{name}.{ending}", TYPES[ending])

    async def _data(self, room: str, job: Export) -> bytes:
        """Whoever sees the same on these pages has the same file."""
        key = await asyncio.to_thread(_digest, room, job)
        if (known := self._newest.get(key)) is None:
            known = await self._once.get(key, partial(self._studio.export, partial(self._with_pictures, room, job)))
            self._newest.put(key, known)
        return known

    async def _with_pictures(self, room: str, job: Export) -> Export:
        try:
            names = await asyncio.to_thread(_named, job.pages)
            pictures = await self._assets.read(room, names, most=PICTURES_BYTES)
        except TooHeavy as error:
            raise Unfit("the pictures on these pages are too much for one file: ask for single pages") from error
        return msgspec.structs.replace(job, pictures=pictures)


def _digest(room: str, job: Export) -> bytes:
    return sha256(msgspec.msgpack.encode((room, job))).digest()


def _named(pages: Iterable[Sheet]) -> set[str]:
    """The assets that these pages show."""
    found = set()
    for sheet in pages:
        if SLIDE.fullmatch(sheet.background):
            found.add(sheet.background)
        for shapes in (msgspec.json.encode(sheet.shapes), *map(zlib.decompress, sheet.chunks)):
            found |= {name.decode() for name in NAMED.findall(shapes)}
    return found
