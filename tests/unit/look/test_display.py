"""The choice of text size and theme goes into cookies, and back to where the person was."""

import pytest
from django.test import RequestFactory

from marketplace.storefront.display import display_set


def posted(**data):
    return display_set(RequestFactory().post("/display/", data, headers={"host": "localhost"}))


def test_large_text_is_kept_and_the_person_goes_back():
    response = posted(text="large", next="/products/?q=apple")

    assert response.url == "/products/?q=apple"
    assert response.cookies["text"].value == "large"


def test_a_choice_that_is_not_ours_is_not_kept():
    assert not posted(text="enormous", theme="pink").cookies


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(target):
    assert posted(text="large", next=target).url == "/"


def test_reading_alone_changes_nothing():
    assert display_set(RequestFactory().get("/display/")).status_code == 405
