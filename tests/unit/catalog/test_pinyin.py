"""Characters to pinyin from the table, and the names no table knows."""

import pytest

from catalog.pinyin import syllables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("秭归脐橙", "zi gui qi cheng"),
        ("宕昌", "tan chang"),  # 宕 alone is dang
        ("荥经县", "ying jing xian"),  # 荥 alone is xing
        ("重庆重阳", "chong qing zhong yang"),
        ("六安瓜片", "lu an gua pian"),
        ("5斤 装abc", "jin zhuang"),
        ("", ""),
    ],
)
def test_a_text_is_read_by_its_syllables(text: str, expected: str) -> None:
    assert " ".join(syllables(text)) == expected
