"""Questions and names as search words. Pure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search_words import index_words, parse_query, plain, sound_words, tsvector


def test_a_chinese_name_is_found_by_characters_pairs_sound_and_initials() -> None:
    words = index_words("秭归脐橙")

    assert {"秭", "脐橙", "归脐", "zigui", "qicheng", "ziguiqicheng", "zgqc", "qc"} <= words


def test_latin_words_lose_case_marks_and_apostrophes() -> None:
    assert index_words("Lu'an Guāpiàn 5kg") == {"luan", "guapian", "5kg"}
    assert plain("ＡＢ１") == "ab1"


def test_umlauts_are_found_however_they_are_typed() -> None:
    assert {"lvcheng", "lucheng"} <= sound_words(["lv", "cheng"])


def test_a_word_keeps_its_best_weight() -> None:
    assert tsvector([("B", {"orange", "hubei"}), ("A", {"orange"})]) == "'hubei':1B 'orange':1A"


def test_chinese_is_asked_for_by_pairs_and_forgiven_by_sound() -> None:
    query = parse_query("弥猴桃")

    assert query.strict == "(弥猴&猴桃)"
    assert "mihoutao" in query.loose


def test_fillers_between_chinese_words_are_passed_over() -> None:
    assert parse_query("秭归的橙子").strict == "(秭归)&(橙子)"


def test_latin_words_are_asked_for_from_their_beginning_and_without_plural() -> None:
    assert parse_query("Apples").strict == "((apple:*|apples:*))"


def test_mixed_questions_ask_for_every_word() -> None:
    assert parse_query("jingning 苹果").strict == "((jingning:*))&(苹果)"


@pytest.mark.parametrize("text", ["", "   ", "&|!:*'()", "😀", "，。！"])
def test_a_question_without_words_is_no_question(text: str) -> None:
    assert not parse_query(text)


@given(st.text(max_size=400))
def test_whatever_is_typed_only_words_and_our_own_operators_reach_the_database(text: str) -> None:
    query = parse_query(text)

    for part in (query.strict, query.loose):
        assert re.fullmatch(r"[a-z0-9\u3400-\u9fff&|:*()]*", part)
    assert len(query.text) <= 200
