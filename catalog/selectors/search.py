"""Finding products by words: as written, by characters or sound, then by likeness of Latin letters."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from catalog.search_words import SearchQuery

#: More hits than a shopper pages through; the lists stay short for the database.
MAX_HITS = 500
#: How alike a mistyped Latin word must be to a word of the product, 0 to 1.
LEAST_LIKENESS = 0.45

_BY_WORDS = """
SELECT id, search_vector @@ %(strict)s::tsquery AS is_strict
FROM catalogue_product
WHERE is_public AND produce_id IS NOT NULL
  AND search_vector @@ (%(strict)s::tsquery || %(loose)s::tsquery)
ORDER BY is_strict DESC,
  ts_rank('{0.05, 0.1, 0.4, 1.0}', search_vector, %(strict)s::tsquery || %(loose)s::tsquery) DESC,
  id
LIMIT %(limit)s
"""
_BY_LIKENESS = """
SELECT id
FROM (
  SELECT id, word_similarity(%(latin)s, search_text) AS likeness
  FROM catalogue_product
  WHERE is_public AND produce_id IS NOT NULL
) AS p
WHERE likeness >= %(least)s
ORDER BY likeness DESC, id
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Hits:
    """
    Product ids, best first. ``how`` is exact, loose (characters or sound), alike (mistyped) or none.

    A page says so when the hits are not exactly what was asked for.
    """

    product_ids: tuple[int, ...]
    how: str


def product_hits(query: SearchQuery) -> Hits:
    """Return the products a question finds; at most two statements, one when anything matches as written."""
    if not query:
        return Hits((), "none")
    with connection.cursor() as cursor:
        cursor.execute(_BY_WORDS, {"strict": query.strict, "loose": query.loose, "limit": MAX_HITS})
        rows = cursor.fetchall()
        if rows:
            has_exact = rows[0][1]
            # characters alone are noise beside an exact find
            ids = tuple(row[0] for row in rows if row[1] == has_exact)
            return Hits(ids, "exact" if has_exact else "loose")
        if len(query.latin) >= 4:
            cursor.execute(_BY_LIKENESS, {"latin": query.latin, "least": LEAST_LIKENESS, "limit": MAX_HITS})
            rows = cursor.fetchall()
            if rows:
                return Hits(tuple(row[0] for row in rows), "alike")
    return Hits((), "none")
