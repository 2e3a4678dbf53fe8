"""Reading registers of counties: encodings and bad rows, without a database."""

import pytest
from django.utils.translation import override

from catalog.services.regions_import import MAX_BYTES, UnreadableRegister, read_register

GOOD = "province,county,adcode,lat,lon,year_removed\n湖北省,秭归县,420527,30.83,110.98,2018\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_the_usual_encodings_read_alike(encoding: str) -> None:
    _found, good, bad = read_register(GOOD.encode(encoding))

    assert [(row.code, row.name_zh, row.year_removed) for row in good] == [("420527", "秭归县", 2018)]
    assert bad == []


def test_rare_characters_of_gb18030_survive() -> None:
    rare = GOOD.replace("秭归县", "秭归𬱖县")

    _found, good, _bad = read_register(rare.encode("gb18030"))

    assert good[0].name_zh == "秭归𬱖县"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("湖北省,秭归县,,30.83,110.98,2018", "No division code"),
        ("湖北省,秭归县,42052,30.83,110.98,2018", "six-digit"),
        ("湖北省,秭归县,990527,30.83,110.98,2018", "No province"),
        ("湖北省,宜昌市,420500,30.83,110.98,2018", "province or prefecture"),
        ("湖北省,,420527,30.83,110.98,2018", "Chinese name"),
        ("湖北省,秭归县,420527,130.83,110.98,2018", "no coordinate"),
        ("湖北省,秭归县,420527,north,110.98,2018", "no numbers"),
        ("湖北省,秭归县,420527,30.83,110.98,2118", "no year"),
        ("湖北省,秭归县,420527,30.83,110.98,2018,extra", "More cells"),
        ("湖北省,秭归县,=cmd|x,30.83,110.98,2018", "six-digit"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_its_reason(row: str, said: str) -> None:
    with override("en"):
        _found, good, bad = read_register((GOOD + row + "\n").encode())

    assert len(good) == 1
    assert [entry.line for entry in bad] == [3]
    assert said in bad[0].reason


def test_a_code_that_comes_twice_names_its_first_line() -> None:
    _found, _good, bad = read_register((GOOD + GOOD.splitlines()[1] + "\n").encode())

    assert [(entry.line, "2" in entry.reason) for entry in bad] == [(3, True)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b"\xff\xff\xff\x80",
        b"adcode,county\n\x00,1\n",
        b"x" * (MAX_BYTES + 1),
    ],
)
def test_what_is_no_register_is_refused_whole(content: bytes) -> None:
    with pytest.raises(UnreadableRegister):
        read_register(content)
