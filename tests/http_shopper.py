"""A shopper at the other end of a real connection: no browser, but cookies, forms and redirects as one has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx

from catalog.models import Region
from marketplace.checkout.services.placing import Destination
from tests.factories import RegionFactory

HIDDEN = re.compile(r'<input type="hidden" name="(key|quote)" value="([0-9a-f]{32})">')


def register_hangzhou() -> Region:
    """Put Xihu, Hangzhou, Zhejiang into the register of divisions, each below the next, as the address form asks."""
    province = RegionFactory(
        code="330000", level=Region.Level.PROVINCE, name_zh="浙江省", name_en="Zhejiang", parent=None
    )
    city = RegionFactory(
        code="330100", level=Region.Level.PREFECTURE, name_zh="杭州市", name_en="Hangzhou", parent=province
    )
    return RegionFactory(code="330106", name_zh="西湖区", name_en="Xihu", parent=city)


@dataclass(frozen=True)
class Agreed:
    """What the review page showed: the key of the checkout and the hash of the quote."""

    key: str
    quote: str


class HttpShopper:
    """One session at the shop."""

    def __init__(self, base_url: str, *, language: str = "en") -> None:
        self.http = httpx.Client(base_url=base_url, headers={"Accept-Language": language}, timeout=30)

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def post(self, path: str, **data: str | int) -> httpx.Response:
        """Send a form; redirects are for the test to follow."""
        if "csrftoken" not in self.http.cookies:
            self.http.get("/basket/")
        return self.http.post(path, data={"csrfmiddlewaretoken": self.http.cookies["csrftoken"], **data})

    def choose(self, window_id: int, packs: int = 1) -> None:
        """Put packs of a window into the basket."""
        assert self.post("/basket/add/", window=window_id, quantity=packs).headers["location"] == "/basket/"

    def say_where(self, destination: Destination) -> None:
        """Fill in the address."""
        district = destination.district
        answer = self.post(
            "/checkout/",
            name=destination.name,
            phone=destination.phone,
            province=district.province_code,
            city=district.parent_id or "",
            district=district.pk,
            detail=destination.detail,
        )
        assert answer.headers.get("location") == "/checkout/review/", answer.text

    def agree(self) -> Agreed:
        """Look at the review page."""
        page = self.get("/checkout/review/")
        assert page.status_code == 200, (page.status_code, page.headers.get("location"))
        found = dict(HIDDEN.findall(page.text))
        return Agreed(found["key"], found["quote"])

    def order(self, agreed: Agreed) -> httpx.Response:
        """Press "Order and pay"."""
        return self.post("/checkout/place/", key=agreed.key, quote=agreed.quote)

    def close(self) -> None:
        self.http.close()
