"""
Words of the search, for indexing and for asking: Chinese by character and pair, pinyin by syllables and initials,
Latin words as they are. Pure: text in, words or a tsquery out.

PostgreSQL's trigrams pass over Chinese where the database's locale is C, so a mistyped Chinese word is caught by its
sound instead (弥猴桃 is read mihoutao, as 猕猴桃 is), and trigrams mend Latin words only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.pinyin import syllables

#: What of a question is read; more is a slip or an attack.
MAX_QUERY_CHARS = 200
#: How many words of a question are asked for.
MAX_QUERY_WORDS = 12

_CJK = "\u3400-\u9fff"
_RUNS = re.compile(rf"[{_CJK}]+|[a-z0-9]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
#: Characters that carry no meaning between two words: 秭归的橙子.
_FILLERS = re.compile("[的了和与、买卖]")
_LONGEST_JOINED = 6


@dataclass(frozen=True)
class SearchQuery:
    """
    A question as PostgreSQL reads it.

    ``strict`` asks for all words as written, ``loose`` for their characters or their sound; both are tsquery text of
    letters, digits and Chinese only. ``latin`` is what trigrams may compare. All are empty when nothing was asked.
    """

    text: str
    strict: str
    loose: str
    latin: str

    def __bool__(self) -> bool:
        return bool(self.strict)


def plain(text: str) -> str:
    """Return the text in lower case, half-width, without tone marks and apostrophes."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("'", "").replace("’", "")
    return "".join(
        character for character in unicodedata.normalize("NFD", folded) if not unicodedata.combining(character)
    )


def runs(text: str) -> list[str]:
    """Return the runs of Chinese characters and of Latin letters and digits, in order."""
    return _RUNS.findall(plain(text))


def is_chinese_run(run: str) -> bool:
    """Return whether a run is Chinese."""
    return bool(_IS_CJK.match(run))


def pairs(run: str) -> list[str]:
    """Return adjacent pairs of a Chinese run; a single character is itself."""
    return [run[index : index + 2] for index in range(len(run) - 1)] or [run]


def sound_words(parts: list[str]) -> set[str]:
    """Return joined neighbours of syllables and their initials: zigui, qicheng, ziguiqicheng, zgqc, qc."""
    found: set[str] = set()
    for start in range(len(parts)):
        for end in range(start + 1, min(len(parts), start + _LONGEST_JOINED) + 1):
            found.add("".join(parts[start:end]))
            if end - start > 1:
                found.add("".join(part[0] for part in parts[start:end]))
    if len(parts) > _LONGEST_JOINED:
        found |= {"".join(parts), "".join(part[0] for part in parts)}
    # ü is typed v or u
    return found | {word.replace("v", "u") for word in found if "v" in word}


def index_words(text: str, *, with_sound: bool = True) -> set[str]:
    """Return every word a text is found by."""
    found: set[str] = set()
    for run in runs(text):
        if is_chinese_run(run):
            found |= set(run) | set(pairs(run))
            if with_sound:
                found |= sound_words(syllables(run))
        else:
            found.add(run)
    return found


def tsvector(weighted: Iterable[tuple[str, set[str]]]) -> str:
    """Return tsvector text: each word once, at its best weight. A word comes from `index_words`, so needs no quotes."""
    best: dict[str, str] = {}
    for weight, words in sorted(weighted):
        for word in words:
            best.setdefault(word, weight)
    return " ".join(f"'{word}':1{weight}" for word, weight in sorted(best.items()))


def _latin_term(word: str) -> str:
    # a word half typed should find already; a plural should find the singular
    if len(word) == 1:
        return word
    stems = {word}
    if len(word) > 3 and word.endswith("s"):
        stems.add(word.removesuffix("es") if word.endswith("oes") else word[:-1])
    return "(" + "|".join(f"{stem}:*" for stem in sorted(stems)) + ")"


def _all_of(terms: Iterable[str]) -> str:
    return "&".join(f"({term})" for term in terms)


def parse_query(text: str) -> SearchQuery:
    """
    Read a question in Chinese, pinyin, initials, English or a mixture.

    Everything but letters, digits and Chinese parts words; only the first 200 characters and 12 words are read.
    """
    asked = text[:MAX_QUERY_CHARS].replace("\x00", " ").strip()
    strict, loose, latin = [], [], []
    for run in runs(_FILLERS.sub(" ", asked))[:MAX_QUERY_WORDS]:
        if is_chinese_run(run):
            strict.append("&".join(pairs(run)))
            sound = "".join(syllables(run))
            # two characters meet by chance in longer names; from three on they hardly do
            ways = ["&".join(pairs(run)) if len(run) < 3 else "&".join(dict.fromkeys(run)), sound]
            loose.append("|".join(f"({way})" for way in ways if way))
            latin.append(sound)
        else:
            strict.append(_latin_term(run))
            loose.append(_latin_term(run))
            latin.append(run)
    return SearchQuery(asked, _all_of(strict), _all_of(loose), " ".join(filter(None, latin)))
