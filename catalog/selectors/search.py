"""Finding products by words: as written, by characters or sound, then by likeness of Latin letters."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from catalog.search_words import SearchQuery

#: More hits than a shopper pages through; the lists stay short for the database.
MAX_HITS = 500
#: How alike a mistyped Latin word must be to a word of the product, 0 to 1.
LEAST_LIKENESS = 0.37
#: What is much less alike than the nearest is left out.
LEAST_OF_NEAREST = 0.9

#: One statement: likeness is only computed when no word is found (the EXISTS is a one-time filter of the plan).
_HITS = """
WITH by_words AS (
  SELECT id,
    CASE WHEN search_vector @@ %(strict)s::tsquery THEN 'exact' ELSE 'loose' END AS how,
    ts_rank('{0.05, 0.1, 0.4, 1.0}', search_vector, %(strict)s::tsquery || %(loose)s::tsquery) AS fit
  FROM catalogue_product
  WHERE is_public AND produce_id IS NOT NULL
    AND search_vector @@ (%(strict)s::tsquery || %(loose)s::tsquery)
),
alike AS (
  SELECT id, 'alike' AS how, word_similarity(%(latin)s::text, search_text) AS fit
  FROM catalogue_product
  WHERE is_public AND produce_id IS NOT NULL AND length(%(latin)s::text) >= 4
    AND NOT EXISTS (SELECT 1 FROM by_words)
)
SELECT id, how, fit FROM by_words
UNION ALL
SELECT id, how, fit FROM alike WHERE fit >= %(least)s
ORDER BY how, fit DESC, id -- alike stands alone, exact comes before loose
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
    """Return the products a question finds, best first, in one statement."""
    if not query:
        return Hits((), "none")
    with connection.cursor() as cursor:
        cursor.execute(
            _HITS,
            {
                "strict": query.strict,
                "loose": query.loose,
                "latin": query.latin,
                "least": LEAST_LIKENESS,
                "limit": MAX_HITS,
            },
        )
        rows: list[tuple[int, str, float]] = cursor.fetchall()
    if not rows:
        return Hits((), "none")
    how = rows[0][1]
    # single characters are noise beside an exact find, and the less alike beside the nearest
    least = rows[0][2] * LEAST_OF_NEAREST if how == "alike" else 0.0
    return Hits(tuple(pk for pk, found, fit in rows if found == how and fit >= least), how)
