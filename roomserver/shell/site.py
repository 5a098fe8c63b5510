"""The web client, the inspectors' page, health, metrics and public keys over HTTP; and what every answer says to the
browser.
"""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

WEB = Path(__file__).parent.parent / "web"
HEADERS = {
    # Scripts, styles and sockets of this host alone; nothing inline.
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self'; media-src 'self' blob:; "
        "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "Server": "roomserver",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), autoplay=(self)",
    "Cache-Control": "no-cache",  # asked for again, answered by ETag
}


def mount(app: web.Application, *, ready: Callable[[], bool], metrics: Callable[[], bytes], keys: bytes) -> None:
    """Add the routes that need no key.  `keys`: by which session records are checked."""

    async def index(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(WEB / "index.html")

    async def supervise(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(WEB / "supervise.html")

    async def healthz(_: web.Request) -> web.StreamResponse:
        return web.Response(text="alive\n")

    async def readyz(_: web.Request) -> web.StreamResponse:
        return web.Response(text="ready\n") if ready() else web.Response(text="not ready\n", status=503)

    async def exposition(_: web.Request) -> web.StreamResponse:
        return web.Response(body=metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def published_keys(_: web.Request) -> web.StreamResponse:
        return web.Response(body=keys, content_type="application/json")

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)

    app.router.add_get("/", index)
    app.router.add_get("/supervise", supervise)
    app.router.add_static("/web", WEB)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", exposition)
    app.router.add_get("/.well-known/roomserver-keys.json", published_keys)
    app.on_response_prepare.append(add_headers)
