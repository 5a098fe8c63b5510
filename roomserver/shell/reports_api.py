"""Records and what they add up to, over HTTP, as JSON or CSV.  docs/protocol.md, "Records and statistics"."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from ..core import tally
from .api import Api, Problem, answer, number
from .places import Places
from .reports import BY, Reports, TooLong, Wanted, members, wanted
from .store import StoredRecord
from .tables import csv_lines

PAGE = 100  # records in an answer, and read at a time for CSV
PAGE_S = 30.0  # for a page of CSV to be taken
AT_ONCE = 4  # so that what waits for the reader of reports is bounded
BOM = "\ufeff"  # without it spreadsheets take UTF-8 for something else


class ReportsApi:
    """The handlers."""

    def __init__(self, api: Api, reports: Reports) -> None:
        self._api = api
        self._reports = reports
        self._places = Places("asked of the records", most=AT_ONCE)

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/v1/records", self._api.scoped("records", self.records))
        app.router.add_get("/v1/statistics", self._api.scoped("records", self.statistics))

    async def records(self, request: web.Request) -> web.StreamResponse:
        only, since = _wanted(request), number(request, "since") or 0  # the `next` of the answer before
        with self._places.place():
            try:
                if _as_csv(request):
                    return await self._send_csv(request, only, since)
                found = await self._reports.records(only, since=since, limit=PAGE)
            except TooLong as error:
                raise Problem(503, "unavailable", str(error)) from error
        return web.Response(body=_envelopes(found, since), content_type="application/json")

    async def _send_csv(self, request: web.Request, only: Wanted, since: int) -> web.StreamResponse:
        """All of them, a page at a time, the next when the one before has been taken; who takes none is cut off."""
        page = await self._reports.records(only, since=since, limit=PAGE)
        response = web.StreamResponse(headers=_csv_headers("records"))
        await response.prepare(request)
        text = BOM + await asyncio.to_thread(_csv, page, head=True)
        while True:
            try:
                async with asyncio.timeout(PAGE_S):
                    await response.write(text.encode())
            except TimeoutError:
                if request.transport is not None:
                    request.transport.abort()
                return response
            if not page or not (page := await self._reports.records(only, since=page[-1].position, limit=PAGE)):
                break
            text = await asyncio.to_thread(_csv, page, head=False)
        await response.write_eof()
        return response

    async def statistics(self, request: web.Request) -> web.Response:
        only, by = _wanted(request), request.query.get("by", "month")
        if by not in BY:
            raise Problem(400, "invalid", f"`by` is one of {', '.join(BY)}")
        with self._places.place():
            try:
                rows = await self._reports.table(by, only)
            except TooLong as error:
                raise Problem(503, "unavailable", str(error)) from error
        if _as_csv(request):
            text = await asyncio.to_thread(csv_lines, list(rows[0]) if rows else [by], rows)
            return web.Response(body=(BOM + text).encode(), headers=_csv_headers(f"statistics-{by}"))
        return answer({"by": by, "from": only.first or None, "to": only.last or None, "rows": rows})


def _csv(page: Sequence[StoredRecord], *, head: bool) -> str:
    return csv_lines(tally.SHOWN, members(page), head=head)


def _wanted(request: web.Request) -> Wanted:
    try:
        return wanted(request.query)
    except ValueError as error:
        raise Problem(400, "invalid", str(error)) from error


def _as_csv(request: web.Request) -> bool:
    """As `format` says, or else as the request's `Accept` does."""
    said = request.query.get("format", "")
    if said not in ("", "json", "csv"):
        raise Problem(400, "invalid", "`format` is json or csv")
    return said == "csv" if said else request.headers.get("Accept", "").startswith("text/csv")


def _csv_headers(name: str) -> dict[str, str]:
    return {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}.csv"'}


def _envelopes(found: list[StoredRecord], since: int) -> bytes:
    """The envelopes as they were published, byte for byte."""
    following = found[-1].position if found else since
    return b'{"records":[%s],"next":"%d"}' % (b",".join(record.envelope for record in found), following)
