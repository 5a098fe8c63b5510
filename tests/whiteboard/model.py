"""A board as a few dictionaries: slow, unbounded, and short enough to be believed.

Each operation returns the code with which it is refused, or None.  What a stroke was given counts at once: there is no
waiting here.
"""

from dataclasses import dataclass, field

from whiteboard import Code

from .desk import TEACHER

Steps = list[tuple[str, list[str]]]


@dataclass
class Ink:
    page: int
    author: int
    points: list[int] = field(default_factory=list)
    open: bool = True


@dataclass
class Model:
    pages: list[int] = field(default_factory=lambda: [1])
    numbered: int = 1
    current: int = 1
    locked: set[int] = field(default_factory=set)
    ink: dict[str, Ink] = field(default_factory=dict)  # all that was ever drawn, in order
    gone: dict[str, int] = field(default_factory=dict)  # what is not there, and who took it last; 0: for good
    last: dict[int, int] = field(default_factory=dict)
    undone: dict[int, Steps] = field(default_factory=dict)
    done: dict[int, Steps] = field(default_factory=dict)

    def there(self) -> list[str]:
        return [shape for shape in self.ink if shape not in self.gone]

    def picture(self) -> list[tuple[int, bool, list[tuple[str, list[int], bool]]]]:
        shapes = [(name, self.ink[name]) for name in self.there()]
        return [
            (page, page in self.locked, [(name, ink.points, ink.open) for name, ink in shapes if ink.page == page])
            for page in self.pages
        ]

    def begin(self, member: int, shape: str, page: int) -> Code | None:
        author, n = (int(part) for part in shape.split("."))
        if author != member:
            return Code.FORBIDDEN
        if n <= self.last.get(member, 0):
            return Code.CONFLICT
        if page not in self.pages:
            return Code.NOT_FOUND
        if self._barred(member, [page]):
            return Code.LOCKED
        self.last[member] = n
        self.ink[shape] = Ink(page, member)
        self._did(member, "draw", [shape])
        return None

    def extend(self, member: int, shape: str, points: list[int]) -> Code | None:
        if code := self._not_own(member, shape):
            return code
        ink = self.ink[shape]
        if not ink.open:
            return Code.CONFLICT
        if self._barred(member, [ink.page]):
            return Code.LOCKED
        ink.points += points
        return None

    def finish(self, member: int, shape: str) -> Code | None:
        if code := self._not_own(member, shape):
            return code
        self.ink[shape].open = False
        return None

    def finish_open(self, member: int) -> None:
        for shape in self.there():
            if self.ink[shape].author == member:
                self.ink[shape].open = False

    def erase(self, member: int, shapes: list[str]) -> Code | None:
        there = [shape for shape in dict.fromkeys(shapes) if shape in self.there()]
        if not there:
            return Code.NOT_FOUND
        if member != TEACHER and any(self.ink[shape].author != member for shape in there):
            return Code.FORBIDDEN
        if self._barred(member, [self.ink[shape].page for shape in there]):
            return Code.LOCKED
        self._take(there, member)
        self._did(member, "take", there)
        return None

    def clear(self, member: int, page: int, whose: str | int) -> Code | None:
        of = member if whose == "mine" else whose
        if page not in self.pages:
            return Code.NOT_FOUND
        if of != member and member != TEACHER:
            return Code.FORBIDDEN
        if self._barred(member, [page]):
            return Code.LOCKED
        there = [s for s in self.there() if self.ink[s].page == page and of in ("all", self.ink[s].author)]
        if there:
            self._take(there, member)
            self._did(member, "take", there)
        return None

    def reverse(self, member: int, author: int, *, redo: bool) -> Code | None:
        if member not in (author, TEACHER):
            return Code.FORBIDDEN
        source, target = (self.undone, self.done) if redo else (self.done, self.undone)
        for step in reversed(source.get(author, [])):
            kind, shapes = step
            taking = (kind == "draw") != redo
            possible = [s for s in shapes if (s not in self.gone if taking else self.gone.get(s) == author)]
            if possible:
                break
        else:
            return Code.CONFLICT
        if self._barred(member, [self.ink[shape].page for shape in possible]):
            return Code.LOCKED
        source[author].remove(step)
        target.setdefault(author, []).append((kind, possible))
        if taking:
            self._take(possible, author)
        else:
            for shape in possible:
                del self.gone[shape]
        return None

    def add_page(self, after: int) -> Code | None:
        if after not in self.pages:
            return Code.NOT_FOUND
        self.numbered += 1
        self.pages.insert(self.pages.index(after) + 1, self.numbered)
        return None

    def turn_page(self, page: int) -> Code | None:
        if page not in self.pages:
            return Code.NOT_FOUND
        self.current = page
        return None

    def remove_page(self, page: int) -> Code | None:
        if page not in self.pages:
            return Code.NOT_FOUND
        if len(self.pages) == 1:
            return Code.CONFLICT
        place = self.pages.index(page)
        self.pages.remove(page)
        if self.current == page:
            self.current = self.pages[min(place, len(self.pages) - 1)]
        self.gone.update((shape, 0) for shape, ink in self.ink.items() if ink.page == page)
        return None

    def lock_page(self, page: int, on: bool) -> Code | None:
        if page not in self.pages:
            return Code.NOT_FOUND
        (self.locked.add if on else self.locked.discard)(page)
        return None

    def _not_own(self, member: int, shape: str) -> Code | None:
        if shape not in self.there():
            return Code.NOT_FOUND
        return None if self.ink[shape].author == member else Code.FORBIDDEN

    def _barred(self, member: int, pages: list[int]) -> bool:
        return member != TEACHER and not self.locked.isdisjoint(pages)

    def _take(self, shapes: list[str], member: int) -> None:
        for shape in shapes:
            self.ink[shape].open = False
            self.gone[shape] = member

    def _did(self, member: int, kind: str, shapes: list[str]) -> None:
        self.done.setdefault(member, []).append((kind, shapes))
        self.undone.pop(member, None)
