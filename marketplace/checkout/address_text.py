"""
Chinese addresses as text: reading a pasted "name phone address" line, and writing an address down.

Pure: the register of divisions is handed in. What is not understood is left for the buyer to fill in, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

#: More is not an address.
MAX_CHARS = 400

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(-\d{1,4})?(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[- ]?(\d{7,8})(?!\d)")
_LABELS = re.compile(
    r"(?:收货人|收件人|联系人|姓名|名字|手机号码|手机号|联系电话|电话号码|手机|电话|所在地区|地区|详细地址|收货地址|地址)"
    r"\s*[:：]"
)
_BREAKS = re.compile(r"[\s,，;；、|/。]+")
_HAN_NAME = re.compile(r"^[\u4e00-\u9fff]{2,6}$|^(?=.{3,15}$)[\u4e00-\u9fff]+(?:[·•][\u4e00-\u9fff]+)+$")
_LATIN_NAME = re.compile(r"^[A-Za-z][A-Za-z'.\-]*(?: [A-Za-z'.\-]+){0,3}$")
_OF_A_PLACE = re.compile(
    r"(?:[省市区县旗州乡镇村组路街道巷弄号室栋幢楼层座]|单元|小区|花园|大厦|公寓|广场|学校|公司|医院)$"
)
_NOMINAL = re.compile(r"^(?:.{0,8}直辖县级.{0,6}|.{2,4}市所辖县|市辖区|县|Directly administered|.+ counties)$")
_NOMINAL_AHEAD = re.compile(r"(?:市辖区|(?:省|自治区)?直辖县级(?:行政区划|行政单位)?|县(?=[\u4e00-\u9fff]{2,}县))")
_TOWN = re.compile(r"^([\u4e00-\u9fff]{1,10}?(?:街道(?:办事处)?|镇|乡|苏木))(?![东南西北中]?[大小]?[路街巷道口])")
_PEOPLES = re.compile(r"^(.{2,}?)(?:[\u4e00-\u9fff]{1,4}族)+$")
_SHORT_PROVINCE = re.compile(r"(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区)$")
_SHORT = re.compile(r"(?:自治州|自治县|自治旗|地区|林区|矿区|特区|[市区县盟旗州])$")


@dataclass(frozen=True)
class Division:
    """An administrative division: six-digit code, Chinese name, the code above it (empty for a province)."""

    code: str
    name: str
    parent: str


@dataclass(frozen=True)
class ReadAddress:
    """What a pasted text says; every part may be empty. Province, city and district are codes."""

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    detail: str = ""


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    province: str
    city: str
    district: str
    said: int  # how many of the three the text names

    @property
    def worth(self) -> tuple[bool, int, int, int]:
        return bool(self.district), self.said, self.end - self.start, -self.start


def address_read(text: str, divisions: Iterable[Division]) -> ReadAddress:
    """Take a pasted text apart into name, phone, divisions, town and the rest."""
    plain = "".join(
        character if unicodedata.category(character) != "Cc" else " "
        for character in unicodedata.normalize("NFKC", text[:MAX_CHARS])
    )
    plain = _LABELS.sub("\n", plain)
    phone, plain = _take_phone(plain)
    # the spaces inside a name in Latin letters are part of it
    glued = re.sub(r"(?<=[A-Za-z.]) (?=[A-Za-z])", "_", plain)
    tokens = [token for token in _BREAKS.split(glued) if token]
    found = _find("".join(tokens), divisions)
    name, rest = _take_name(tokens, found)
    town = _TOWN.match(rest) if found else None
    return ReadAddress(
        name=name,
        phone=phone,
        province=found.province if found else "",
        city=found.city if found else "",
        district=found.district if found else "",
        town=town.group(1) if town else "",
        detail=(rest[town.end() :] if town else rest).replace("_", " ").strip(),
    )


def _take_phone(text: str) -> tuple[str, str]:
    mobile = _MOBILE.search(text)
    if mobile:
        phone = re.sub(r"[- ]", "", mobile.group(1)) + (mobile.group(2) or "")
        return phone, f"{text[: mobile.start()]}\n{text[mobile.end() :]}"
    landline = _LANDLINE.search(text)
    if landline:
        return f"{landline.group(1)}-{landline.group(2)}", f"{text[: landline.start()]}\n{text[landline.end() :]}"
    return "", text


def _is_name(token: str, *, strict: bool = True) -> bool:
    if _LATIN_NAME.match(token.replace("_", " ")):
        return True
    return bool(_HAN_NAME.match(token)) and not (strict and _OF_A_PLACE.search(token))


def _take_name(tokens: Sequence[str], found: _Found | None) -> tuple[str, str]:
    """Return the name and what is left of the text after the divisions, or all of it when there are none."""
    before: list[str] = []
    after: list[str] = []
    position = 0
    for token in tokens:
        start, end = position, position + len(token)
        position = end
        if found is None:
            after.append(token)
            continue
        if start < found.start:
            before.append(token[: found.start - start])
        if end > found.end:
            after.append(token[max(0, found.end - start) :])
    name = ""
    # 李小路 is a person and 文三路 is not: what ends like a place is a name only before one, and when nothing else is
    for part, strict in ((before, True), (after[::-1] if found else after, True), (before, False)):
        candidate = next((token for token in part if _is_name(_without_title(token), strict=strict)), "")
        if candidate:
            name = _without_title(candidate).replace("_", " ")
            (before if part is before else after).remove(candidate)
            break
    return name, "".join([*before, *after])


def _without_title(token: str) -> str:
    return re.sub(r"[（(]?收[)）]?$", "", token) or token


class _Register:
    """The divisions by the first two characters of each way to write them."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self.by_code = {division.code: division for division in divisions}
        self._starts: dict[tuple[str, str], list[tuple[str, Division]]] = defaultdict(list)
        for division in self.by_code.values():
            level = self.level(division)
            for word in _words(division, level):
                self._starts[level, word[:2]].append((word, division))

    def level(self, division: Division) -> str:
        if not division.parent:
            return "province"
        return "city" if not self.by_code[division.parent].parent else "district"

    def at(self, text: str, position: int, level: str) -> Iterator[tuple[int, Division, bool]]:
        """Yield where a name ends, whose it is, and whether it is written in full."""
        for word, division in self._starts.get((level, text[position : position + 2]), ()):
            if text.startswith(word, position):
                yield position + len(word), division, word == division.name


def _words(division: Division, level: str) -> set[str]:
    if _NOMINAL.match(division.name):
        return set()
    short = (_SHORT_PROVINCE if level == "province" else _SHORT).sub("", division.name)
    peoples = _PEOPLES.match(short)
    words = {division.name, short, peoples.group(1) if peoples else short}
    return {word for word in words if len(word) >= 2}


def _find(text: str, divisions: Iterable[Division]) -> _Found | None:
    register = _Register(divisions)
    best: _Found | None = None
    for start in range(len(text)):
        for found in _from(text, start, register):
            if best is None or found.worth > best.worth:
                best = found
    return best


def _skip(text: str, position: int) -> int:
    nominal = _NOMINAL_AHEAD.match(text, position)
    return nominal.end() if nominal else position


def _from(text: str, start: int, register: _Register) -> Iterator[_Found]:
    """Yield every way to read divisions from here: each level may be left out, a lone county must be known by it."""
    provinces: list[tuple[int, Division | None]] = [(start, None)]
    for end, division, _full in register.at(text, start, "province"):
        provinces.append((_skip(text, end), division))
        if text.startswith(division.name, end):  # 重庆市重庆市奉节县: a municipality's county names it twice
            provinces.append((end + len(division.name), division))
    for after_province, province in provinces:
        cities: list[tuple[int, Division | None]] = [(after_province, None)]
        for end, division, full in register.at(text, after_province, "city"):
            if division.parent == province.code if province else full or end - after_province > 2:
                cities.append((_skip(text, end), division))
        for after_city, city in cities:
            said = (province is not None) + (city is not None)
            if city is not None:
                yield _Found(start, after_city, city.parent, city.code, "", said)
            elif province is not None:
                yield _Found(start, after_city, province.code, "", "", said)
            yield from _districts(text, start, after_city, province, city, register)


def _districts(
    text: str, start: int, position: int, province: Division | None, city: Division | None, register: _Register
) -> Iterator[_Found]:
    said = (province is not None) + (city is not None)
    candidates = []
    for end, district, full in register.at(text, position, "district"):
        its_city = register.by_code[district.parent]
        if city is not None and district.parent != city.code:
            continue
        if province is not None and its_city.parent != province.code:
            continue
        if said == 0 and not full:
            continue
        candidates.append((end, full, district, its_city))
    if said == 0 and len({district.code for _end, _full, district, _city in candidates}) > 1:
        return  # 朝阳区 is in Beijing and in Changchun: alone it says neither
    for end, full, district, its_city in candidates:
        yield _Found(start, end, its_city.parent, its_city.code, district.code, said + 1 + full)


def division_words(names: Sequence[str]) -> list[str]:
    """Return province, city and county as people write them: no name twice, none that stands for no place."""
    words: list[str] = []
    for name in names:
        if name and name not in words and not _NOMINAL.match(name):
            words.append(name)
    return words
