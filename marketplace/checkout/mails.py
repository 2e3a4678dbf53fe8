"""Mails that follow an order's payment. Each is an outbox message with its own key, so it is sent once."""

from __future__ import annotations

from datetime import datetime

from marketplace.customer.mailing import buyer_mail
from marketplace.foundation.outbox import handles
from marketplace.order.models import Order
from marketplace.payment.models import Refund


def _order(order_id: int) -> Order:
    return Order.objects.select_related("user", "shipping_address").prefetch_related("lines").get(pk=order_id)


@handles("mail.order_paid")
def mail_order_paid(*, order_id: int, at: datetime) -> None:
    buyer_mail(_order(order_id), template="checkout/mail/order_paid.txt")


@handles("mail.order_cancelled")
def mail_order_cancelled(*, order_id: int, at: datetime) -> None:
    buyer_mail(_order(order_id), template="checkout/mail/order_cancelled.txt")


@handles("mail.late_payment_refunded")
def mail_late_payment_refunded(*, order_id: int, at: datetime) -> None:
    buyer_mail(_order(order_id), template="checkout/mail/late_payment_refunded.txt")


@handles("mail.refunded")
def mail_refunded(*, refund_id: int, at: datetime) -> None:
    refund = Refund.objects.select_related("order__user", "line").get(pk=refund_id)
    buyer_mail(refund.order, template="checkout/mail/refunded.txt", context={"refund": refund})
