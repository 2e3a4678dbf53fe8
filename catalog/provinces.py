"""The 31 provinces of the mainland: a list that has not changed since 1997, so no page asks the database for it."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.bilingual import Bilingual, is_chinese


@dataclass(frozen=True)
class Province:
    """A province by the first two digits of its GB/T 2260 code."""

    prefix: str
    name_zh: str
    name_en: str
    short_zh: str

    name = Bilingual("name")

    @property
    def short(self) -> str:
        """How a place is written beside its county: 湖北, Hubei."""
        return self.short_zh if is_chinese() else self.name_en


_NAMES = """
11 北京市 Beijing 北京
12 天津市 Tianjin 天津
13 河北省 Hebei 河北
14 山西省 Shanxi 山西
15 内蒙古自治区 Inner_Mongolia 内蒙古
21 辽宁省 Liaoning 辽宁
22 吉林省 Jilin 吉林
23 黑龙江省 Heilongjiang 黑龙江
31 上海市 Shanghai 上海
32 江苏省 Jiangsu 江苏
33 浙江省 Zhejiang 浙江
34 安徽省 Anhui 安徽
35 福建省 Fujian 福建
36 江西省 Jiangxi 江西
37 山东省 Shandong 山东
41 河南省 Henan 河南
42 湖北省 Hubei 湖北
43 湖南省 Hunan 湖南
44 广东省 Guangdong 广东
45 广西壮族自治区 Guangxi 广西
46 海南省 Hainan 海南
50 重庆市 Chongqing 重庆
51 四川省 Sichuan 四川
52 贵州省 Guizhou 贵州
53 云南省 Yunnan 云南
54 西藏自治区 Tibet 西藏
61 陕西省 Shaanxi 陕西
62 甘肃省 Gansu 甘肃
63 青海省 Qinghai 青海
64 宁夏回族自治区 Ningxia 宁夏
65 新疆维吾尔自治区 Xinjiang 新疆
"""

#: By the first two digits of the code.
PROVINCES: dict[str, Province] = {
    prefix: Province(prefix, zh, en.replace("_", " "), short)
    for prefix, zh, en, short in (line.split() for line in _NAMES.strip().splitlines())
}


def province_of(code: str) -> Province:
    """Return the province of a GB/T 2260 code; a nameless one for codes outside the mainland's."""
    return PROVINCES.get(code[:2], Province(code[:2], "", "", ""))
