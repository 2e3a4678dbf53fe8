"""Mails that follow a parcel and a claim. Each is an outbox message with its own key, so it is sent once."""

from __future__ import annotations

from datetime import datetime

from logistics.models import Claim, Shipment
from marketplace.customer.mailing import buyer_mail
from marketplace.foundation.outbox import handles


@handles("mail.shipped")
def mail_shipped(*, shipment_id: int, at: datetime) -> None:
    shipment = Shipment.objects.select_related("order__user", "order__shipping_address", "carrier").get(pk=shipment_id)
    lines = [row.line for row in shipment.shipment_lines.select_related("line").order_by("pk")]
    buyer_mail(shipment.order, template="logistics/mail/shipped.txt", context={"shipment": shipment, "lines": lines})


@handles("mail.claim_answered")
def mail_claim_answered(*, claim_id: int, at: datetime) -> None:
    claim = Claim.objects.select_related("line__order__user").get(pk=claim_id)
    buyer_mail(claim.line.order, template="logistics/mail/claim_answered.txt", context={"claim": claim})
