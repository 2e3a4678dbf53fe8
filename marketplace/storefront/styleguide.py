"""
The style guide at /styleguide/ (development only): every component with sample data, in every state.

The figures, prices, cooperatives and people in it are samples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import pgettext, pgettext_lazy

from marketplace.foundation.clock import shanghai
from marketplace.storefront.cards import ProductCard, TrackingEvent, WindowChoice
from marketplace.storefront.formats import is_zh
from marketplace.storefront.places import Place
from marketplace.storefront.season_strip import HARVEST, STORED, SeasonStrip, SeasonWindow, season_strip

#: The day the pictures of the look were drawn for.
SAMPLE_DAY = date(2026, 11, 24)


@dataclass(frozen=True)
class _Sample:
    """One produce of the sample cards, in both languages."""

    slug: str
    category: str
    county_code: str
    zh: tuple[str, str, str, str]
    en: tuple[str, str, str, str]
    phase: str
    price_fen: int
    net_weight_g: int
    days_to_ship: int
    windows: tuple[SeasonWindow, ...]


_SAMPLES = (
    _Sample(
        "zigui-navel-orange",
        "fruit",
        "420527",
        ("秭归脐橙", "5斤装 70–80 mm", "湖北 秭归县", ""),
        ("Zigui navel orange", "Grade 1, 70–80 mm, 2.5 kg net", "Zigui, Hubei", ""),
        "FRESH",
        3980,
        2500,
        2,
        (SeasonWindow((11, 1), (1, 28)), SeasonWindow((2, 1), (5, 5), HARVEST)),
    ),
    _Sample(
        "rongan-kumquat",
        "fruit",
        "450224",
        ("融安滑皮金桔", "5斤装 25–35 mm", "广西 融安县", ""),
        ("Rong’an kumquat", "Slick skin, 25–35 mm, 2.5 kg net", "Rong’an, Guangxi", ""),
        "FRESH",
        4900,
        2500,
        2,
        (SeasonWindow((11, 1), (3, 8)),),
    ),
    _Sample(
        "jingning-apple",
        "fruit",
        "620826",
        ("静宁红富士", "10斤装 75–85 mm", "甘肃 静宁县", "入库 33 天"),
        ("Jingning Red Fuji apple", "75–85 mm, 12–15 pieces, 5 kg net", "Jingning, Gansu", "day 33"),
        "STORED",
        7900,
        5000,
        1,
        (SeasonWindow((10, 1), (10, 30)), SeasonWindow((11, 1), (5, 20), STORED)),
    ),
    _Sample(
        "ziyun-red-sweet-potato",
        "tuber",
        "520425",
        ("紫云红芯红薯", "5斤装 单薯半斤内", "贵州 紫云县", "剩 6 天"),
        ("Ziyun red-core sweet potato", "Under 250 g each, 2.5 kg net", "Ziyun, Guizhou", "6 days left"),
        "FRESH",
        3280,
        2500,
        3,
        (SeasonWindow((9, 10), (11, 30)), SeasonWindow((12, 1), (1, 30), STORED)),
    ),
    _Sample(
        "dangshan-pear",
        "fruit",
        "341321",
        ("砀山酥梨", "10斤装 300 g 起", "安徽 砀山县", "入库 52 天"),
        ("Dangshan pear", "300 g up, 5 kg net", "Dangshan, Anhui", "day 52"),
        "STORED",
        4200,
        5000,
        1,
        (SeasonWindow((8, 25), (10, 10)), SeasonWindow((10, 11), (3, 10), STORED)),
    ),
    _Sample(
        "zhouzhi-kiwifruit",
        "fruit",
        "610124",
        ("周至猕猴桃 海沃德", "5斤装 90–110 g", "陕西 周至县", "入库 38 天"),
        ("Zhouzhi kiwifruit", "Hayward, 90–110 g, 2.5 kg net", "Zhouzhi, Shaanxi", "day 38"),
        "STORED",
        3690,
        2500,
        1,
        (SeasonWindow((8, 25), (10, 20)), SeasonWindow((10, 21), (2, 8), STORED)),
    ),
    _Sample(
        "wushan-chives",
        "vegetable",
        "620524",
        ("武山韭菜 头茬", "4斤装 割后当日预冷", "甘肃 武山县", ""),
        ("Wushan Chinese chives", "First cut, 2 kg, chilled on cutting day", "Wushan, Gansu", ""),
        "PRESALE",
        2800,
        2000,
        18,
        (SeasonWindow((12, 10), (4, 30)),),
    ),
    _Sample(
        "menghai-puer-tea",
        "tea",
        "532822",
        ("勐海普洱茶 头春", "250 g 散茶", "云南 勐海县", ""),
        ("Menghai pu’er, first spring", "Loose, 250 g", "Menghai, Yunnan", ""),
        "PRESALE",
        9800,
        250,
        90,
        (SeasonWindow((2, 20), (5, 15)), SeasonWindow((9, 1), (10, 31))),
    ),
    _Sample(
        "fuping-dried-persimmon",
        "processed",
        "610528",
        ("富平柿饼 潮霜足 45 天", "2斤装 20–24 个", "陕西 富平县", ""),
        ("Fuping dried persimmon", "Frosted 45 days, 20–24 pieces, 1 kg", "Fuping, Shaanxi", ""),
        "PRESALE",
        6800,
        1000,
        23,
        (SeasonWindow((11, 20), (12, 15)),),
    ),
)


def sample_cards(language: str) -> list[ProductCard]:
    """Return the nine cards of the pictures."""
    cards = []
    for sample in _SAMPLES:
        name, spec, origin, note = sample.zh if is_zh(language) else sample.en
        cards.append(
            ProductCard(
                url="#",
                slug=sample.slug,
                name=name,
                category=sample.category,
                county_code=sample.county_code,
                spec=spec,
                origin=origin,
                phase=sample.phase,
                phase_note=note,
                price_fen=sample.price_fen,
                net_weight_g=sample.net_weight_g,
                ships_by=SAMPLE_DAY + timedelta(days=sample.days_to_ship),
                strip=season_strip(sample.windows, today=SAMPLE_DAY),
            )
        )
    long_name = pgettext(
        "sample", "A name as long as any that the produce database holds, dried, first grade, gift box"
    )
    cards.append(replace(cards[0], name=long_name, is_sold_out=True))
    return cards


def sample_windows() -> list[WindowChoice]:
    """Return one window of each state."""
    open_windows = [
        WindowChoice(
            id=1,
            phase="STORED",
            price_fen=3380,
            net_weight_g=2500,
            num_left=420,
            picked_from=date(2026, 11, 6),
            picked_by=date(2026, 11, 12),
            note=pgettext("sample", "Cold store 5–8 °C"),
        ),
        WindowChoice(
            id=2,
            phase="FRESH",
            price_fen=3980,
            net_weight_g=2500,
            num_left=186,
            picked_from=date(2026, 11, 24),
            picked_by=date(2026, 11, 25),
            note=pgettext("sample", "Picked and sent"),
            is_chosen=True,
        ),
        WindowChoice(
            id=3,
            phase="PRESALE",
            price_fen=3580,
            net_weight_g=2500,
            num_left=712,
            picked_from=date(2027, 1, 5),
            picked_by=date(2027, 1, 12),
            note=pgettext("sample", "For Spring Festival"),
        ),
    ]
    states = [
        replace(open_windows[1], id=4, state="closing", closes_at=shanghai(date(2026, 11, 25)), is_chosen=False),
        replace(open_windows[0], id=5, state="soldout", num_left=0, next_text=pgettext("sample", "More on 5 January")),
        replace(open_windows[2], id=6, state="later", opens_at=shanghai(date(2026, 12, 10), 8), remind_url="#remind"),
    ]
    return open_windows + states


def sample_strips(language: str) -> list[SeasonStrip]:
    """Return the three varieties of one orange."""
    names = ("纽荷尔", "伦晚", "夏橙") if is_zh(language) else ("Newhall", "Lunwan", "Summer")
    windows = (
        (SeasonWindow((11, 1), (1, 25)), SeasonWindow((2, 1), (3, 25), STORED)),
        (SeasonWindow((3, 1), (5, 5)),),
        (SeasonWindow((5, 1), (6, 5)),),
    )
    return [season_strip(rows, today=SAMPLE_DAY, name=name) for name, rows in zip(names, windows, strict=True)]


def sample_events() -> list[TrackingEvent]:
    """Return a parcel on its way."""
    return [
        TrackingEvent(pgettext("sample", "Arrives"), kind="coming", day=date(2026, 11, 29)),
        TrackingEvent(
            pgettext("sample", "At the sorting centre"),
            shanghai(date(2026, 11, 27), 6, 40),
            pgettext("sample", "Hangzhou"),
            "now",
        ),
        TrackingEvent(
            pgettext("sample", "Handed to the carrier, 5 hours late"), shanghai(date(2026, 11, 26), 22, 5), "", "late"
        ),
        TrackingEvent(
            pgettext("sample", "Packed"), shanghai(date(2026, 11, 26), 9, 12), pgettext("sample", "Zigui hub")
        ),
    ]


class SampleForm(forms.Form):
    """Each kind of field once."""

    name = forms.CharField(label=pgettext_lazy("sample", "Name"), max_length=40)
    phone = forms.CharField(
        label=pgettext_lazy("sample", "Phone"),
        help_text=pgettext_lazy("sample", "The courier calls this number."),
        max_length=20,
    )
    grade = forms.ChoiceField(label=pgettext_lazy("sample", "Grade"), choices=[("1", "1"), ("2", "2")])
    note = forms.CharField(
        label=pgettext_lazy("sample", "Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    agreed = forms.BooleanField(label=pgettext_lazy("sample", "I have read the platform rules"))


def sample_places() -> list[Place]:
    """Return the counties of the sample cards and a few more."""
    now = [(30.83, 110.98), (25.22, 109.39), (35.52, 105.73), (25.13, 115.39), (26.33, 114.52), (31.02, 109.46)]
    others = [(36.7, 103.3), (34.1, 108.2), (34.4, 116.3), (21.9, 100.4), (26.9, 106.2), (38.4, 77.2), (47.3, 134.0)]
    return [Place(*pair, is_now=True) for pair in now] + [Place(*pair) for pair in others]


def styleguide_index(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    language = request.LANGUAGE_CODE
    bad_form = SampleForm({"name": "", "phone": "138", "grade": "1"})
    bad_form.add_error("phone", pgettext("sample", "Please write all eleven digits of the phone number."))
    page: Any = Paginator(range(60), 24).get_page(2)
    windows = sample_windows()
    return render(
        request,
        "styleguide/index.html",
        {
            "sample_day": SAMPLE_DAY,
            "cards": sample_cards(language),
            "windows": windows[:3],
            "window_states": windows[3:],
            "strips": sample_strips(language),
            "events": sample_events(),
            "form": SampleForm(),
            "bad_form": bad_form,
            "page": page,
            "places": sample_places(),
            "map_label": pgettext("sample", "Counties that are picking now"),
            "steps": [
                pgettext("sample", "Address"),
                pgettext("sample", "Check"),
                pgettext("sample", "Pay"),
                pgettext("sample", "Done"),
            ],
            "tabs": [
                {"name": pgettext("sample", "To pay"), "url": "#", "is_current": True, "count": 1},
                {"name": pgettext("sample", "To be sent"), "url": "#", "is_current": False, "count": 3},
                {"name": pgettext("sample", "On its way"), "url": "#", "is_current": False},
                {"name": pgettext("sample", "Claims"), "url": "#", "is_current": False},
            ],
            "trail": [
                (pgettext("sample", "Home"), "/"),
                (pgettext("sample", "Produce"), "#"),
                (pgettext("sample", "Zigui navel orange"), ""),
            ],
            "facts": [
                (pgettext("sample", "Weeks on sale"), "11 / 13"),
                (pgettext("sample", "Weekly swing"), "0.16"),
                (pgettext("sample", "Sold"), "94%"),
            ],
            "facts_total": (pgettext("sample", "Cooperatives' income"), pgettext("sample", "725,000 yuan")),
            "shares": [
                (pgettext("sample", "Cooperative and households"), 6840),
                (pgettext("sample", "Freight"), 1520),
                (pgettext("sample", "Sorting, cold store and packing"), 910),
                (pgettext("sample", "Platform and payment"), 730),
            ],
            "categories": [
                ("fruit", pgettext("sample", "Fruit")),
                ("vegetable", pgettext("sample", "Vegetables")),
                ("tea", pgettext("sample", "Tea")),
                ("mushroom", pgettext("sample", "Mushrooms")),
                ("grain", pgettext("sample", "Grain and oil")),
                ("nut", pgettext("sample", "Nuts")),
                ("livestock", pgettext("sample", "Meat and poultry")),
                ("honey", pgettext("sample", "Honey")),
                ("spice", pgettext("sample", "Spices")),
                ("herb", pgettext("sample", "Herbs")),
            ],
            "palettes": [
                "celadon",
                "amber",
                "rose",
                "clay",
                "olive",
                "leaf",
                "sprout",
                "tea",
                "persimmon",
                "plum",
                "sage",
                "umber",
                "chestnut",
                "wheat",
                "honey",
                "steppe",
                "brick",
                "water",
            ],
            "opens_at": shanghai(date(2026, 12, 10), 8),
            "true_at": shanghai(date(2026, 11, 23), 20, 5),
        },
    )


def styleguide_work(request: HttpRequest) -> HttpResponse:
    """Show the base of the work screens, on a phone as a cooperative sees it and at a desk."""
    context = {"sample_day": SAMPLE_DAY, "true_at": shanghai(date(2026, 11, 23), 20, 5)}
    return render(request, "styleguide/work.html", context)
