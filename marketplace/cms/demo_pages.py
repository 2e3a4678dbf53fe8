"""The two pages that the demo opens with: the home page and the story of Jingning, written by us."""

from __future__ import annotations

from django.db import transaction
from wagtail.models import Page, Site

from marketplace.cms.models import CountyStoryPage, HomePage

STORY_WORDS = (
    (
        "花后数日子",
        "Counting from the flower",
        "静宁在六盘山西边，塬面海拔一千六百米上下。四月下旬苹果开花，从盛花那天起数一百七十到一百八十天，红富士才到采收的时候。"
        "数日子比看日历准：花开早几天，采收就早几天。\n\n合作社每隔十天报一次果径和着色，采收期跟着改。",
        "Jingning lies west of the Liupan mountains, its tableland about 1,600 metres up. The apples flower in late "
        "April, and Red Fuji is ready 170 to 180 days after full bloom. Counting days from the flower is truer than "
        "the calendar: when the flower is early, so is the harvest.\n\nEvery ten days the cooperatives report size "
        "and colour, and the picking dates follow.",
    ),
    (
        "三个村，接成一个冬天",
        "Three villages, one winter",
        "三个村的地高低不同，采收前后差半个月。十月采下的先卖鲜果，其余进冷库，按批次从冬卖到春。"
        "一个村只有三个星期的货，三个村加上冷库，就是半年的货。",
        "The three villages lie at different heights and pick half a month apart. What is picked in October is first "
        "sold fresh; the rest goes into the cold store and is sold lot by lot from winter into spring. One village has "
        "fruit for three weeks. Three villages and a cold store have it for half a year.",
    ),
)


@transaction.atomic
def pages_load() -> HomePage:
    """Put the home page at the site's root with one county story below it; done already, it changes nothing."""
    present = HomePage.objects.first()
    if present is not None:
        return present
    root = Page.get_first_root_node()
    root.get_children().filter(slug="home").delete()
    root = Page.get_first_root_node()
    home = HomePage(title="丰路", title_en="Fenglu", slug="home")
    root.add_child(instance=home)
    story = CountyStoryPage(
        title="静宁：开花一百七十天才下树",
        title_en="Jingning: 170 days from flower to fruit",
        slug="jingning",
        county_code="620826",
        produce_slug="jingning-apple",
        category="fruit",
        lead_zh="红富士以盛花日起算，满 170 到 180 天采收。10 月入库，按批次陆续开卖，接到来年 5 月。",
        lead_en="Red Fuji is picked 170 to 180 days after full bloom, stored in October and sold lot by lot until May.",
        body=[
            *(
                (
                    "words",
                    {"heading_zh": heading_zh, "heading_en": heading_en, "text_zh": text_zh, "text_en": text_en},
                )
                for heading_zh, heading_en, text_zh, text_en in STORY_WORDS
            ),
            ("county_produce", {"county_code": "620826", "limit": 4}),
        ],
    )
    home.add_child(instance=story)
    home.body = [
        ("categories", None),
        ("in_season", {"limit": 8}),
        ("opens_next", {"limit": 4}),
        ("places", None),
        ("story", {"page": story.page_ptr}),
        ("ledger", None),
    ]
    home.save()
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(hostname="localhost", root_page=home, is_default_site=True, site_name="丰路 Fenglu")
    else:
        site.root_page = home
        site.site_name = "丰路 Fenglu"
        site.save()
    return home
