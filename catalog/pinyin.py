"""
Chinese characters to toneless pinyin, from a table of 22 kB: no dictionary is loaded in any process.

`data/pinyin.txt` gives each character of GB 2312 its commonest reading (made with pypinyin); `PHRASES` corrects the
names and words that are read otherwise.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

#: Words whose reading no table of single characters gives.
PHRASES = {
    "宕昌": "tan chang",
    "荥经": "ying jing",
    "重庆": "chong qing",
    "六安": "lu an",
    "吴堡": "wu bu",
    "长子县": "zhang zi xian",
    "单县": "shan xian",
    "蔚县": "yu xian",
    "浚县": "xun xian",
    "涡阳": "guo yang",
    "泌阳": "bi yang",
    "铅山": "yan shan",
    "番禺": "pan yu",
    "乐亭": "lao ting",
    "乐陵": "lao ling",
    "乐清": "yue qing",
    "漯河": "luo he",
    "厦门": "xia men",
    "东阿": "dong e",
    "参花": "shen hua",
    "枞阳": "zong yang",
    "歙县": "she xian",
    "犍为": "qian wei",
    "盱眙": "xu yi",
    "朝鲜": "chao xian",
    "红寺堡": "hong si bu",
    "大埔": "da bu",
    "尉犁": "yu li",
    "伽师": "jia shi",
}
_LONGEST = max(map(len, PHRASES))


@lru_cache(maxsize=1)
def _readings() -> dict[str, str]:
    table = {}
    for line in (Path(__file__).parent / "data" / "pinyin.txt").read_text("utf-8").splitlines():
        syllable, characters = line.split(" ")
        table.update(dict.fromkeys(characters, syllable))
    return table


def syllables(text: str) -> list[str]:
    """Return the toneless syllables of the Chinese characters in a text; anything else is passed over."""
    readings = _readings()
    found: list[str] = []
    index = 0
    while index < len(text):
        for length in range(min(_LONGEST, len(text) - index), 1, -1):
            phrase = PHRASES.get(text[index : index + length])
            if phrase:
                found += phrase.split()
                index += length
                break
        else:
            if text[index] in readings:
                found.append(readings[text[index]])
            index += 1
    return found
