"""A database that cannot be had in time is a 503 that says so, never a 500 and never a hang."""

import pytest
from django.db import OperationalError

from marketplace.basket import views

pytestmark = pytest.mark.django_db


def test_a_lock_that_was_waited_for_too_long_is_a_503_with_retry_after(client, monkeypatch):
    def busy(_basket):
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(views, "basket_lines", busy)

    answer = client.get("/basket/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3"
    assert "请过几秒再试一次" in answer.content.decode()


def test_other_faults_are_not_dressed_up_as_a_busy_database(client, monkeypatch):
    def broken(_basket):
        raise ValueError("a fault of ours")

    monkeypatch.setattr(views, "basket_lines", broken)

    with pytest.raises(ValueError, match="a fault of ours"):
        client.get("/basket/")
