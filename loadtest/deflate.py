"""`python -m loadtest.deflate`: what each level and strategy of zlib makes of the chunks of a big board, and how fast.

The board is that of the bench `board-join`, made in this process.  Why whiteboard/page.py has the one that it has.
"""

import random
import time
import zlib

import click

from whiteboard import Board, Change

from .handwriting import written
from .writer import COLORS

STROKES, PAGES, POINTS, WRITERS = 10_000, 4, 40, 30
STRATEGIES = {"default": zlib.Z_DEFAULT_STRATEGY, "filtered": zlib.Z_FILTERED}
LEVELS = (1, 3, 4, 5, 6, 9)


def board(strokes: int = STROKES) -> Board:
    """A board of so many strokes, drawn by several people on page after page."""
    made, dice = Board(), random.Random(1)

    def do(changes: list[Change]) -> None:
        for change in changes:
            made.apply(change)

    for number in range(strokes):
        page, member = 1 + number * PAGES // strokes, 2 + number % WRITERS
        if page not in made.pages:
            do(made.add_page(1))
        shape, at = f"{member}.{number // WRITERS + 1}", (dice.randint(500, 12_000), dice.randint(1_500, 7_500))
        do(made.begin(member, shape, page=page, kind="pen", color=dice.choice(COLORS), width=20, at=at))
        made.extend(member, shape, written(POINTS, dice).points)
        do([*made.flush(shape=shape), *made.finish(member, shape)])
    return made


@click.command()
def main() -> None:
    """Print bytes and milliseconds of a board of 10,000 strokes, deflated at each level."""
    raw = [zlib.decompress(chunk) for _, chunk in board().chunks()]
    click.echo(f"{len(raw)} chunks, {sum(map(len, raw)):,} bytes of JSON")
    for level in LEVELS:
        for name, strategy in STRATEGIES.items():
            begun = time.perf_counter()
            deflated = [_deflated(chunk, level, strategy) for chunk in raw]
            took_ms = 1e3 * (time.perf_counter() - begun)
            click.echo(f"level {level}  {name:<9} {sum(map(len, deflated)):>10,} bytes {took_ms:>6.0f} ms")


def _deflated(data: bytes, level: int, strategy: int) -> bytes:
    deflate = zlib.compressobj(level, strategy=strategy)
    return deflate.compress(data) + deflate.flush()


if __name__ == "__main__":
    main()
