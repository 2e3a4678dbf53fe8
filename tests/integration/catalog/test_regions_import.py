"""Importing a register: all or nothing, again without change, by command and by service."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Region
from catalog.services.regions_import import regions_import
from tests.factories import RegionFactory

pytestmark = pytest.mark.django_db

HEADER = "province,prefecture,county,county_now,name_pinyin,adcode,year_removed,lat,lon\n"
ZIGUI = "湖北省,宜昌市,秭归县,秭归县,Zigui,420527,2018,30.83,110.98\n"
MILIN = "西藏自治区,林芝市,米林县,米林市 (2023),Milin,540422,2016,29.21,94.21\n"
NO_CODE = "青海省,西宁市,冷湖行委,,Lenghu,,2019,38.74,93.33\n"


def test_new_counties_are_made_under_their_province_and_known_ones_filled() -> None:
    RegionFactory(code="420527", name_en="", lat=None, lon=None, year_removed=None)

    done = regions_import(content=(HEADER + ZIGUI + MILIN).encode("gb18030"), edition="MCA 2020")

    assert (done.encoding, done.num_created, done.num_changed, done.was_written) == ("gb18030", 1, 1, True)
    zigui, milin = Region.objects.get(code="420527"), Region.objects.get(code="540422")
    assert (zigui.name_en, float(zigui.lat), zigui.year_removed) == ("Zigui", 30.83, 2018)
    assert (milin.name_zh, milin.edition) == ("米林市", "MCA 2020")  # the note in brackets is no name


def test_the_same_file_again_changes_nothing() -> None:
    content = (HEADER + ZIGUI + MILIN).encode()
    regions_import(content=content, edition="A")
    before = list(Region.objects.order_by("code").values())

    again = regions_import(content=content, edition="B")

    assert (again.num_created, again.num_changed) == (0, 0)
    assert list(Region.objects.order_by("code").values()) == before


def test_one_bad_row_writes_nothing_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text(HEADER + ZIGUI + NO_CODE, "utf-8")
    errors = StringIO()

    with pytest.raises(CommandError, match="nothing was written"):
        call_command("import_regions", file, stderr=errors)

    assert f"{file}:3:" in errors.getvalue()
    assert not Region.objects.filter(code="420527").exists()


def test_bad_rows_can_be_left_out_on_request(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text(HEADER + ZIGUI + NO_CODE, "utf-8")
    out = StringIO()

    call_command("import_regions", file, "--skip-bad-rows", stdout=out, stderr=StringIO())

    assert "1 new" in out.getvalue()
    assert Region.objects.get(code="420527").name_zh == "秭归县"


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_regions", tmp_path / "nothing.csv")
