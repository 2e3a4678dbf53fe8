"""A pasted line becomes name, phone, divisions and the rest; what it does not say stays empty."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from marketplace.checkout.address_text import Division, ReadAddress, address_read, division_words

REGISTER = [
    Division("110000", "北京市", ""),
    Division("110100", "北京市", "110000"),
    Division("110105", "朝阳区", "110100"),
    Division("220000", "吉林省", ""),
    Division("220100", "长春市", "220000"),
    Division("220104", "朝阳区", "220100"),
    Division("220200", "吉林市", "220000"),
    Division("220202", "昌邑区", "220200"),
    Division("330000", "浙江省", ""),
    Division("330100", "杭州市", "330000"),
    Division("330106", "西湖区", "330100"),
    Division("420000", "湖北省", ""),
    Division("429000", "直辖县级", "420000"),
    Division("429021", "神农架林区", "429000"),
    Division("460000", "海南省", ""),
    Division("469000", "直辖县级", "460000"),
    Division("469030", "琼中黎族苗族自治县", "469000"),
    Division("500000", "重庆市", ""),
    Division("500200", "重庆市所辖县", "500000"),
    Division("500236", "奉节县", "500200"),
    Division("620000", "甘肃省", ""),
    Division("620800", "平凉市", "620000"),
    Division("620826", "静宁县", "620800"),
    Division("650000", "新疆维吾尔自治区", ""),
    Division("653100", "喀什地区", "650000"),
    Division("653122", "疏勒县", "653100"),
]
HANGZHOU = {"province": "330000", "city": "330100", "district": "330106"}


@dataclass(frozen=True)
class Case:
    case: str
    text: str
    read: ReadAddress


CASES = [
    Case(
        "name, phone, address",
        "张三 13812345678 浙江省杭州市西湖区文三路100号3幢201室",
        ReadAddress("张三", "13812345678", **HANGZHOU, detail="文三路100号3幢201室"),
    ),
    Case(
        "address first, phone in groups",
        "浙江省杭州市西湖区文三路100号，张三，138 1234 5678",
        ReadAddress("张三", "13812345678", **HANGZHOU, detail="文三路100号"),
    ),
    Case(
        "everything glued together",
        "张三13812345678浙江杭州西湖区北山街道曙光路1号",
        ReadAddress("张三", "13812345678", **HANGZHOU, town="北山街道", detail="曙光路1号"),
    ),
    Case(
        "the form of another shop, a long name",
        "收货人：买买提·艾力\n手机号码：+86 139-1234-5678\n"
        "所在地区：新疆维吾尔自治区 喀什地区 疏勒县\n详细地址：巴仁乡5村",
        ReadAddress("买买提·艾力", "13912345678", "650000", "653100", "653122", "巴仁乡", "5村"),
    ),
    Case(
        "short names all the way",
        "李四，甘肃平凉静宁城川镇吴家村",
        ReadAddress("李四", "", "620000", "620800", "620826", "城川镇", "吴家村"),
    ),
    Case(
        "a province and its city of one name",
        "吉林市昌邑区解放大路1号",
        ReadAddress("", "", "220000", "220200", "220202", "", "解放大路1号"),
    ),
    Case(
        "a county of a municipality, which people write twice",
        "重庆市重庆市奉节县永安街道诗城路8号 王五",
        ReadAddress("王五", "", "500000", "500200", "500236", "永安街道", "诗城路8号"),
    ),
    Case(
        "a county straight under its province",
        "湖北省神农架林区松柏镇1号",
        ReadAddress("", "", "420000", "429000", "429021", "松柏镇", "1号"),
    ),
    Case(
        "the words of an official form between",
        "海南省直辖县级行政单位琼中黎族苗族自治县营根镇海榆路2号",
        ReadAddress("", "", "460000", "469000", "469030", "营根镇", "海榆路2号"),
    ),
    Case(
        "full-width digits, a receiver's mark, a district of a name used twice",
        "北京市市辖区朝阳区建国路88号 欧阳娜娜（收） １３８１２３４５６７８",
        ReadAddress("欧阳娜娜", "13812345678", "110000", "110100", "110105", "", "建国路88号"),
    ),
    Case(
        "a name in Latin letters, a landline",
        "Li Na 0571-88887777 浙江省杭州市西湖区文三路1号",
        ReadAddress("Li Na", "0571-88887777", **HANGZHOU, detail="文三路1号"),
    ),
    Case(
        "a virtual number with its extension",
        "17012345678-1234",
        ReadAddress(phone="17012345678-1234"),
    ),
    Case(
        "a street named after an old town is no town",
        "浙江省杭州市西湖区古镇大道12号",
        ReadAddress(**HANGZHOU, detail="古镇大道12号"),
    ),
    Case(
        "a district that two cities have, without either",
        "朝阳区建国路88号",
        ReadAddress(detail="朝阳区建国路88号"),
    ),
    Case(
        "a city without its county",
        "浙江省杭州市文三路1号",
        ReadAddress("", "", "330000", "330100", detail="文三路1号"),
    ),
    Case(
        "a person who is called like a street",
        "李小路 13812345678 浙江省杭州市西湖区文三路 1 号",
        ReadAddress("李小路", "13812345678", **HANGZHOU, detail="文三路1号"),
    ),
    Case("nothing", " \x00\n", ReadAddress()),
]


@pytest.mark.parametrize("example", CASES, ids=lambda example: example.case)
def test_a_pasted_address_is_taken_apart(example: Case) -> None:
    assert address_read(example.text, REGISTER) == example.read


def test_a_pasted_book_is_cut_before_it_is_read() -> None:
    read = address_read("浙江省杭州市西湖区" + "文" * 100_000, REGISTER)

    assert read.district == "330106"
    assert len(read.detail) < 400


def test_divisions_that_stand_for_no_place_are_not_written() -> None:
    assert division_words(["湖北省", "直辖县级", "神农架林区"]) == ["湖北省", "神农架林区"]
    assert division_words(["重庆市", "重庆市所辖县", "奉节县"]) == ["重庆市", "奉节县"]
    assert division_words(["北京市", "北京市", "朝阳区"]) == ["北京市", "朝阳区"]
    assert division_words(["Hubei", "Directly administered", "Shennongjia"]) == ["Hubei", "Shennongjia"]
    assert division_words(["Chongqing", "Chongqing counties", "Fengjie"]) == ["Chongqing", "Fengjie"]
