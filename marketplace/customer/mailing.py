"""Writing to a buyer, in the language they ordered in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import override

from marketplace.order.models import Order


def buyer_mail(order: Order, *, template: str, context: dict[str, Any] | None = None, reference: str = "") -> bool:
    """
    Send one plain-text mail about an order; False when the buyer left no address. The first line is the subject.

    ``reference`` tells mails of one template and order apart, for programs that show a message id once.

    Raises
    ------
    OSError, smtplib.SMTPException
        If the mail server is away; the outbox keeps the message and tries again.
    """
    address = order.user.email if order.user_id and order.user and order.user.email else order.guest_email
    if not address:
        return False
    with override(order.language):
        text = render_to_string(template, {"order": order, "site_url": settings.SITE_URL, **(context or {})})
    subject, _, body = text.strip().partition("\n")
    name = "-".join(filter(None, (template.split("/")[-1].split(".")[0], order.number, reference)))
    EmailMessage(
        subject=subject.strip(),
        body=body.strip() + "\n",
        to=[address],
        headers={"Message-ID": f"<{name}@fenglu.example>"},
    ).send()
    return True
