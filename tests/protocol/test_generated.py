"""What is generated from the message classes is what lies in docs/ and tests/vectors/."""

from pathlib import Path

import pytest

from tests.support.generate import COMMAND, ROOT, files

FILES = files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_files_are_fresh(path: Path) -> None:
    kept = path.read_text("utf-8") if path.exists() else None
    # Compared before the assertion: nobody wants to read how two files of 7,000 lines differ.
    is_fresh = kept == FILES[path]
    assert is_fresh, f"{path.relative_to(ROOT)} is not what the message classes say: run `{COMMAND}` and read the diff"


def test_nothing_else_lies_with_the_vectors() -> None:
    assert set((ROOT / "tests/vectors").iterdir()) == {path for path in FILES if path.parent.name == "vectors"}
