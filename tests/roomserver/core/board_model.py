"""A board as a few dictionaries: slow, unbounded, and short enough to be believed.

Each operation returns the code with which it is refused, or None.  A property is the stack of what was written to it:
the last writer counts, an undo takes its author's entry off the top.  What a stroke was given counts at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

TEACHER, ANNA, BEN = 1, 2, 3
Key = tuple[str, str]  # a shape and one of its properties
Write = tuple[int, int, Any]  # in which step, by whom, what


@dataclass
class Drawn:
    page: int
    author: int
    maker: int
    body: dict[str, Any]  # as it was made
    open: bool = False
    gone: int = 0  # the step that took it; 0: it is there, -1: gone for good
    writes: dict[str, list[Write]] = field(default_factory=dict)


@dataclass
class Step:
    id: int
    swaps: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)  # what went, what came
    sets: dict[Key, Any] = field(default_factory=dict)
    as_were: dict[str, dict[str, list[Write]]] = field(
        default_factory=dict
    )  # once undone: how what is back was written


@dataclass
class Sheet:
    background: str = "blank"
    locked: bool = False
    owner: int | None = None


class Model:
    def __init__(self) -> None:
        self.pages = {1: Sheet()}
        self.current, self.locked, self.free = 1, False, False
        self.numbered, self.cuts, self.steps, self.top, self.bottom = 1, 0, 0, 0, 0
        self.shapes: dict[str, Drawn] = {}  # all that ever were
        self.last: dict[int, int] = {}
        self.can = {TEACHER}
        self.done: dict[int, list[Step]] = {}
        self.undone: dict[int, list[Step]] = {}

    # What one can see

    def sees(self, member: int, page: int | None) -> bool:
        return page in self.pages and (member == TEACHER or self.pages[page].owner in (None, member))

    def there(self, name: str) -> bool:
        return name in self.shapes and self.shapes[name].gone == 0

    def body(self, name: str) -> dict[str, Any]:
        one = self.shapes[name]
        body = {**one.body, "id": name, "page": one.page, "author": one.author}
        body |= {key: stack[-1][2] for key, stack in one.writes.items() if stack}
        return {key: value for key, value in body.items() if (key, value) != ("turn", 0)} | (
            {"open": True} if one.open else {}
        )

    def picture(self, eyes: int) -> dict[str, Any]:
        on = [self.body(name) for name in self.shapes if self.there(name)]
        on.sort(key=lambda body: (body["z"], int((body["id"] + ".0").split(".")[2])))
        pages = [
            {
                "page": page,
                "background": sheet.background,
                "locked": sheet.locked,
                **({"owner": sheet.owner} if sheet.owner else {}),
                "shapes": [body for body in on if body["page"] == page],
            }
            for page, sheet in self.pages.items()
            if self.sees(eyes, page)
        ]
        return {"current": self.current, "free": self.free, "locked": self.locked, "pages": pages}

    # Strokes and shapes

    def put(self, member: int, name: str, page: int, body: Mapping[str, Any], *, open: bool = False) -> str | None:
        author, n = (int(part) for part in name.split("."))
        if code := self._right(member, [page]):
            return code
        if author != member or n <= self.last.get(member, 0):
            return "forbidden" if author != member else "conflict"
        if code := self._page(member, page):
            return code
        self._make(name, Drawn(page, member, member, {**body, "z": self.top + 1}, open), n)
        return self._did(member, swaps=[((), (name,))])

    def extend(self, member: int, name: str, points: list[int]) -> str | None:
        if code := self._right(member, self._pages(member, [name])) or self._own(member, name):
            return code
        one = self.shapes[name]
        if not one.open or self._barred(member, one.page):
            return "conflict" if not one.open else "locked"
        one.body["points"] = one.body["points"] + points
        return None

    def finish(self, member: int, name: str) -> str | None:
        if code := self._own(member, name):
            return code
        self.shapes[name].open = False
        return None

    def change(self, member: int, sets: Mapping[str, Mapping[str, Any]]) -> str | None:
        if code := self._right(member, self._pages(member, sets)) or self._mine(member, sets):
            return code
        names = [name for name in sets if self.there(name) and self.sees(member, self.shapes[name].page)]
        if any("size" in sets[name] and "size" not in self.shapes[name].body for name in names):
            return "invalid"
        return self._set(member, {(name, key): value for name in names for key, value in sets[name].items()})

    def order(self, member: int, names: list[str], to: str) -> str | None:
        if code := self._right(member, self._pages(member, names)) or self._mine(member, names):
            return code
        seen = self._in_order(member, names)
        first = self.top + 1 if to == "front" else self.bottom - len(seen)
        self.top, self.bottom = max(self.top, first + len(seen) - 1), min(self.bottom, first)
        return self._set(member, {(name, "z"): first + place for place, name in enumerate(seen)})

    def copy(self, member: int, names: list[str], page: int, by: int, first: int) -> str | None:
        if code := self._right(member, [page, *self._pages(member, names)]) or self._mine(member, names, kept=True):
            return code
        if first <= self.last.get(member, 0):
            return "conflict"
        if code := self._page(member, page):
            return code
        seen = sorted(self._seen(member, names, kept=True), key=self._place)
        if any(self.shapes[name].open for name in seen):
            return "conflict"
        for place, name in enumerate(seen):
            body = self.body(name) | {"z": self.top + 1}
            body["start"] = [body["start"][0] + by, body["start"][1] + by]
            self._make(f"{member}.{first + place}", Drawn(page, self.shapes[name].author, member, body), first + place)
        return self._did(member, swaps=[((), (f"{member}.{first + place}",)) for place in range(len(seen))])

    # Taking away, and back

    def erase(self, member: int, names: list[str]) -> str | None:
        if code := self._right(member, self._pages(member, names)) or self._mine(member, names):
            return code
        return self._did(member, swaps=[((name,), ()) for name in self._seen(member, names)])

    def cut(self, member: int, cuts: Mapping[str, list[list[int]]]) -> str | None:
        if code := self._right(member, self._pages(member, cuts)) or self._mine(member, cuts):
            return code
        names = self._seen(member, cuts)
        if any(self.shapes[name].body["kind"] != "pen" for name in names):
            return "invalid"
        swaps = []
        for name in names:
            pieces = [self._piece(member, name, begin, end) for begin, end in cuts[name]]
            swaps.append(((name,), tuple(pieces)))
        return self._did(member, swaps=swaps)

    def clear(self, member: int, page: int | None, whose: str | int) -> str | None:
        of = member if whose == "mine" else whose
        if code := self._right(member, [page or 0]):
            return code
        if page is not None and not self.sees(member, page):
            return "not_found"
        if of != member and member != TEACHER:
            return "forbidden"
        on = [page] if page is not None else [one for one, sheet in self.pages.items() if sheet.owner is None]
        names = [n for n, one in self.shapes.items() if self.there(n) and one.page in on and of in ("all", one.author)]
        names.sort(key=lambda name: (on.index(self.shapes[name].page), self._place(name)))
        if any(self._barred(member, one) for one in on if page or any(self.shapes[n].page == one for n in names)):
            return "locked"
        return self._did(member, swaps=[((name,), ()) for name in names]) if names else None

    def reverse(self, member: int, author: int, *, redo: bool) -> str | None:
        source, target = (self.undone, self.done) if redo else (self.done, self.undone)
        reached = [(step, part) for step in source.get(author, []) if (part := self._reach(author, step, redo))]
        touched = reached[-1][1] if reached else Step(0)
        flat = [name for gone, come in touched.swaps for name in (*gone, *come)] + [name for name, _ in touched.sets]
        pages = [self.shapes[name].page for name in flat]
        if (code := self._right(member, pages if member == author else [0])) or member not in (author, TEACHER):
            return code or "forbidden"
        if not reached or any(self._barred(member, page) for page in pages):
            return "locked" if reached else "conflict"
        step, part = reached[-1]
        place = source[author].index(step)
        source[author][place : place + 1] = [rest] if (rest := _rest(step, part)) else []
        target.setdefault(author, []).append(part)
        for gone, come in part.swaps:
            for name in come if redo else gone:
                self.shapes[name].gone = 0
            for name in gone if redo else come:
                self._take(name, part.id)
            part.as_were |= {name: _copied(self.shapes[name].writes) for name in gone if not redo}
        for name, key in part.sets:
            self.shapes[name].open = False
            stack = self.shapes[name].writes.setdefault(key, [])
            stack.append((part.id, author, part.sets[name, key])) if redo else stack.pop()
        for name in dict.fromkeys(name for name, _ in part.sets):
            part.as_were[name] = _copied(self.shapes[name].writes)
        return None

    def _reach(self, author: int, step: Step, redo: bool) -> Step | None:
        def is_reached(gone: Iterable[str], come: Iterable[str]) -> bool:
            if redo:
                stay = all(self.there(n) and _same(self.shapes[n].writes, step.as_were[n]) for n in gone)
                return stay and all(self.shapes[n].gone == step.id for n in come)
            mine = all(self.there(n) and self._only_by(n, author) for n in come)
            return mine and all(self.shapes[n].gone == step.id for n in gone)

        def is_set(name: str, key: str) -> bool:
            stack = self.shapes[name].writes.get(key, [])
            under = step.as_were.get(name, {}).get(key, [])
            return self.there(name) and (stack == under if redo else bool(stack) and stack[-1][0] == step.id)

        swaps = [swap for swap in step.swaps if is_reached(*swap)]
        sets = {key: value for key, value in step.sets.items() if is_set(*key)}
        return Step(step.id, swaps, sets, dict(step.as_were)) if swaps or sets else None

    # Pages

    def page(self, member: int, what: str, page: int, other: Any = None) -> str | None:
        scratch = what == "scratch"
        if member != TEACHER and not scratch:
            return "forbidden"
        if scratch:
            if member == TEACHER or any(sheet.owner == member for sheet in self.pages.values()):
                return "invalid" if member == TEACHER else "conflict"
            self.numbered += 1
            self.pages[self.numbered] = Sheet(owner=member)
            return None
        if what in ("lock_board", "free"):
            setattr(self, "locked" if what == "lock_board" else "free", other)
            return None
        if page not in self.pages:
            return "not_found"
        if what not in ("remove", "change") and self.pages[page].owner is not None:
            return "invalid"
        return self._paged(what, page, other)

    def _paged(self, what: str, page: int, other: Any) -> str | None:
        common = [one for one, sheet in self.pages.items() if sheet.owner is None]
        if what == "add":
            self.numbered += 1
            self._insert(self.numbered, Sheet(), list(self.pages).index(page) + 1)
        elif what == "turn":
            self.current = page
        elif what == "lock":
            self.pages[page].locked = other
        elif what == "change":
            self.pages[page].background = other
        elif what == "move":
            if other is not None and (other not in self.pages or self.pages[other].owner is not None):
                return "invalid" if other in self.pages else "not_found"
            if other != page:
                sheet = self.pages.pop(page)
                self._insert(page, sheet, len(self.pages) if other is None else list(self.pages).index(other))
        elif common == [page]:
            return "conflict"
        else:
            if page == self.current:
                place = common.index(page)
                self.current = (common[place + 1 :] or common[place - 1 :])[0]
            del self.pages[page]
            for one in self.shapes.values():
                one.gone = -1 if one.page == page else one.gone
        return None

    # Small things

    def _insert(self, page: int, sheet: Sheet, place: int) -> None:
        items = list(self.pages.items())
        self.pages = dict([*items[:place], (page, sheet), *items[place:]])

    def _right(self, member: int, pages: list[int]) -> str | None:
        own = all(page in self.pages and self.pages[page].owner == member for page in pages)
        return None if member in self.can or own else "forbidden"

    def _pages(self, member: int, names: Iterable[str]) -> list[int]:
        return [self.shapes[name].page for name in self._seen(member, names)]

    def _page(self, member: int, page: int) -> str | None:
        if not self.sees(member, page):
            return "not_found"
        return "locked" if self._barred(member, page) else None

    def _barred(self, member: int, page: int) -> bool:
        sheet = self.pages[page]
        return member != TEACHER and sheet.owner is None and (self.locked or sheet.locked)

    def _seen(self, member: int, names: Iterable[str], *, kept: bool = False) -> list[str]:
        there = [n for n in dict.fromkeys(names) if self.there(n) or (kept and self._kept(n))]
        return [name for name in there if self.sees(member, self.shapes[name].page)]

    def _kept(self, name: str) -> bool:
        """Is it gone, and can the step that took it be taken back?"""
        took = self.shapes[name].gone if name in self.shapes else 0
        done = (
            step.id == took and any(name in gone for gone, _ in step.swaps) for s in self.done.values() for step in s
        )
        undone = (
            step.id == took and any(name in come for _, come in step.swaps) for s in self.undone.values() for step in s
        )
        return any(done) or any(undone)

    def _mine(self, member: int, names: Iterable[str], *, kept: bool = False) -> str | None:
        seen = self._seen(member, names, kept=kept)
        if not seen:
            return "not_found"
        if member != TEACHER and any(self.shapes[name].author != member for name in seen):
            return "forbidden"
        if len({self.pages[self.shapes[name].page].owner for name in seen}) > 1:
            return "invalid"
        return "locked" if any(self._barred(member, self.shapes[name].page) for name in seen) else None

    def _own(self, member: int, name: str) -> str | None:
        if name not in self._seen(member, [name]):
            return "not_found"
        return None if (self.shapes[name].author, self.shapes[name].maker) == (member, member) else "forbidden"

    def _only_by(self, name: str, member: int) -> bool:
        one = self.shapes[name]
        return one.maker == member and all(by == member for stack in one.writes.values() for _, by, _ in stack)

    def _place(self, name: str) -> tuple[int, int]:
        return self.body(name)["z"], int((name + ".0").split(".")[2])

    def _in_order(self, member: int, names: Iterable[str]) -> list[str]:
        return sorted(self._seen(member, names), key=self._place)

    def _make(self, name: str, one: Drawn, n: int = 0) -> None:
        self.shapes[name] = one
        self.top = max(self.top, one.body["z"])
        if n:
            member = int(name.split(".")[0])
            self.last[member] = max(n, self.last.get(member, 0))

    def _piece(self, member: int, name: str, begin: int, end: int) -> str:
        one, body = self.shapes[name], self.body(name)
        body.pop("open", None)
        at = [body.get("from", [0, 0])]
        for dx, dy in zip(body["points"][0::2], body["points"][1::2], strict=True):
            at.append([at[-1][0] + dx, at[-1][1] + dy])

        def point(position: int) -> list[int]:
            k, part = divmod(position, 100)
            return at[k] if not part else [a + (b - a) * part // 100 for a, b in zip(at[k], at[k + 1], strict=True)]

        positions = sorted({begin, end, *range(-(-begin // 100) * 100, end, 100)})
        way = [point(position) for position in positions]
        body["points"] = [b[i] - a[i] for a, b in pairwise(way) for i in (0, 1)]
        if pressure := body.pop("pressure", None):
            body |= {"pressure": [pressure[(p - 1) // 100] for p in positions[1:]]} if positions[1:] else {}
        body.pop("from", None)
        if way[0] != [0, 0]:
            body["from"] = way[0]
        self.cuts += 1
        piece = ".".join(name.split(".")[:2]) + f".{self.cuts}"
        self._make(piece, Drawn(one.page, one.author, member, body))
        return piece

    def _take(self, name: str, step: int) -> None:
        self.shapes[name].gone, self.shapes[name].open = step, False

    def _set(self, member: int, sets: dict[Key, Any]) -> str | None:
        for (name, key), value in sets.items():
            self.shapes[name].open = False
            self.shapes[name].writes.setdefault(key, []).append((self.steps + 1, member, value))
        return self._did(member, sets=sets)

    def _did(self, member: int, **what: Any) -> str | None:
        self.steps += 1
        step = Step(self.steps, **what)
        for gone, _ in step.swaps:
            for name in gone:
                self._take(name, step.id)
        self.done.setdefault(member, []).append(step)
        self.undone.pop(member, None)
        return None  # it is not refused


def _rest(step: Step, part: Step) -> Step | None:
    """What was not reached stays."""
    swaps = [swap for swap in step.swaps if swap not in part.swaps]
    sets = {key: value for key, value in step.sets.items() if key not in part.sets}
    return Step(step.id, swaps, sets, dict(step.as_were)) if swaps or sets else None


def _copied(writes: Mapping[str, list[Write]]) -> dict[str, list[Write]]:
    return {key: list(stack) for key, stack in writes.items()}


def _same(some: Mapping[str, list[Write]], others: Mapping[str, list[Write]]) -> bool:
    return {k: v for k, v in some.items() if v} == {k: v for k, v in others.items() if v}
