"""The filter rail: what the address says, as filters; and the rail's lines with their counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.http import QueryDict
from django.utils.translation import ngettext, pgettext

from catalog.models import Produce
from catalog.partner.models import Phase
from catalog.provinces import PROVINCES
from catalog.search_words import MAX_QUERY_CHARS
from catalog.selectors.offers import FacetCounts, OfferFilters
from marketplace.foundation.clock import business_date
from marketplace.storefront.festival import last_dispatch_before_festival

#: How soon a pack must leave, by the word in the address.
_DAYS = {"2d": 2, "7d": 7}
_FESTIVAL = "festival"


@dataclass(frozen=True)
class Choice:
    """One line of the rail."""

    value: str
    name: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class ListQuery:
    """What the address of the list says; anything it says wrongly is as if it were not said."""

    text: str
    phases: frozenset[str]
    categories: frozenset[str]
    provinces: frozenset[str]
    within: str
    sort: str
    page: int
    day: date

    @cached_property
    def days(self) -> dict[str, date]:
        """The dispatch choices that make sense today, by their word in the address."""
        found = {word: self.day + timedelta(days=days) for word, days in _DAYS.items()}
        festival = last_dispatch_before_festival(self.day)
        if festival is not None:
            found[_FESTIVAL] = festival
        return found

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the search narrows the list."""
        return bool(self.phases or self.categories or self.provinces or self.within)

    def filters(self, product_ids: tuple[int, ...] | None) -> OfferFilters:
        """Return the filters for the selectors."""
        return OfferFilters(
            phases=self.phases,
            categories=self.categories,
            provinces=self.provinces,
            leaves_by=self.days.get(self.within),
            product_ids=product_ids,
        )

    def address(self, **changes: str | None) -> str:
        """Return the query string with some single words changed or left out; page starts over."""
        query = QueryDict(mutable=True)
        if self.text:
            query["q"] = self.text
        for name, values in (("phase", self.phases), ("category", self.categories), ("province", self.provinces)):
            query.setlist(name, sorted(values))
        if self.within:
            query["within"] = self.within
        if self.sort:
            query["sort"] = self.sort
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = value
        return query.urlencode()


def list_query(params: QueryDict, at: datetime) -> ListQuery:
    """Read the address; values that are none of ours are passed over."""
    within = params.get("within", "")
    page = params.get("page", "1")
    query = ListQuery(
        text=params.get("q", "").replace("\x00", "").strip()[:MAX_QUERY_CHARS],
        phases=frozenset(params.getlist("phase")) & frozenset(Phase.values),
        categories=frozenset(params.getlist("category")) & frozenset(Produce.Category.values),
        provinces=frozenset(params.getlist("province")) & frozenset(PROVINCES),
        within=within if within in (*_DAYS, _FESTIVAL) else "",
        sort=params.get("sort", "") if params.get("sort", "") in ("ships", "price", "name") else "",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1,
        day=business_date(at),
    )
    return query


@dataclass(frozen=True)
class Rail:
    """The filter rail ready to draw. Lines without products are left out unless they are chosen."""

    phases: list[Choice]
    categories: list[Choice]
    days: list[Choice]
    provinces: list[Choice]


def rail(query: ListQuery, counts: FacetCounts) -> Rail:
    """Return the lines of the rail with their counts."""
    phases = [
        Choice(phase, str(Phase(phase).label), counts.phases[phase], phase in query.phases)
        for phase in (Phase.FRESH, Phase.STORED, Phase.PRESALE)
    ]
    categories = [
        Choice(value, str(Produce.Category(value).label), count, value in query.categories)
        for value, count in counts.categories.items()
        if count or value in query.categories
    ]
    provinces = [
        Choice(prefix, PROVINCES[prefix].short, count, prefix in query.provinces)
        for prefix, count in sorted(counts.provinces.items(), key=lambda item: -item[1])
        if count or prefix in query.provinces
    ]
    days = [Choice(word, _day_name(word), counts.days[day], word == query.within) for word, day in query.days.items()]
    return Rail(phases, categories, days, provinces)


def _day_name(word: str) -> str:
    if word == _FESTIVAL:
        return pgettext("ships by", "Before Spring Festival")
    if word == "2d":
        return pgettext("ships by", "Within 48 hours")
    return ngettext("Within %(days)s day", "Within %(days)s days", _DAYS[word]) % {"days": _DAYS[word]}


def sort_choices(query: ListQuery) -> list[Choice]:
    """Return how the list may be sorted; a search is sorted by fit until another is chosen."""
    names = {
        "ships": pgettext("sort", "Ships soonest"),
        "price": pgettext("sort", "Lowest price"),
        "name": pgettext("sort", "Name"),
    }
    choices = [Choice(value, name, 0, query.sort == value) for value, name in names.items()]
    return [Choice("", pgettext("sort", "Best match"), 0, not query.sort), *choices] if query.text else choices
