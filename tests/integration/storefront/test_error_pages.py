"""Pages for what went wrong: in both languages, and without asking the database that may be what is wrong."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.utils.translation import override
from django.views import defaults
from django.views.csrf import csrf_failure


@pytest.fixture
def request_with_cookies(rf: RequestFactory) -> HttpRequest:
    """A request of a shopper who has a session and a basket; reading either would ask the database."""
    request = rf.get("/orders/x/")
    request.COOKIES = {"sessionid": "x", "oscar_open_basket": "1:x"}
    return request


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", "这个地址下没有内容"), ("en", "There is nothing at this address")],
)
def test_not_found_says_where_to_go(request_with_cookies, language, words):
    with override(language):
        answer = defaults.page_not_found(request_with_cookies, Http404())

    assert answer.status_code == 404
    assert words in answer.content.decode()
    assert "/orders/find/" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "这个页面不对您的账号开放"), ("en", "This page is not for your account")]
)
def test_forbidden_says_what_to_do(request_with_cookies, language, words):
    with override(language):
        answer = defaults.permission_denied(request_with_cookies, PermissionDenied())

    assert answer.status_code == 403
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "这个请求我们读不懂"), ("en", "We could not read that request")]
)
def test_a_request_that_makes_no_sense_says_that_nothing_was_saved(request_with_cookies, language, words):
    with override(language):
        answer = defaults.bad_request(request_with_cookies, SuspiciousOperation())

    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "页面放得太久了"), ("en", "The page had grown old")])
def test_a_form_without_its_token_says_to_load_it_again(request_with_cookies, language, words):
    with override(language):
        answer = csrf_failure(request_with_cookies)

    assert answer.status_code == 403
    assert words in answer.content.decode()


def test_the_page_of_a_broken_server_speaks_both_languages_and_needs_nothing(request_with_cookies):
    answer = defaults.server_error(request_with_cookies)

    text = answer.content.decode()
    assert answer.status_code == 500
    assert "我们这边出错了" in text
    assert "Something broke on our side" in text
    assert "/static/" not in text


@pytest.mark.django_db
def test_a_post_without_its_token_is_refused_with_our_page():
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/basket/add/", {"window": "1"}, headers={"accept-language": "en"})

    assert answer.status_code == 403
    assert "The page had grown old" in answer.content.decode()
