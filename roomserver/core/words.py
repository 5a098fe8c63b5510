"""What is not said aloud in a room: words on the city's list, and numbers by which somebody could be found.

A list is matched against what a reader sees, not against what was typed: full width, capitals, marks on letters,
characters without width and spaces between Chinese characters hide nothing.  A word of a list that begins or ends with
a Latin letter or a digit is found only where no other follows, so that `ass` is not found in `class`.  Simplified and
traditional characters are different words: a list has both.  Rules: WORD-* in docs/rules.md.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import category, decimal, normalize

from ahocorasick_rs import AhoCorasick, MatchKind

WORDS_MAX = 100_000
WORD_CHARS = 100
LETTERS_MAX = 8  # that one character stands for; a few Arabic ones stand for whole sentences, and are left as they are
UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc", "Co", "Cn"})  # marks, and what takes no room
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # fillers that count as letters or symbols

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) +(?=[{_HAN}])")
_EDGE = re.compile("(?<![a-z0-9])(?=[a-z0-9])|(?<=[a-z0-9])(?![a-z0-9])")
_APART = "[ –—-]{0,2}"  # between the usual groups of a number; every digit by itself is a row in a lesson
_CARD = re.compile(rf"(?<![0-9])[0-9]{{6}}{_APART}[0-9]{{8}}{_APART}[0-9]{{3}}[0-9x](?![0-9x])")
_MOBILE = re.compile(rf"(?<![0-9])(?:(?:\+|00)?86{_APART})?1[3-9][0-9]{_APART}[0-9]{{4}}{_APART}[0-9]{{4}}(?![0-9])")
_LANDLINE = re.compile(rf"(?<![0-9])0(?:10|2[0-9]|[3-9][0-9]{{2}}){_APART}[2-9][0-9]{{2,3}}{_APART}[0-9]{{4}}(?![0-9])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS = "10x98765432"


@dataclass(frozen=True, slots=True)
class Look:
    """A text as others may see it, how many numbers were masked in it, and whether a listed word stands there."""

    text: str
    masked: int
    listed: bool


class Words:
    """A list of words; the empty one holds nothing back."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        """A word a line; empty lines are passed over.

        Raises:
            ValueError: there are too many, or one is too long or has nothing in it that is seen; which, and not what.
        """
        listed: list[str] = []
        for number, line in enumerate(lines, 1):
            word = line.strip()
            seen = _as_seen(folded(word)[0])
            if word and not (seen and len(word) <= WORD_CHARS):
                raise ValueError(f"line {number}: a word has 1 to {WORD_CHARS} characters")
            listed += [seen] if seen else []
        if len(listed) > WORDS_MAX:
            raise ValueError(f"there are more than {WORDS_MAX:,} words")
        self._finder = AhoCorasick(listed, matchkind=MatchKind.Standard)

    def look(self, text: str) -> Look:
        plain, places = folded(text)
        spans = sorted((places[begin], places[end - 1] + 1) for begin, end in _numbers(plain))
        shown = text
        for begin, end in spans:
            shown = shown[:begin] + "*" * (end - begin) + shown[end:]
        listed = bool(self._finder.find_matches_as_indexes(_as_seen(plain)))
        return Look(shown, len(spans), listed)


def folded(text: str) -> tuple[str, list[int]]:
    """What a reader sees, without width, case and marks; and for each of its characters its place in `text`."""
    seen = [(one, place) for place, char in enumerate(text) for one in _folded(char)]
    return "".join(one for one, _ in seen), [place for _, place in seen]


@lru_cache(8_192)
def _folded(char: str) -> str:
    if char.isspace():
        return " "
    plain = normalize("NFD", normalize("NFKC", char).casefold())
    if len(plain) > LETTERS_MAX:
        return char
    kept = "".join(one for one in plain if category(one) not in UNSEEN and one not in BLANK)
    return "".join(str(decimal(one)) if category(one) == "Nd" else one for one in normalize("NFC", kept))


def _as_seen(plain: str) -> str:
    """Without the spaces between Chinese characters, and with a mark wherever a Latin word begins or ends."""
    return _EDGE.sub("\0", _BETWEEN_HAN.sub("", plain))


def _numbers(plain: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand, and numbers of identity cards whose check digit is right."""
    for pattern in (_CARD, _MOBILE, _LANDLINE):
        for found in pattern.finditer(plain):
            if pattern is _CARD and not _is_card(found[0]):
                continue
            begin, end = found.span()
            plain = plain[:begin] + "*" * (end - begin) + plain[end:]
            yield begin, end


def _is_card(written: str) -> bool:
    digits = re.sub("[^0-9x]", "", written)
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return _CHECKS[total % 11] == digits[17]
