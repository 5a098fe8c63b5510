"""Which files of fonts have Chinese characters: by their names, so that the server can say so before it needs one."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

HAN = re.compile(r"cjk|wqy|droidsansfallback|hei|song|ming|kai|han", re.IGNORECASE)
FONT_FILES = ("*.ttf", "*.ttc", "*.otf")


def han_fonts(directories: Iterable[str]) -> Iterator[Path]:
    """Of each directory the smallest first."""
    for directory in directories:
        found = {path for pattern in FONT_FILES for path in Path(directory).rglob(pattern) if HAN.search(path.name)}
        yield from sorted(found, key=lambda path: (path.stat().st_size, path.name))
