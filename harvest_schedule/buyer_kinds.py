"""
Who waits for the goods: a household, an institution, or a standing contract.

An account may be named as one of the latter two (`StandingBuyer`). The shop asks a guest for no such thing, and knows
neither companies nor invoices yet, so anybody else counts by what the order says: a recipient whose name reads as an
organisation, or more packs than a household eats. This decides no price and no promise, only figures of fairness and,
for contracts, who is served first where a person chose so.
"""

from __future__ import annotations

from harvest_schedule.states import BuyerKind
from marketplace.order.models import Order

#: Packs in one order from which on it is taken for an institution's. Own estimate: canteens and unions order eight
#: boxes and more, households one to three.
INSTITUTION_PACKS = 8
#: What names of organisations end in or hold.
_ORGANISATION = (
    "公司",
    "学校",
    "小学",
    "中学",
    "大学",
    "学院",
    "幼儿园",
    "食堂",
    "餐厅",
    "酒店",
    "医院",
    "工会",
    "超市",
    "合作社",
    "委员会",
    "研究所",
    "养老院",
    "机关",
    "中心",
    "school",
    "canteen",
    "hospital",
    "university",
    "company",
    "co., ltd",
    "hotel",
    "union",
)


def buyer_kind(order: Order, *, packs: int) -> str:
    """Return the kind of an order's buyer; ``packs`` are those of the whole order. Address and account are read."""
    standing = getattr(order.user, "standing_buyer", None) if order.user_id else None
    if standing is not None:
        return str(standing.kind)
    address = order.shipping_address
    name = f"{address.first_name} {address.last_name}".lower() if address is not None else ""
    if packs >= INSTITUTION_PACKS or any(word in name for word in _ORGANISATION):
        return BuyerKind.INSTITUTION
    return BuyerKind.CONSUMER
