"""
What people are told of shortfalls: officers of a new one, buyers of what was decided and of their answer.

Each is an outbox message with its own key, so it is sent once; a buyer's is in the language of the order.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.translation import override

from harvest_schedule.models import ShortfallCase, ShortfallDecision, ShortfallPart
from harvest_schedule.selectors.shortfalls import order_changes, part_view
from marketplace.customer.mailing import buyer_mail
from marketplace.foundation.outbox import handles, outbox_put
from marketplace.order.models import Order


@handles("mail.shortfall_opened")
def mail_shortfall_opened(*, case_id: int, at: datetime) -> None:
    """Officers, and the staff of the station, are told one by one: a mail that fails is tried again alone."""
    case = ShortfallCase.objects.select_related("window__product__pool_product__pool").get(pk=case_id)
    hub_id = case.window.product.pool_product.pool.hub_id
    people = get_user_model().objects.filter(Q(is_staff=True) | Q(hubs=hub_id), is_active=True).exclude(email="")
    for user_id in people.order_by("pk").values_list("pk", flat=True).distinct():
        outbox_put(
            topic="mail.shortfall_opened_to",
            key=f"mail.shortfall_opened_to:{case_id}:{user_id}",
            payload={"case_id": case_id, "user_id": user_id},
            at=at,
        )


@handles("mail.shortfall_opened_to")
def mail_shortfall_opened_to(*, case_id: int, user_id: int, at: datetime) -> None:
    case = ShortfallCase.objects.select_related("window__product__pool_product__pool__hub").get(pk=case_id)
    user = get_user_model().objects.select_related("buyer_profile").get(pk=user_id)
    profile = getattr(user, "buyer_profile", None)
    with override(profile.language if profile else settings.LANGUAGE_CODE):
        text = render_to_string(
            "harvest_schedule/mail/shortfall_opened.txt", {"case": case, "site_url": settings.SITE_URL}
        )
    subject, _, body = text.strip().partition("\n")
    EmailMessage(
        subject=subject.strip(),
        body=body.strip() + "\n",
        to=[user.email],
        headers={"Message-ID": f"<shortfall-{case_id}-{user_id}@fenglu.example>"},
    ).send()


@handles("mail.shortfall_decided")
def mail_shortfall_decided(*, decision_id: int, order_id: int, at: datetime) -> None:
    """A buyer whose packs do not all come as promised is told of each: what comes, what does not, what they may do."""
    order = Order.objects.select_related("user", "shipping_address").get(pk=order_id)
    shares = list(
        ShortfallDecision.objects.get(pk=decision_id)
        .shares.filter(line__order_id=order_id, parts__isnull=False)
        .select_related("line")
        .distinct()
        .order_by("pk")
    )
    changes = [view for view in reversed(order_changes(order_id, at)) if view.part.share.decision_id == decision_id]
    told = [(share, [view for view in changes if view.part.share_id == share.pk]) for share in shares]
    buyer_mail(
        order,
        template="harvest_schedule/mail/shortfall_decided.txt",
        context={"told": told},
        reference=str(decision_id),
    )


@handles("mail.shortfall_answered")
def mail_shortfall_answered(*, part_id: int, at: datetime) -> None:
    part = ShortfallPart.objects.select_related(
        "line__order__user", "window__product", "refund", "difference_refund", "share__decision"
    ).get(pk=part_id)
    buyer_mail(
        part.line.order,
        template="harvest_schedule/mail/shortfall_answered.txt",
        context={"view": part_view(part, at)},
        reference=f"{part_id}-{part.answer.lower()}",
    )
