"""Loading the fixture: complete, idempotent, correcting."""

import pytest

from catalog.models import Grade, HarvestWindow, Produce, Region
from catalog.services.produce_load import produce_load
from catalog.services.products import UnableToCreateProduct, product_create
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_loading_twice_gives_the_same_rows() -> None:
    first = produce_load(at=NOW)
    before = list(Produce.objects.order_by("slug").values())

    second = produce_load(at=NOW)

    assert first == second
    assert (first.num_produce, Produce.objects.count()) == (120, 120)
    assert Region.objects.count() == first.num_regions
    assert Grade.objects.count() == first.num_grades
    assert HarvestWindow.objects.count() == 120 + 10  # ten have a second window in produce_facts.csv
    assert list(Produce.objects.order_by("slug").values()) == before


def test_a_produce_is_loaded_with_its_facts() -> None:
    produce_load(at=NOW)

    orange = Produce.objects.select_related("region__parent__parent").get(slug="zigui-navel-orange")
    assert (orange.name_zh, orange.name_en, orange.pinyin) == ("秭归脐橙", "Zigui navel orange", "zigui qicheng")
    assert (orange.farmgate_low_fen_per_kg, orange.farmgate_high_fen_per_kg) == (400, 900)
    assert (orange.storage_temp_min_c, orange.storage_temp_max_c) == (5, 8)
    assert (orange.gi_mark, orange.gi_basis, orange.confidence) == ("PGI 2006", "own knowledge", "high")
    assert [str(window) for window in orange.harvest_windows.order_by("ordinal")] == ["11-05/01-31", "03-01/06-10"]
    assert orange.region.parent.parent.name_en == "Hubei"
    assert (float(orange.region.lat), orange.region.year_removed) == (30.83, 2018)
    assert [grade.standard for grade in orange.grades.all()] == ["GB/T 21488-2008"] * 3


def test_a_produce_knows_what_its_season_is_counted_from() -> None:
    produce_load(at=NOW)

    apple = Produce.objects.get(slug="jingning-apple")
    potato = Produce.objects.get(slug="dingxi-potato")
    assert (apple.counts_from, apple.bloom_days_low, apple.bloom_days_high) == ("bloom", 170, 180)
    assert (potato.counts_from, potato.gdd_base_c, potato.gdd_to_harvest) == ("planting", 2, 1276)
    assert (apple.timing_source, potato.timing_source) == (
        "Fuji 170-180 days, fact file",
        "AquaCrop default, uncalibrated",
    )
    # A base without a sum, and orchards of two kinds of apple, say nothing of dates.
    assert {row.slug for row in Produce.objects.all() if row.counts_from} == {
        "dingxi-potato",
        "huaniu-apple",
        "jingning-apple",
        "weining-potato",
        "zhuanglang-apple",
    }


def test_what_was_edited_away_from_the_file_is_brought_back_and_a_stale_window_goes() -> None:
    produce_load(at=NOW)
    plum = Produce.objects.get(slug="wushan-crisp-plum")
    plum.harvest_windows.create(ordinal=2, start_month=9, start_day=1, end_month=9, end_day=10)
    Produce.objects.filter(pk=plum.pk).update(name_en="wrong")

    produce_load(at=NOW)

    plum.refresh_from_db()
    assert plum.name_en == "Wushan crisp plum"
    assert [str(window) for window in plum.harvest_windows.all()] == ["06-20/08-05"]


def test_medicine_and_protected_plants_are_loaded_but_never_made_products() -> None:
    produce_load(at=NOW)

    refused = [produce.slug for produce in Produce.objects.order_by("slug") if not produce.may_be_offered]
    assert refused == [
        "chishui-dendrobium",
        "lixian-rhubarb",
        "minxian-angelica",
        "wenshan-sanqi",
        "xihe-pinellia",
    ]
    with pytest.raises(UnableToCreateProduct):
        product_create(
            produce=Produce.objects.get(slug="xihe-pinellia"),
            grade=None,
            net_weight_g=500,
            title_zh="西和半夏",
            title_en="Xihe pinellia",
            spec_zh="",
            spec_en="",
            slug="xihe-pinellia-500",
            at=NOW,
        )
