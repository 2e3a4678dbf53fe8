"""Making something a basket can hold."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalog.models import Category, Grade, Produce, Product, ProductCategory, ProductClass
from catalog.services.search_index import product_index

#: Oscar's class of everything Fenglu sells: it is counted and it is shipped.
PRODUCT_CLASS_SLUG = "produce"


class UnableToCreateProduct(ValueError):
    """A product that cannot be sold as asked; the message says why."""


def _product_class() -> ProductClass:
    made, _is_new = ProductClass.objects.get_or_create(
        slug=PRODUCT_CLASS_SLUG, defaults={"name": "农产品", "track_stock": True, "requires_shipping": True}
    )
    return made


def _category(produce: Produce) -> Category:
    """Return Oscar's category for the aisle; the root nodes are one per produce category."""
    found = Category.objects.filter(depth=1, slug=produce.category).first()
    if found is not None:
        return found
    with translation.override("zh-hans"):
        name = str(Produce.Category(produce.category).label)
    return Category.add_root(name=name, slug=produce.category)


@transaction.atomic
def product_create(
    *,
    produce: Produce,
    grade: Grade | None,
    net_weight_g: int,
    title_zh: str,
    title_en: str,
    spec_zh: str,
    spec_en: str,
    slug: str,
    at: datetime,
    life_at_arrival_days: int = 2,
) -> Product:
    """
    Make a product of a produce in a grade and a pack, or bring the one with this slug to these words.

    It gets Oscar's class and the category of its aisle, and is indexed for search. It is on sale only while a
    listing window is open.

    Raises
    ------
    UnableToCreateProduct
        If the produce may not be offered to consumers, the weight is not positive, the grade belongs to another
        produce, or the slug is no slug.
    """
    if not produce.may_be_offered:
        raise UnableToCreateProduct(_("This produce must not be offered to consumers."))
    if net_weight_g <= 0:
        raise UnableToCreateProduct(_("The weight must be more than zero."))
    if grade is not None and grade.produce_id != produce.pk:
        raise UnableToCreateProduct(_("This grade belongs to another produce."))
    if not title_zh or slug != slugify(slug) or not slug:
        raise UnableToCreateProduct(_("A product needs a Chinese title and a slug of letters, digits and hyphens."))
    product, _is_new = Product.objects.update_or_create(
        slug=slug,
        defaults={
            "structure": Product.STANDALONE,
            "product_class": _product_class(),
            "produce": produce,
            "grade": grade,
            "title": title_zh,
            "title_en": title_en,
            "spec_zh": spec_zh,
            "spec_en": spec_en,
            "net_weight_g": net_weight_g,
            "life_at_arrival_days": life_at_arrival_days,
        },
    )
    ProductCategory.objects.get_or_create(product=product, category=_category(produce))
    product_index(product_ids=[product.pk], at=at)
    return product
