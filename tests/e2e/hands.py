"""Hands at the board: a mouse, a pen that is pressed, fingers, an input method; and what two boards show, compared."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from playwright.async_api import Browser, CDPSession, Locator

from tests.e2e.test_lesson import enter, link
from tests.support.browser import Person, sitting
from tests.support.server import ServerProcess

Point = tuple[float, float]  # parts of the board's width and height

# Both canvases as one looks at them, as width, height and bytes.
PICTURE_JS = """
() => {
  const [ink, live] = document.querySelectorAll(".board-sheet canvas");
  const both = new OffscreenCanvas(ink.width, ink.height);
  const context = both.getContext("2d");
  context.drawImage(ink, 0, 0);
  context.globalCompositeOperation = getComputedStyle(live).mixBlendMode.replace("normal", "source-over");
  context.drawImage(live, 0, 0);
  const {data} = context.getImageData(0, 0, ink.width, ink.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [ink.width, ink.height, btoa(text)];
}
"""
# The part of pixels that differ by more than the rounding of an edge.
DIFFERENCE_JS = """
([width, height, text]) => {
  const [ownWidth, ownHeight, own] = (PICTURE)();
  if (width !== ownWidth || height !== ownHeight) return 1;
  const [a, b] = [atob(text), atob(own)];
  let differ = 0;
  for (let at = 0; at < a.length; at += 4)
    if ([0, 1, 2].some((part) => Math.abs(a.charCodeAt(at + part) - b.charCodeAt(at + part)) > 40)) differ++;
  return differ / (width * height);
}
""".replace("PICTURE", PICTURE_JS.strip())
SHAPES_JS = "() => [...classroom.board.page(classroom.shown).shapes.values()]"
TOLERANCE = 0.0002  # of all pixels


class Hand:
    """Somebody at the board, who does with real pointer and key events what people do."""

    def __init__(self, person: Person, cdp: CDPSession) -> None:
        self.person = person
        self.page = person.page
        self.cdp = cdp

    @classmethod
    async def of(cls, person: Person) -> Self:
        return cls(person, await person.page.context.new_cdp_session(person.page))

    async def spot(self, x: float, y: float) -> Point:
        """CSS pixels of a place on the board."""
        box = await self.person.at("board").bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    async def take(self, tool: str) -> None:
        """The tool by its key: from wherever the focus is, as teachers do."""
        await self.page.keyboard.press(tool)

    async def click(self, x: float, y: float, **how: Any) -> None:
        await self.page.mouse.click(*await self.spot(x, y), **how)

    async def drag(self, *points: Point) -> None:
        await self.person.draw(*points)
        await self.away()

    async def away(self) -> None:
        """The mouse leaves the board: no ring, no name under it."""
        await self.page.mouse.move(2, 2)

    async def pen(self, *points: tuple[float, float, float]) -> None:
        """A stroke of a digital pen: each point with how hard it is pressed, 0..1."""
        at = [(*await self.spot(x, y), force) for x, y, force in points]
        for step, (x, y, force) in enumerate(at):
            kind = "mouseMoved" if step else "mousePressed"
            await self._pen(kind, x, y, force)
        await self._pen("mouseReleased", *at[-1])

    async def _pen(self, kind: str, x: float, y: float, force: float) -> None:
        held = {"button": "left", "buttons": 1 if kind != "mouseReleased" else 0, "clickCount": 1}
        event = {"type": kind, "x": x, "y": y, "pointerType": "pen", "force": force, **held}
        await self.cdp.send("Input.dispatchMouseEvent", event)

    async def touch(self, kind: str, *points: Point) -> None:
        """`touchStart`, `touchMove` or `touchEnd`, with the fingers that are down then."""
        spots = [await self.spot(*point) for point in points]
        fingers = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(spots)]
        await self.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    async def swipe(self, *tracks: list[Point]) -> None:
        """Fingers that go down together, each along its track, and up."""
        await self.touch("touchStart", *(track[0] for track in tracks))
        for step in range(1, len(tracks[0])):
            await self.touch("touchMove", *(track[step] for track in tracks))
        await self.touch("touchEnd")

    async def compose(self, *steps: str) -> None:
        """An input method: what it shows on the way, and the last as what is chosen."""
        for step in steps[:-1]:
            await self.cdp.send(
                "Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
            )
        await self.cdp.send("Input.insertText", {"text": steps[-1]})

    async def write(self, x: float, y: float, text: str) -> None:
        """A text by key and mouse; Escape ends it."""
        await self.take("t")
        await self.click(x, y)
        await self.person.at("text-field").wait_for()
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Escape")
        await self.person.at("text-field").wait_for(state="detached")
        await self.away()

    async def menu(self, *items: str) -> None:
        await self.person.press("board-menu")
        for item in items:
            await self.person.press(item)

    async def shapes(self) -> list[dict[str, Any]]:
        """The bodies on the page that is looked at, in drawing order."""
        return list(await self.page.evaluate(SHAPES_JS))

    async def until_shapes(self, count: int, wish: str) -> list[dict[str, Any]]:
        async def there() -> bool:
            return len(await self.shapes()) == count

        await self.person.until(there, f"{wish}: {count} shapes on the page")
        return await self.shapes()

    async def settled(self) -> None:
        """The room has answered everything."""

        async def idle() -> bool:
            return bool(await self.page.evaluate("() => classroom.wire.pending.size === 0"))

        await self.person.until(idle, "the room has answered")

    async def canonical(self) -> str:
        return str(await self.page.evaluate("() => classroom.board.canonical()"))

    def button(self, test: str) -> Locator:
        return self.person.at(test).first


async def same(one: Hand, other: Hand) -> None:
    """Both boards are equal in every byte, and look alike."""
    await one.settled()
    await other.settled()

    async def equal() -> bool:
        return await one.canonical() == await other.canonical()

    await one.person.until(equal, "both have the same board")
    await alike(one, other)


async def alike(one: Hand, other: Hand) -> None:
    """In windows of one size, both see the same in every pixel but a few on edges."""
    difference = 1.0

    async def near() -> bool:
        nonlocal difference
        difference = float(await one.page.evaluate(DIFFERENCE_JS, await other.page.evaluate(PICTURE_JS)))
        return difference <= TOLERANCE

    try:
        await one.person.until(near, "both see the same picture")
    except AssertionError as error:
        raise AssertionError(f"{error}; {difference:.3%} of the pixels differ") from None


@dataclass(frozen=True, slots=True)
class School:
    """What the classes of one module have in common; each has a room, and its people have windows, of their own."""

    server: ServerProcess
    browser: Browser


@asynccontextmanager
async def at_the_board(
    school: School,
    *people: tuple[str, str],
    size: tuple[int, int] = (1366, 768),
    lang: str = "en",
    draw: bool = True,
    **options: Any,
) -> AsyncIterator[list[Hand]]:
    """A class at one board, by name and role; all may draw unless it is said otherwise."""
    async with AsyncExitStack() as stack:
        room = await school.server.room("one_to_many", subject="mathematics", topic="二次函数")
        hands = []
        for name, role in people:
            person = await stack.enter_async_context(sitting(school.browser, name, size=size, **options))
            await enter(person, link(school.server.url, room, name, role, name).replace("/#", f"/?lang={lang}#"))
            hands.append(await Hand.of(person))
        if draw:
            await hands[0].person.press("tab-people")
            await hands[0].person.press("grant-all")
            for hand in hands[1:]:
                await hand.button("tool-pen").wait_for()
        yield hands
