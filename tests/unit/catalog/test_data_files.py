"""The fixture itself: whole, typed, consistent."""

import re
from collections import Counter

from catalog.data_files import county_rows, division_rows, grade_rows, month_and_days, produce_rows
from catalog.models import Produce
from catalog.provinces import PROVINCES
from catalog.search_words import plain


def test_every_produce_is_whole_and_typed() -> None:
    rows = produce_rows()
    grade_sets = {grade.grade_set for grade in grade_rows()}
    divisions = {row.code: row for row in division_rows()}

    assert len(rows) == len({row["slug"] for row in rows}) == 120
    for row in rows:
        assert row["category"] in Produce.Category.values, row["slug"]
        assert row["product_form"] in {"fresh", "chilled", "frozen", "dried", "processed"}, row["slug"]
        assert row["confidence"] in {"high", "medium"}
        assert row["grade_set"] in grade_sets
        assert divisions[row["county_code"]].level == "COUNTY"
        assert re.search("[\u4e00-\u9fff]", row["name_zh"])
        assert row["name_en"].isascii()
        assert re.fullmatch(r"[a-z]+ [a-z]+", row["pinyin"]), row["pinyin"]
        assert month_and_days(row["harvest_1"]) is not None
        for flag in filter(None, row["compliance_flags"].split(";")):
            assert flag in {"CERT", "PREPACK", "FOODHERB", "TCM", "QUARANTINE", "WILD2"}


def test_chinese_notes_use_chinese_punctuation() -> None:
    for row in produce_rows():
        assert not re.search(r"[\u4e00-\u9fff][,;:()]|[,;:()][\u4e00-\u9fff]", row["notes_zh"]), row["notes_zh"]


def test_the_places_of_the_produce_are_114_counties_of_22_provinces() -> None:
    codes = {row["county_code"] for row in produce_rows()}

    assert len(codes) == 114  # as DATA.md says
    assert len({code[:2] for code in codes}) == 22
    assert {row.code for row in county_rows()} == codes


def test_divisions_form_one_tree_of_three_levels() -> None:
    rows = division_rows()
    seen: dict[str, str] = {}
    for row in rows:
        assert row.code not in seen
        if row.level == "PROVINCE":
            assert row.parent == ""
        else:
            assert {"PREFECTURE": "PROVINCE", "COUNTY": "PREFECTURE"}[row.level] == seen[row.parent]
        seen[row.code] = row.level

    assert Counter(row.level for row in rows)["PROVINCE"] == len(PROVINCES) == 31
    assert {row.code for row in rows if row.level == "PREFECTURE"} <= {row.parent for row in rows}


def test_siblings_can_be_told_apart_in_english() -> None:
    names = Counter((row.parent, row.name_en) for row in division_rows() if row.level == "COUNTY")

    assert [name for name, number in names.items() if number > 1] == []


def test_county_names_that_pinyin_gets_wrong_are_right() -> None:
    names = {row.name_zh: row.name_en for row in division_rows()}

    assert names["宕昌县"] == "Tanchang"
    assert names["荥经县"] == "Yingjing"
    assert names["都匀市"] == "Duyun"
    assert plain(names["长阳土家族自治县"]) == "changyang"


def test_grades_are_ranked_from_the_best() -> None:
    by_set: dict[str, list[int]] = {}
    for grade in grade_rows():
        by_set.setdefault(grade.grade_set, []).append(grade.rank)

    for ranks in by_set.values():
        assert ranks == list(range(1, len(ranks) + 1))
        assert len(ranks) >= 2
