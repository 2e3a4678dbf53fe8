"""Components in both languages: the words that they say and the marks that they carry."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from marketplace.foundation.clock import shanghai
from marketplace.storefront.cards import TrackingEvent
from marketplace.storefront.season_strip import SeasonWindow, season_strip
from marketplace.storefront.styleguide import SAMPLE_DAY, SampleForm, sample_cards, sample_windows


def rendered(source, language="en", **context):
    with translation.override(language):
        template = engines["django"].from_string("{% load look cotton %}" + source)
        return template.render(context, RequestFactory().get("/"))


@pytest.mark.parametrize("phase", ["presale", "fresh", "stored", "off"])
def test_a_phase_is_a_mark_and_a_word(phase):
    html = rendered("{% cotton status_tag :phase='phase' / %}", phase=phase.upper())

    assert f"mark--{phase}" in html
    assert {"presale": "Presale", "fresh": "Fresh", "stored": "Stored", "off": "Off season"}[phase] in html


def test_lateness_is_an_icon_and_a_word():
    html = rendered("{% cotton status_tag phase='late' / %}")

    assert "<svg" in html
    assert "Late" in html


def test_a_price_is_followed_by_both_unit_prices():
    html = rendered("{% cotton price :fen='fen' :net_g='net_g' / %}", fen=3980, net_g=2500)

    assert '<span class="price__sign">¥</span>39<span class="price__cents">.80</span>' in html
    assert "¥15.92 per kg" in html
    assert "¥7.96 per jin (500 g)" in html


def test_a_struck_price_is_shown_only_with_the_day_that_it_was_charged():
    with_day = rendered(
        "{% cotton price :fen='fen' :net_g='net_g' :was_fen='was' :was_on='on' / %}",
        fen=3980,
        net_g=2500,
        was=4500,
        on=date(2026, 11, 1),
    )
    without_day = rendered("{% cotton price :fen='fen' :net_g='net_g' :was_fen='was' / %}", fen=3980, net_g=2500, was=1)

    assert "<del" in with_day
    assert "1 Nov" in with_day
    assert "<del" not in without_day


def test_a_promise_says_dispatch_first_and_arrival_second():
    html = rendered(
        "{% cotton promise :ships_by='ships' :arrives_by='arrives' / %}",
        ships=date(2026, 11, 26),
        arrives=date(2026, 11, 29),
    )

    assert html.index("26 Nov") < html.index("Sun 29 Nov")


def test_a_changed_promise_strikes_the_old_date_and_gives_the_reason():
    html = rendered(
        "{% cotton promise :ships_by='new' :old_ships_by='old' reason='Rain.' / %}",
        new=date(2026, 11, 28),
        old=date(2026, 11, 26),
    )

    assert "<del>Ships by 26 Nov</del>" in html
    assert "Rain." in html


def test_a_season_strip_says_itself():
    strip = season_strip([SeasonWindow((11, 1), (1, 25))], today=SAMPLE_DAY)

    html = rendered("{% cotton season_strip :strip='strip' / %}", strip=strip)

    assert 'aria-label="Harvest early Nov to late Jan"' in html
    assert html.count("<i") == 36


def test_a_card_leads_to_its_product_and_shows_its_place():
    card = sample_cards("en")[0]

    html = rendered("{% cotton product_card :card='card' / %}", card=card)

    assert '<a href="#">Zigui navel orange</a>' in html
    assert "Zigui, Hubei" in html
    assert "Ships by 26 Nov" in html


def test_a_name_from_outside_is_escaped():
    card = replace(sample_cards("en")[0], name="<script>alert(1)</script>", origin='"><b>')

    html = rendered("{% cotton product_card :card='card' / %}", card=card)

    assert "<script>" not in html
    assert '"><b>' not in html


@pytest.mark.parametrize("place", range(6))
def test_only_an_open_window_can_be_chosen(place):
    window = sample_windows()[place]

    html = rendered("{% cotton window_choice :window='window' / %}", window=window)

    assert ('type="radio"' in html) == window.can_be_chosen


def test_a_sold_out_window_says_what_follows():
    sold_out = next(window for window in sample_windows() if window.state == "soldout")

    html = rendered("{% cotton window_choice :window='window' / %}", window=sold_out)

    assert "<del>" in html
    assert sold_out.next_text in html


def test_a_field_ties_help_and_error_to_its_input():
    form = SampleForm({"name": "", "phone": "138", "grade": "1"})
    form.add_error("phone", "Eleven digits, please.")

    html = rendered("{% cotton field :field='field' / %}", field=form["phone"])

    assert 'aria-describedby="id_phone_helptext id_phone_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_phone_helptext"' in html
    assert 'id="id_phone_error"' in html
    assert 'for="id_phone"' in html


def test_a_parcels_way_names_its_moments():
    event = TrackingEvent("Packed", shanghai(date(2026, 11, 26), 9, 12), "Zigui hub")

    html = rendered("{% cotton tracking :events='events' / %}", events=[event])

    assert 'datetime="2026-11-26T09:12:00+08:00"' in html
    assert "26 Nov 09:12" in html


def test_pages_keep_the_search():
    page = Paginator(range(60), 24).get_page(2)

    html = rendered("{% cotton pagination :page='page' query='q=apple' / %}", page=page)

    assert 'href="?q=apple&amp;page=1"' in html
    assert 'href="?q=apple&amp;page=3"' in html


def test_a_missing_value_is_an_empty_string_and_not_none():
    html = rendered("{{ x|day }}{{ x|money }}{{ x|kg }}{{ x|moment }}{{ x|percent }}", x=None)

    assert html == ""


def test_a_headline_breaks_between_its_clauses():
    html = rendered("{{ text|phrases }}", text="橙子进了采收正期，六个县同时在摘")

    assert html == '<span class="phrase">橙子进了采收正期，</span><span class="phrase">六个县同时在摘</span>'


def test_a_link_to_a_view_that_is_not_mounted_is_empty():
    assert rendered("{% url_or 'no:such_view' %}") == ""


def test_an_icon_name_cannot_leave_its_folder():
    with pytest.raises(ValueError, match="not an icon name"):
        rendered("{% icon name %}", name="../../etc/passwd")


@pytest.mark.parametrize(("cookie", "size"), [("large", "large"), ("normal", "normal"), ('"><script>', "normal")])
def test_text_size_follows_the_cookie_when_it_is_one_of_ours(cookie, size):
    request = RequestFactory().get("/")
    request.COOKIES["text"] = cookie

    html = engines["django"].from_string("{% load look %}<html {% root_attributes %}>").render({}, request)

    assert f'data-text="{size}"' in html


def test_outdoor_screens_are_light_until_dark_is_asked_for():
    asked = RequestFactory().get("/")
    asked.COOKIES["theme"] = "dark"
    source = engines["django"].from_string("{% load look %}<html {% root_attributes 'light' %}>")

    assert 'data-theme="light"' in source.render({}, RequestFactory().get("/"))
    assert 'data-theme="dark"' in source.render({}, asked)
