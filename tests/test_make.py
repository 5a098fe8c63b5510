"""The commands on a machine that lacks something: one line says what, and the remedy.  `make test` is all tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = ("sh", "make", "rm", "touch", "echo", "id", "mkdir", "nice", "cat")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A directory with the Makefile, and a PATH with little on it."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(found)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def python_that(machine: Path, *answers: int) -> None:
    """A `python3` whose answers to the questions asked of it are these exit statuses, the last one for ever."""
    lines = [
        f'[ "$(cat {machine}/asked 2>/dev/null)" = "{"x" * n}" ] && s={status}' for n, status in enumerate(answers)
    ]
    script = f"#!{shutil.which('sh')}\nPATH=/usr/bin:/bin\ns={answers[-1]}\n" + "\n".join(lines)
    path = machine / "bin" / "python3"
    path.write_text(f"{script}\nprintf x >> {machine}/asked\nexit $s\n", "utf-8")
    path.chmod(0o755)


def make(machine: Path, target: str) -> tuple[bool, list[str]]:
    """Did it succeed, and the lines that it said."""
    done = subprocess.run(
        ["make", "-s", target],
        cwd=machine,
        env={"PATH": str(machine / "bin"), "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode == 0, done.stdout.splitlines()


@pytest.mark.parametrize("target", ["serve", "check"])
def test_no_python_that_is_new_enough(machine: Path, target: str) -> None:
    python_that(machine, 1)
    done, (line,) = make(machine, target)
    assert not done
    assert line.startswith("Python 3.11 or newer is missing: install it")


def test_no_venv_module(machine: Path) -> None:
    python_that(machine, 0, 1)
    done, (line,) = make(machine, "serve")
    assert not done
    assert line.startswith("Python's venv module is missing: install it")
    assert "apt-get install python3-venv" in line


PYTEST = """#!{sh}
case "$*" in
  *"pytest -m e2e and not interop"*) echo "with a browser"; exit {browsers};;
  *"pytest -m not e2e and not interop"*) echo "the rest"; exit {rest};;
esac
"""


@pytest.mark.parametrize(("browsers", "rest"), [(0, 0), (1, 0), (0, 1)])
def test_both_halves_of_the_tests_are_run_and_shown_and_count(machine: Path, browsers: int, rest: int) -> None:
    python = machine / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTEST.format(sh=shutil.which("sh"), browsers=browsers, rest=rest), "utf-8")
    python.chmod(0o755)
    (machine / ".venv" / "test").touch()
    done, said = make(machine, "test")
    assert done == (browsers == rest == 0)
    assert {"with a browser", "the rest"} <= set(said)
