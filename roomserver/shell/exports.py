"""Boards as files: what somebody may see of a board, with the pictures that it names, handed to the studio.

Rules: EXPORT-* in docs/rules.md.
"""

import asyncio
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from whiteboard import Board

from ..studio.jobs import Export, Format, Sheet, Unfit
from .assets import Assets
from .studio import Studio

PICTURES_BYTES = 64_000_000  # of one file
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
        Sheet(page["page"], page["background"], tuple(page["shapes"]), tuple(chunks.get(page["page"], ())))
        for page in board.snapshot(eyes)["pages"]
    ]


class Exports:
    """Draws pages.  May raise Unfit and Busy as the studio does."""

    def __init__(self, studio: Studio, assets: Assets) -> None:
        self._studio = studio
        self._assets = assets

    async def file(self, room: str, pages: Sequence[Sheet], format: Format, page: int | None = None) -> File:
        """One page, or all: a PDF of them, or a ZIP archive of pictures.

        Raises:
            NoPage: `page` is none of these.
        """
        wanted = [sheet for sheet in pages if page is None or sheet.page == page]
        if not wanted:
            raise NoPage(f"there is no page {page}")
        pictures = await self._pictures(room, wanted)
        packed = page is None and format != "pdf"
        data = await self._studio.export(Export(format, tuple(wanted), pictures, packed=packed))
        ending = "zip" if packed else format
        name = room if page is None else f"{room}-page-{pages.index(wanted[0]) + 1}"
        return File(data, f"{name}.{ending}", TYPES[ending])

    async def _pictures(self, room: str, wanted: Sequence[Sheet]) -> dict[str, bytes]:
        pictures = await self._assets.read(room, await asyncio.to_thread(_named, wanted))
        if sum(map(len, pictures.values())) > PICTURES_BYTES:
            raise Unfit("the pictures on these pages are too much for one file: ask for single pages")
        return pictures


def _named(pages: Iterable[Sheet]) -> set[str]:
    """The assets that these pages show."""
    found = set()
    for sheet in pages:
        if SLIDE.fullmatch(sheet.background):
            found.add(sheet.background)
        for shapes in (msgspec.json.encode(sheet.shapes), *map(zlib.decompress, sheet.chunks)):
            found |= {name.decode() for name in NAMED.findall(shapes)}
    return found
