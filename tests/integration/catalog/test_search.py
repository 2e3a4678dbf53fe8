"""Finding products in Chinese, pinyin and English, written well or badly."""

import pytest

from catalog.models import Produce, Product
from catalog.search_words import parse_query
from catalog.selectors.search import Hits, product_hits
from catalog.services.products import product_create
from catalog.services.search_index import product_index
from tests.factories import NOW, ProduceFactory, RegionFactory

pytestmark = pytest.mark.django_db

CAST = [
    # slug, Chinese, English, pinyin, category, county code, county, county in English
    ("zigui-navel-orange", "秭归脐橙", "Zigui navel orange", "zigui qicheng", "fruit", "420527", "秭归县", "Zigui"),
    ("jingning-apple", "静宁苹果", "Jingning apple", "jingning pingguo", "fruit", "620826", "静宁县", "Jingning"),
    ("dingxi-potato", "定西马铃薯", "Dingxi potato", "dingxi malingshu", "tuber", "621102", "安定区", "Anding"),
    ("weining-potato", "威宁洋芋", "Weining potato", "weining yangyu", "tuber", "520526", "威宁县", "Weining"),
    ("sixian-sweet-potato", "泗县山芋", "Sixian sweet potato", "sixian shanyu", "tuber", "341324", "泗县", "Sixian"),
    (
        "zhouzhi-kiwifruit",
        "周至猕猴桃",
        "Zhouzhi kiwifruit",
        "zhouzhi mihoutao",
        "fruit",
        "610124",
        "周至县",
        "Zhouzhi",
    ),
    ("tanchang-honey", "宕昌百花蜜", "Tanchang honey", "tanchang baihuami", "honey", "621223", "宕昌县", "Tanchang"),
]


@pytest.fixture(autouse=True)
def shelf() -> None:
    for slug, zh, en, pinyin, category, code, county, county_en in CAST:
        region = RegionFactory(code=code, name_zh=county, name_en=county_en)
        produce = ProduceFactory(
            slug=slug, name_zh=zh, name_en=en, pinyin=pinyin, category=category, region=region, compliance_flags=""
        )
        product_create(
            produce=produce,
            grade=None,
            net_weight_g=2500,
            title_zh=zh,
            title_en=en,
            spec_zh="一级，5斤装",
            spec_en="Grade 1, 2.5 kg",
            slug=slug,
            at=NOW,
        )


def find(text: str) -> tuple[set[str], str]:
    hits: Hits = product_hits(parse_query(text))
    return set(Product.objects.filter(pk__in=hits.product_ids).values_list("slug", flat=True)), hits.how


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("秭归脐橙", "zigui-navel-orange"),
        ("秭归的橙子", "zigui-navel-orange"),
        ("zigui qicheng", "zigui-navel-orange"),
        ("ziguiqicheng", "zigui-navel-orange"),
        ("zgqc", "zigui-navel-orange"),
        ("qich", "zigui-navel-orange"),
        ("Oranges", "zigui-navel-orange"),
        ("湖北", "zigui-navel-orange"),
        ("hubei navel", "zigui-navel-orange"),
        ("静宁 apple", "jingning-apple"),
        ("ＪＩＮＧＮＩＮＧ", "jingning-apple"),
        ("奇异果", "zhouzhi-kiwifruit"),
        ("tanchang", "tanchang-honey"),
        ("蜂蜜", "tanchang-honey"),
        ("红薯", "sixian-sweet-potato"),
    ],
)
def test_a_product_is_found_as_people_write_it(text: str, slug: str) -> None:
    assert find(text) == ({slug}, "exact")


@pytest.mark.parametrize("text", ["土豆", "马铃薯", "洋芋", "potato"])
def test_names_of_one_thing_find_the_same(text: str) -> None:
    found, how = find(text)

    assert how == "exact"
    assert {"dingxi-potato", "weining-potato"} <= found


@pytest.mark.parametrize(("text", "how"), [("弥猴桃", "loose"), ("kiwifriut", "alike"), ("mihuotao", "alike")])
def test_a_mistyped_word_finds_the_nearest_and_says_so(text: str, how: str) -> None:
    assert find(text) == ({"zhouzhi-kiwifruit"}, how)


@pytest.mark.parametrize("text", ["", "大黄", "qwertyuiop", "'); DROP TABLE x;--", "a" * 5000, "&|!", "😀😀"])
def test_what_is_not_here_finds_nothing_and_breaks_nothing(text: str) -> None:
    assert find(text) == (set(), "none")


def test_the_name_counts_for_more_than_the_place() -> None:
    region = RegionFactory(code="420528", name_zh="苹果县", name_en="Pingguo")
    produce = ProduceFactory(slug="tea", name_zh="绿茶", name_en="Green tea", pinyin="lv cha", region=region)
    product_create(
        produce=produce,
        grade=None,
        net_weight_g=250,
        title_zh="绿茶",
        title_en="Green tea",
        spec_zh="",
        spec_en="",
        slug="tea",
        at=NOW,
    )

    hits = product_hits(parse_query("苹果"))

    assert [Product.objects.get(pk=pk).slug for pk in hits.product_ids] == ["jingning-apple", "tea"]


def test_a_withdrawn_product_is_not_found() -> None:
    Product.objects.filter(slug="jingning-apple").update(is_public=False)

    assert find("静宁苹果")[0] == set()


def test_a_renamed_produce_is_found_by_its_new_name_after_indexing() -> None:
    produce = Produce.objects.get(slug="jingning-apple")
    produce.aliases_zh = "平凉金果"
    produce.save()

    product_index(product_ids=list(produce.products.values_list("pk", flat=True)), at=NOW)

    assert find("平凉金果") == ({"jingning-apple"}, "exact")
