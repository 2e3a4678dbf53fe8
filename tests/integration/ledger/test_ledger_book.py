"""Booking: once for a key, balanced, and nothing but balanced."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from marketplace.ledger.models import Account, LedgerTransaction, Posting
from marketplace.ledger.services import UnbalancedBooking, account_balance_fen, ledger_book
from tests.factories import NOW


def book(key: str = "paid:1", **legs: int) -> LedgerTransaction:
    return ledger_book(
        key=key,
        purpose="PAID",
        reference="F1",
        legs={code.replace("_", ":"): fen for code, fen in (legs or {"a_x": 5, "b_y": -5}).items()},
        at=NOW,
    )


@pytest.mark.django_db
def test_the_same_key_books_once_and_returns_the_first_booking() -> None:
    first = book(a_x=5, b_y=-5)

    again = book(a_x=9, b_y=-9)

    assert again.pk == first.pk
    assert (account_balance_fen("a:x"), account_balance_fen("b:y")) == (5, -5)


@pytest.mark.django_db
def test_legs_of_nothing_are_left_out() -> None:
    booking = book(a_x=5, b_y=-5, c_z=0)

    assert sorted(booking.postings.values_list("account__code", flat=True)) == ["a:x", "b:y"]
    assert not Account.objects.filter(code="c:z").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "legs", [{"a_x": 5}, {"a_x": 5, "b_y": -4}, {"a_x": 0, "b_y": 0}, {"a_x": 5, "b_y": 0}], ids=str
)
def test_what_does_not_balance_is_not_booked(legs: dict[str, int]) -> None:
    with pytest.raises(UnbalancedBooking):
        book(**legs)

    assert not LedgerTransaction.objects.exists()
    assert not Posting.objects.exists()


@pytest.mark.django_db
def test_an_account_nobody_booked_on_has_nothing() -> None:
    assert account_balance_fen("payable:cooperative:404") == 0


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_with_one_key_book_once() -> None:
    start = threading.Barrier(10)

    def one() -> int:
        try:
            start.wait(timeout=10)
            with transaction.atomic():
                return book("settled:1", a_x=7, b_y=-7).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        bookings = [future.result(timeout=30) for future in [pool.submit(one) for _number in range(10)]]

    assert len(set(bookings)) == 1
    assert Posting.objects.count() == 2
    assert (account_balance_fen("a:x"), account_balance_fen("b:y")) == (7, -7)
