"""The web client's own modules under node, fetched from the server as a browser fetches them."""

import asyncio
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import aiohttp

from .server import Server, ServerFailed

MODULES = ("frames.js", "board/model.js")  # they import nothing
NODE_S = 60.0
# Frames, one a line in base64, into a board; prints the seconds that it took, the median of ten.
JOIN = """
import { readFileSync } from "node:fs";
import { read, unpack } from "./frames.js";
import { Board } from "./board/model.js";

// As a WebSocket hands them over: text, or for a chunk of the board bytes.
const frames = readFileSync("frames.txt", "utf8").split("\\n").map((line) => {
  const bytes = Buffer.from(line, "base64");
  return bytes[0] === 0x7b ? bytes.toString() : new Uint8Array(bytes).buffer;
});

async function join() {
  const board = new Board();
  const chunks = [];
  for (const message of frames.map(read)) {
    if (message.type === "welcome") board.load(message.board);
    if (message.type === "board.chunk") chunks.push(unpack(message.shapes));
  }
  for (const chunk of chunks) board.chunk(await chunk);
  return board;
}

const took = [];
for (let i = 0; i < 10; i++) {
  const begun = performance.now();
  const { shapes } = await join();
  if (shapes.size !== Number(process.argv[2])) throw new Error(`${shapes.size} shapes`);
  took.push(performance.now() - begun);
}
console.log(took.sort((a, b) => a - b)[5] / 1000);
"""


async def joined_s(server: Server, frames: Iterable[bytes], shapes: int) -> float:
    """Seconds from a newcomer's JSON frames to a board of so many shapes; 0 where there is no node.

    Raises:
        ServerFailed: it did not come to that board.
    """
    node = shutil.which("node")
    if node is None:
        return 0.0
    with tempfile.TemporaryDirectory(prefix="bench-web-") as name:
        folder = Path(name)
        await _fetch(server, folder)
        (folder / "package.json").write_text('{"type": "module"}', "utf-8")
        (folder / "join.js").write_text(JOIN, "utf-8")
        (folder / "frames.txt").write_bytes(b"\n".join(map(b64encode, frames)))
        process = await asyncio.create_subprocess_exec(
            *(node, "join.js", str(shapes)), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(NODE_S):
            out, err = await process.communicate()
    if process.returncode:
        raise ServerFailed(f"the web client could not read the board: {err.decode()[-1000:]}")
    return float(out)


async def _fetch(server: Server, folder: Path) -> None:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", raise_for_status=True) as session:
        for module in MODULES:
            async with session.get(f"/web/{module}") as answer:
                (folder / module).parent.mkdir(parents=True, exist_ok=True)
                (folder / module).write_bytes(await answer.read())
