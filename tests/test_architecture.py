"""Who may import whom, and what cores may not touch: docs/architecture.md, "Folders".

Also that what two packages both say of one thing is the same.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest

import protocol.fields
import protocol.limits
import whiteboard.limits
from whiteboard import kinds, pieces

ROOT = Path(__file__).parent.parent
OURS: Mapping[str, frozenset[str]] = {
    "protocol": frozenset(),
    "whiteboard": frozenset(),
    "sfu.core": frozenset(),
    "sfu.shell": frozenset({"sfu.core"}),
    "roomserver.core": frozenset({"protocol", "whiteboard"}),
    "roomserver.studio": frozenset({"whiteboard"}),
    "roomserver": frozenset(  # shell, app, cli
        {"protocol", "whiteboard", "sfu.core", "sfu.shell", "roomserver.core", "roomserver.studio"}
    ),
    "loadtest": frozenset({"protocol", "whiteboard", "sfu.core"}),
}
CORES = frozenset({"protocol", "whiteboard", "sfu.core", "roomserver.core"})
OUTSIDE_WORLD = frozenset(
    "asyncio socket select selectors ssl time random secrets os io logging threading multiprocessing concurrent queue "
    "subprocess uuid pathlib tempfile shutil signal sqlite3 urllib http importlib "
    "aiohttp websockets uvloop redis".split()
)
BUILT_IN = frozenset({"open", "input", "print", "__import__", "exec", "eval"})
CLOCKS = frozenset({"now", "utcnow", "today"})  # of datetime and date


def package_of(module: str) -> str | None:
    """Which row of the table a module belongs to; None: it is not ours."""
    found = [name for name in OURS if module == name or module.startswith(name + ".")]
    return max(found, key=len, default=None)


def imported(module: str, tree: ast.AST, *, is_package: bool) -> Iterator[str]:
    """Every module that a module imports, by its full name."""
    around = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = around.split(".")
                parents = parents[: len(parents) - node.level + 1]
                base = ".".join([*parents, *([base] if base else [])])
            yield base
            yield from (f"{base}.{name.name}" for name in node.names)


def wrong(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """What a module does that its package may not do."""
    tree = ast.parse(source)
    mine = package_of(module)
    assert mine is not None, f"{module} stands in no row of the table"
    found = []
    for name in imported(module, tree, is_package=is_package):
        theirs = package_of(name)
        if theirs is not None and theirs != mine and theirs not in OURS[mine]:
            found.append(f"imports {name}")
        if mine in CORES and name.split(".")[0] in OUTSIDE_WORLD:
            found.append(f"imports {name}")
    if mine in CORES:
        found += [touched for node in ast.walk(tree) if (touched := touches(node))]
    return sorted(set(found))


def touches(node: ast.AST) -> str | None:
    """What of the outside world a piece of code touches without an import."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in BUILT_IN:
            return f"calls {name}()"
        case ast.Attribute(value=ast.Name(id="datetime" | "date" as owner), attr=name) if name in CLOCKS:
            return f"reads {owner}.{name}"
        case ast.Attribute(value=ast.Attribute(attr="datetime" | "date" as owner), attr=name) if name in CLOCKS:
            return f"reads {owner}.{name}"
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            return "waits"
    return None


def modules() -> Iterator[tuple[str, Path]]:
    for top in sorted({name.split(".")[0] for name in OURS}):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def test_every_package_imports_only_what_it_may_and_cores_touch_nothing() -> None:
    found = {
        module: said
        for module, path in modules()
        if package_of(module)  # `sfu` itself is an empty folder
        and (said := wrong(module, path.read_text("utf-8"), is_package=path.name == "__init__.py"))
    }
    assert found == {}


def test_every_row_of_the_table_has_modules() -> None:
    assert {package_of(module) for module, _ in modules()} >= set(OURS)


@pytest.mark.parametrize(
    ("module", "source", "said"),
    [
        ("protocol.x", "import whiteboard", ["imports whiteboard"]),
        ("whiteboard.x", "from protocol.fields import Id", ["imports protocol.fields", "imports protocol.fields.Id"]),
        ("sfu.core.x", "from protocol import codes", ["imports protocol", "imports protocol.codes"]),
        ("sfu.core.x", "from ..shell import engine", ["imports sfu.shell", "imports sfu.shell.engine"]),
        ("sfu.shell.x", "import roomserver.app", ["imports roomserver.app"]),
        ("roomserver.core.x", "from ..shell.store import Store", ["imports roomserver.shell.store"]),
        ("roomserver.core.decide.x", "from ...config import Config", ["imports roomserver.config"]),
        ("roomserver.core.x", "from sfu.core import rtp", ["imports sfu.core", "imports sfu.core.rtp"]),
        ("roomserver.shell.x", "import loadtest.pen", ["imports loadtest.pen"]),
        ("loadtest.x", "from roomserver.core.room import Room", ["imports roomserver.core.room"]),
        (
            "roomserver.studio.x",
            "from ..shell import store",
            ["imports roomserver.shell", "imports roomserver.shell.store"],
        ),
        (
            "roomserver.core.x",
            "from ..studio import jobs",
            ["imports roomserver.studio", "imports roomserver.studio.jobs"],
        ),
        ("loadtest.x", "from sfu.shell import port", ["imports sfu.shell", "imports sfu.shell.port"]),
        ("protocol.x", "import time", ["imports time"]),
        ("protocol.x", "from os import path", ["imports os", "imports os.path"]),
        ("whiteboard.x", "def f():\n    import random", ["imports random"]),
        ("sfu.core.x", "import concurrent.futures as f", ["imports concurrent.futures"]),
        ("roomserver.core.x", "import asyncio\nasync def f(): ...", ["imports asyncio", "waits"]),
        ("roomserver.core.x", "text = open('x').read()", ["calls open()"]),
        ("roomserver.core.x", "from datetime import datetime\nx = datetime.now()", ["reads datetime.now"]),
        ("roomserver.core.x", "import datetime\nx = datetime.date.today", ["reads date.today"]),
    ],
)
def test_what_may_not_be_is_found(module: str, source: str, said: list[str]) -> None:
    assert [line for line in wrong(module, source) if line in said] == said


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("roomserver.core.x", "from protocol import codes\nimport whiteboard as wb\nfrom . import log\nimport msgspec"),
        (
            "roomserver.shell.x",
            "import asyncio, time\nfrom sfu.shell import engine\nfrom ..core import room",
        ),
        ("loadtest.x", "import random\nfrom protocol.client import Client\nfrom sfu.core import rtp"),
        ("sfu.shell.x", "import socket\nfrom ..core import rtcp"),
        ("roomserver.core.x", "from datetime import UTC, datetime\nx = datetime.fromtimestamp(0, UTC)"),
    ],
)
def test_what_may_be_is_let_be(module: str, source: str) -> None:
    assert wrong(module, source) == []


def test_wire_and_board_have_the_same_limits() -> None:
    def most(annotation: object) -> int:
        [meta] = [one for one in annotation.__metadata__ if one.le is not None]  # type: ignore[attr-defined]
        return int(meta.le)

    wire, board = protocol.limits, whiteboard.limits
    assert wire.POINTS_A_MESSAGE == board.POINTS_A_MESSAGE
    assert wire.SHAPES_A_MESSAGE == board.SHAPES_A_MESSAGE
    assert wire.TEXT_CHARS == board.TEXT_CHARS
    assert most(protocol.fields.Width) == board.WIDTH_MAX
    assert most(protocol.fields.Unit) == most(protocol.fields.Extent) == board.BOARD_WIDTH
    assert most(protocol.fields.Reach) == 2 * board.BOARD_WIDTH
    assert most(protocol.fields.Thousandths) == board.SCALE_MAX
    assert most(protocol.fields.Turn) == board.TURN_WHOLE - 1
    assert most(protocol.fields.FontHeight) == board.FONT_HEIGHT_MAX
    assert most(protocol.fields.Position) == pieces.STEP * board.POINTS_A_STROKE
    assert set(get_args(protocol.fields.StrokeKind)) == kinds.STROKES
    assert set(get_args(protocol.fields.ShapeKind)) == kinds.POINTED | kinds.BOXES | {"text"}
    assert set(get_args(protocol.fields.Font)) == board.FONTS
