"""What is held back and what is masked, whatever it is disguised as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.core.words import WORD_CHARS, WORDS_MAX, Look, Words, folded

WORDS = Words(["坏话", "Arsch", "", "  加微信 ", "v我50", "３７"])
CARD = "11010519491231002X"  # the example of GB 11643-1999


@pytest.mark.rule("WORD-1", "WORD-2")
@pytest.mark.parametrize(
    "text",
    [
        "坏话",
        "你说坏话了",
        "坏 话",
        "坏\u3000\n话",
        "坏\u200b话",
        "坏\ufe0f话\u20dd",
        "坏\u2060\u034f\u00ad话",
        "坏\u3164话",
        "坏\U000e0041话",
        "ARSCH",
        "ａｒｓｃｈ!",
        "𝐀𝐫𝐬𝐜𝐡",
        "Ärsch",
        "a\u0301r\u0336s\u0336c\u0336h",
        "ein arsch.",
        "是arsch吗",
        "加微信聊",
        "加 微 信",
        "Ｖ我５０",
        "v我٥٠",
        "37",
    ],
)
def test_a_listed_word_is_found_in_every_disguise(text: str) -> None:
    assert WORDS.look(text).listed


@pytest.mark.rule("WORD-2")
@pytest.mark.parametrize(
    "text", ["坏的话", "坏。话", "marsch", "Arschlo", "微信加", "a r s c h", "137", "3.7", "v我500", "你好", "", "  "]
)
def test_what_only_looks_like_one_is_not(text: str) -> None:
    assert not WORDS.look(text).listed


@pytest.mark.rule("WORD-4")
@pytest.mark.parametrize(
    ("text", "shown", "masked"),
    [
        ("打我电话 13812345678 吧", "打我电话 *********** 吧", 1),
        ("13812345678", "***********", 1),
        ("138 1234-5678", "*************", 1),
        ("１３８１２３４５６７８", "***********", 1),
        ("1\u200b3812345678", "************", 1),
        ("①③⑧①②③④⑤⑥⑦⑧", "***********", 1),
        ("١٣٨١٢٣٤٥٦٧٨", "***********", 1),
        ("+86 138-1234-5678 或 0086-13912345678", "***************** 或 ****************", 2),
        ("010-62345678", "************", 1),
        ("075586541234.", "************.", 1),
        (f"身份证{CARD}。", "身份证******************。", 1),
        (CARD.lower(), "*" * 18, 1),
        ("110105 19491231 002Ｘ", "*" * 20, 1),
        ("11010519491231002X 13812345678", "****************** ***********", 2),
    ],
)
def test_numbers_of_telephones_and_identity_cards_are_masked(text: str, shown: str, masked: int) -> None:
    assert WORDS.look(text) == Look(shown, masked, listed=False)


@pytest.mark.rule("WORD-4")
@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # the check digit is wrong
        "3.14159265358979",
        "138123456789",
        "12812345678",
        "1 3 5 7 9 11 13 15 17 19 21",
        "1 3 8 1 2 3 4 5 6 7 8",
        "(3, 4), (13, 17), (138, 12345678)",
        "10 × 62345678",
        "2026-11-26 18:00",
        "x = 13812",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert WORDS.look(text) == Look(text, 0, listed=False)


@pytest.mark.rule("WORD-4")
@given(st.text(st.sampled_from("0123456789xX ﷺ⑪１-加微信a\u200b\u0301"), max_size=80))
def test_whatever_is_written_is_no_longer_afterwards_and_nothing_is_left_to_mask(text: str) -> None:
    look = WORDS.look(text)
    assert len(look.text) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, look.text, strict=True))
    assert WORDS.look(look.text).masked == 0
    plain, places = folded(text)
    assert len(plain) == len(places)
    assert places == sorted(places)


@pytest.mark.rule("WORD-2")
def test_a_word_is_held_back_as_a_whole_in_any_writing() -> None:
    words = Words(["가", "foo bar", "x" * 100, "坏"])
    assert [words.look(text).listed for text in ("가", "각", "foo bar!", "foo bars", "x" * 100, "x" * 101)] == [
        *(True, False, True, False, True, False)
    ]


@pytest.mark.rule("WORD-6")
@pytest.mark.parametrize("line", ["\u200b", "词" * (WORD_CHARS + 1)])
def test_a_word_that_cannot_be_found_is_refused_by_its_line_and_not_repeated(line: str) -> None:
    with pytest.raises(ValueError, match=r"^line 3: a word has 1 to 100 characters$"):
        Words(["好", "", line])


@pytest.mark.rule("WORD-6")
def test_there_are_only_so_many_words() -> None:
    with pytest.raises(ValueError, match="more than 100,000 words"):
        Words(f"词{number}" for number in range(WORDS_MAX + 1))


def test_without_a_list_nothing_is_held_back() -> None:
    assert Words().look("坏话 13812345678") == Look("坏话 ***********", 1, listed=False)
