"""docs/rules.md and the tests name the same rules, and each is one sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULE = re.compile(r"^- \*\*([A-Z]+-[1-9][0-9]*)\*\* (.+(?:\n  .+)*)$", re.MULTILINE)
NAMED = re.compile(r'^ *test\("([A-Z]+-[1-9][0-9]*(?:, [A-Z]+-[1-9][0-9]*)*): ', re.MULTILINE)
CITED = re.compile(r"\b[A-Z]+-[1-9][0-9]*\b")


def documented() -> list[tuple[str, str]]:
    """Ids and sentences, in order."""
    return [
        (id, " ".join(sentence.split())) for id, sentence in RULE.findall((ROOT / "docs/rules.md").read_text("utf-8"))
    ]


def carried(source: str) -> Iterator[str]:
    """The ids in the `pytest.mark.rule(…)` of a test file, however many a marker names."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="mark"), attr="rule"), args=ids):
                yield from (ast.literal_eval(id) for id in ids)


def named(source: str) -> Iterator[str]:
    """The ids with which the names of tests of the web client begin."""
    for ids in NAMED.findall(source):
        yield from ids.split(", ")


def test_the_rules_are_those_that_tests_prove() -> None:
    proved = {id for path in (ROOT / "tests").rglob("*.py") for id in carried(path.read_text("utf-8"))}
    proved |= {id for path in (ROOT / "tests/web").glob("*.test.mjs") for id in named(path.read_text("utf-8"))}
    written = {id for id, _ in documented()}
    assert (proved - written, written - proved) == (set(), set()), "(proved and not written, written and not proved)"


def test_a_rule_is_written_once_as_one_sentence() -> None:
    ids = [id for id, _ in documented()]
    assert len(ids) == len(set(ids))
    for id, sentence in documented():
        assert re.fullmatch(r"[A-Z`].*[^.]\.", sentence), id
        assert ". " not in sentence, id


def test_the_rules_of_a_group_stand_in_order() -> None:
    groups: dict[str, list[int]] = {}
    for id, _ in documented():
        group, number = id.split("-")
        groups.setdefault(group, []).append(int(number))
    for group, numbers in groups.items():
        assert numbers == sorted(numbers), group


def test_the_table_of_numbers_cites_rules() -> None:
    _, _, numbers = (ROOT / "docs/rules.md").read_text("utf-8").partition("## Where the numbers come from")
    cited = set(CITED.findall(numbers))
    assert cited
    assert cited <= {id for id, _ in documented()}


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ('@pytest.mark.rule("END-1")\ndef test(): ...', ["END-1"]),
        (
            '@pytest.mark.rule("END-1", "END-2")\n@pytest.mark.rule("ATT-1")\nclass Test: ...',
            ["END-1", "END-2", "ATT-1"],
        ),
        ('rule("END-1")\nx = "END-2"  # END-3', []),
    ],
)
def test_markers_are_found_wherever_they_stand(source: str, ids: list[str]) -> None:
    assert list(carried(source)) == ids


def test_names_of_tests_of_the_web_client_begin_with_ids() -> None:
    source = """test("END-1, END-2: it ends", () => {});\n  test("UTF-8 is read", …); // END-3: no"""
    assert list(named(source)) == ["END-1", "END-2"]


def refusals() -> Iterator[tuple[str, ast.Call]]:
    """Where a room refuses: everywhere but where it passes on what the board says."""
    for path in sorted((ROOT / "roomserver/core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name("Refused"), args=[ast.Attribute(ast.Name("ErrorCode"), code), *_]):
                    yield f"{path.name}:{node.lineno} {code}", node


def test_what_is_refused_by_a_rule_says_which() -> None:
    """All but that there is no such thing."""
    written = {id for id, _ in documented()}
    found = list(refusals())
    assert len(found) > 40
    for where, call in found:
        rules = [word.value.value for word in call.keywords if word.arg == "rule"]  # type: ignore[attr-defined]
        assert set(rules) <= written, where
        assert rules or where.endswith("NOT_FOUND"), where
