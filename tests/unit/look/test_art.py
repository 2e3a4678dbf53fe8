"""Every produce of the facts has a true picture, and every picture that is named exists."""

import csv
import json
import re
from pathlib import Path

import pytest

from marketplace.storefront import art
from marketplace.storefront.art import PILES, art_of, category_drawing, plate_inside

ROOT = Path(art.__file__).parent
DRAWINGS = ROOT / "static" / "fenglu" / "img" / "produce"
DATA = json.loads((ROOT / "art.json").read_text(encoding="utf-8"))
TOKENS = (ROOT / "static" / "fenglu" / "css" / "tokens.css").read_text(encoding="utf-8")
FACTS = Path(__file__).parents[3] / "catalog" / "data" / "produce.csv"


def facts():
    with FACTS.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_produce_of_the_facts_has_its_picture():
    assert {row["slug"] for row in facts()} == set(DATA["produce"])


def test_every_kind_of_the_facts_has_its_picture():
    assert {row["category"] for row in facts()} <= set(DATA["categories"])


@pytest.mark.parametrize("slug", sorted(DATA["produce"]))
def test_a_picture_is_a_drawing_or_one_character_on_a_known_ground(slug):
    picture = art_of(slug)

    assert bool(picture.drawing) != bool(picture.character)
    assert len(picture.character) <= 1
    assert picture.copies in PILES
    assert f".ground--{picture.palette} " in TOKENS
    assert not picture.drawing or (DRAWINGS / f"{picture.drawing}.svg").is_file()


def test_no_drawing_is_kept_that_nothing_uses():
    used = {entry.get("drawing") for entry in DATA["produce"].values()}
    used |= {category_drawing(kind) for kind in DATA["categories"]}

    assert {path.stem for path in DRAWINGS.glob("*.svg")} == used - {None}


def test_drawings_name_no_outside_host_and_run_nothing():
    for path in DRAWINGS.glob("*.svg"):
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")

        assert not re.search(r"https?:|<script|\son\w+=", text), path.name


def test_goods_that_a_drawing_would_misstate_show_their_character():
    # a cabbage is not chives, an ox no white yak, a pink pig no black one, green flesh no red, orange skin no green
    expected = {
        "wushan-chives": "韭",
        "tianzhu-white-yak": "牦",
        "congjiang-xiang-pig": "猪",
        "cangxi-red-kiwifruit": "猕",
        "qiongzhong-green-orange": "橙",
        "fuping-dried-persimmon": "柿",
        "jiaxian-jujube": "枣",
    }

    assert {slug: art_of(slug).character for slug in expected} == expected


def test_a_produce_that_the_data_does_not_know_shows_the_character_of_its_kind():
    picture = art_of("new-tea-of-next-year", "tea")

    assert (picture.drawing, picture.character) == ("", "茶")


def test_a_plate_piles_as_many_drawings_as_the_data_says_and_five_where_it_is_wide():
    card = plate_inside("zigui-navel-orange", "fruit", "420527", "card", "/t.svg")[2]
    page = plate_inside("zigui-navel-orange", "fruit", "420527", "page", "/t.svg")[2]

    assert card.count("<image") == 3
    assert page.count("<image") == 5


def test_a_hostile_address_cannot_leave_its_attribute():
    inside = plate_inside("zigui-navel-orange", "fruit", "420527", "card", '"><script>')[2]

    assert "<script" not in inside
