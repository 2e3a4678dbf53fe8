"""Filling what the search reads. Called whenever a product, or the produce it is made of, changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from catalog.models import Product
from catalog.pinyin import syllables
from catalog.provinces import province_of
from catalog.search_words import index_words, plain, tsvector
from catalog.synonyms import added_words

_BATCH = 500


def _words_of(product: Product) -> tuple[str, str]:
    """Return the tsvector text and the plain text of one product, its produce and its place."""
    produce, grade = product.produce, product.grade
    names = [product.title, product.title_en]
    places: list[str] = []
    wider = sounded = ""
    if produce is not None:
        names += [produce.name_zh, produce.name_en, produce.variety_zh, produce.variety_en]
        names += [produce.aliases_zh, produce.aliases_en]
        county = produce.region
        province = province_of(county.code)
        places = [county.name_zh, county.name_en, province.name_zh, province.short_zh, province.name_en]
        # the tail of an official name (壮族自治区, 自治县) sounds the same everywhere
        sounded = f"{county.name_zh[:3]} {province.short_zh}"
        wider = added_words(" ".join([product.title, produce.name_zh, produce.variety_zh]), produce.category)
    details = [product.spec_zh, product.spec_en]
    if grade is not None:
        details += [grade.name_zh, grade.name_en]
    vector = tsvector(
        [
            ("A", index_words(" ".join(names))),
            ("B", index_words(wider) | index_words(" ".join(places), with_sound=False) | index_words(sounded)),
            ("C", index_words(" ".join(details), with_sound=False)),
        ]
    )
    # trigrams compare Latin letters only: names, places and pinyin as people would write them
    pinyin = produce.pinyin if produce is not None else ""
    sounds = ["".join(syllables(word)) for word in wider.split()]
    text = plain(" ".join([*names, pinyin, pinyin.replace(" ", ""), wider, *sounds, *places]))
    return vector, text


@transaction.atomic
def product_index(*, product_ids: Sequence[int], at: datetime) -> int:
    """
    Fill the search columns of some products from their names, produce, place and grade; return how many changed.

    Rows are written in key order, so two runs at once wait for each other rather than for ever.
    """
    products = list(
        Product.objects.filter(pk__in=product_ids)
        .select_related("produce__region", "grade")
        .order_by("pk")
        .defer("search_vector", "search_text", "description")
    )
    for start in range(0, len(products), _BATCH):
        batch = products[start : start + _BATCH]
        with connection.cursor() as cursor:
            rows = [(product.pk, *_words_of(product)) for product in batch]
            cursor.execute(
                "UPDATE catalogue_product AS p SET search_vector = v.vector::tsvector, search_text = v.words,"
                " date_updated = %s"
                " FROM unnest(%s::int[], %s::text[], %s::text[]) AS v(id, vector, words) WHERE p.id = v.id",
                [at, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]],
            )
    return len(products)
