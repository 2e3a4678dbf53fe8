"""
Wagtail's pages: the home page and the county stories, in both languages on one page, with live blocks among the words.

A live block holds no goods: it says what to show and how many, and the page asks when it is served.
"""

from __future__ import annotations

from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.blocks import (
    CharBlock,
    IntegerBlock,
    PageChooserBlock,
    StaticBlock,
    StreamBlock,
    StructBlock,
    StructValue,
    TextBlock,
)
from wagtail.fields import StreamField
from wagtail.models import Page

from marketplace.foundation.bilingual import Bilingual, is_chinese


class CategoriesBlock(StaticBlock):
    """The ten kinds of goods, each a way into the list."""

    class Meta:
        template = "cms/blocks/categories.html"
        icon = "grip"
        admin_text = "The kinds of goods, always the same."


class InSeasonBlock(StructBlock):
    """What is on sale now."""

    limit = IntegerBlock(default=8, min_value=2, max_value=24)

    class Meta:
        template = "cms/blocks/in_season.html"
        icon = "date"


class OpensNextBlock(StructBlock):
    """What goes on sale next, the moment first."""

    limit = IntegerBlock(default=4, min_value=1, max_value=12)

    class Meta:
        template = "cms/blocks/opens_next.html"
        icon = "time"


class CountyProduceBlock(StructBlock):
    """One county's goods: on sale now, or its seasons when nothing is."""

    county_code = CharBlock(min_length=6, max_length=6, help_text="GB/T 2260, six digits")
    limit = IntegerBlock(default=4, min_value=1, max_value=12)

    class Meta:
        template = "cms/blocks/county_produce.html"
        icon = "site"


class PlacesBlock(StaticBlock):
    """All counties as points, those that pick now in sun."""

    class Meta:
        template = "cms/blocks/places.html"
        icon = "globe"
        admin_text = "The map of counties."


class StoryBlock(StructBlock):
    """A county story's picture, title and first lines."""

    page = PageChooserBlock(page_type="cms.CountyStoryPage")

    class Meta:
        template = "cms/blocks/story.html"
        icon = "doc-full"


class LedgerBlock(StaticBlock):
    """Where the money of settled orders went."""

    class Meta:
        template = "cms/blocks/ledger.html"
        icon = "form"
        admin_text = "Sums of settled orders."


class WordsValue(StructValue):
    """A words block read in the language of the moment."""

    @property
    def heading(self) -> str:
        return str(self["heading_zh"] if is_chinese() else self["heading_en"])

    @property
    def text(self) -> str:
        return str(self["text_zh"] if is_chinese() else self["text_en"])


class WordsBlock(StructBlock):
    """A heading and paragraphs in both languages; plain text, an empty line begins a new paragraph."""

    heading_zh = CharBlock(required=False, max_length=60)
    heading_en = CharBlock(required=False, max_length=100)
    text_zh = TextBlock()
    text_en = TextBlock()

    class Meta:
        template = "cms/blocks/words.html"
        value_class = WordsValue
        icon = "pilcrow"


class HomeBody(StreamBlock):
    categories = CategoriesBlock()
    in_season = InSeasonBlock()
    opens_next = OpensNextBlock()
    places = PlacesBlock()
    story = StoryBlock()
    ledger = LedgerBlock()
    words = WordsBlock()


class StoryBody(StreamBlock):
    words = WordsBlock()
    county_produce = CountyProduceBlock()
    in_season = InSeasonBlock()
    opens_next = OpensNextBlock()


class BilingualPage(Page):
    """A page whose title exists in both languages; `title` is the Chinese one."""

    title_en = models.CharField(max_length=160, blank=True)
    name = Bilingual("title", zh="title")

    content_panels = [MultiFieldPanel([FieldPanel("title"), FieldPanel("title_en")], heading="Title")]

    class Meta:
        abstract = True


class HomePage(BilingualPage):
    """The front door. Its headline is made of what is in season; an editor may add a sentence of their own."""

    note_zh = models.CharField(max_length=120, blank=True)
    note_en = models.CharField(max_length=200, blank=True)
    body = StreamField(HomeBody(), blank=True)

    note = Bilingual("note")
    template = "cms/home_page.html"
    max_count = 1
    subpage_types = ["cms.CountyStoryPage"]
    content_panels = [
        *BilingualPage.content_panels,
        MultiFieldPanel([FieldPanel("note_zh"), FieldPanel("note_en")], heading="A sentence under the headline"),
        FieldPanel("body"),
    ]


class CountyStoryPage(BilingualPage):
    """A county and one thing that grows there: when it flowers, who picks it, how it comes to a door."""

    county_code = models.CharField(max_length=6)
    produce_slug = models.SlugField(max_length=80)
    category = models.CharField(max_length=12, default="fruit")
    lead_zh = models.CharField(max_length=200)
    lead_en = models.CharField(max_length=300)
    body = StreamField(StoryBody(), blank=True)

    lead = Bilingual("lead")
    template = "cms/county_story_page.html"
    parent_page_types = ["cms.HomePage"]
    subpage_types: list[str] = []
    content_panels = [
        *BilingualPage.content_panels,
        FieldPanel("county_code"),
        FieldPanel("produce_slug"),
        FieldPanel("category"),
        MultiFieldPanel([FieldPanel("lead_zh"), FieldPanel("lead_en")], heading="Lead"),
        FieldPanel("body"),
    ]
