"""Rows as people read them: columns for a terminal, CSV for a spreadsheet.  Rule: STAT-8 in docs/rules.md."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

Row = Mapping[str, str | int | float | None]
FORMULA = (*"=+-@\t\r\n", *"＝＋－＠")  # what a spreadsheet would carry out, the broad ones in a Chinese one


def csv_lines(columns: Sequence[str], rows: Iterable[Row], *, head: bool = True) -> str:
    """RFC 4180; what somebody wrote stays text."""
    text = io.StringIO()
    writer = csv.writer(text)
    if head:
        writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: str | int | float | None) -> str | int | float | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def columns(names: Sequence[str], rows: Sequence[Row]) -> str:
    """A line for the names and one for each row: numbers to the right, Chinese as broad as a terminal shows it."""
    cells = [list(names), *([_shown(row[name]) for name in names] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    right = [all(isinstance(row[name], int | float | None) for row in rows) for name in names]
    lines = (
        "  ".join(_padded(cell, width, to_right) for cell, width, to_right in zip(line, widths, right, strict=True))
        for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def _shown(value: str | int | float | None) -> str:
    return printable("-" if value is None or value == "" else str(value))


def printable(text: str) -> str:
    """What somebody wrote, without what a terminal would carry out."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int, to_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if to_right else text + space
