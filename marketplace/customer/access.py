"""Whose order is it: the signed-in owner's, or a guest's who placed it here or has shown its number and phone."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from marketplace.order.models import Order
from marketplace.order.numbers import ALPHABET, order_number_read

_SESSION = "orders"
_REMEMBERED = 50


def order_remember(request: HttpRequest, order: Order) -> None:
    """Let this session see an order again."""
    numbers = [number for number in request.session.get(_SESSION, []) if number != order.number]
    request.session[_SESSION] = [*numbers, order.number][-_REMEMBERED:]


def order_for_request(request: HttpRequest, number: str) -> Order:
    """Return the order if it is this person's; anything else, existing or not, is a 404."""
    plain = order_number_read(number)
    if not set(plain) <= set(ALPHABET):
        raise Http404  # and the database is not asked about what it cannot hold (NUL)
    order = Order.objects.filter(number=plain).select_related("shipping_address__district", "user").first()
    if order is None:
        raise Http404
    is_owner = request.user.is_authenticated and order.user_id == request.user.pk
    if not is_owner and order.number not in request.session.get(_SESSION, []):
        raise Http404
    return order
