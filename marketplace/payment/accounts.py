"""
The ledger accounts money moves between, as codes. Debit positive: the provider's balance is an asset, the rest debts.

Fenglu never holds buyers' money itself (二清 is forbidden): `PROVIDER` is what the licensed institution holds for us.

    paid        Dr asset:provider              Cr held:order:<number>
    refunded    Dr held:order:<number>         Cr asset:provider
    settled     Dr held:order:<number>         Cr payable:cooperative:<id>, payable:seller:<id>, payable:hub:<id>,
                                                  payable:freight, payable:payment-fee
    paid out    Dr payable:cooperative:<id>    Cr asset:provider
"""

PROVIDER = "asset:provider"
FREIGHT = "payable:freight"
PAYMENT_FEE = "payable:payment-fee"


def held_for_order(order_number: str) -> str:
    """Buyer's money at the provider that is not settled yet."""
    return f"held:order:{order_number}"


def payable_to_cooperative(cooperative_id: int) -> str:
    return f"payable:cooperative:{cooperative_id}"


def payable_to_seller(partner_id: int) -> str:
    return f"payable:seller:{partner_id}"


def payable_to_hub(hub_id: int) -> str:
    """Sorting and packing done at a hub."""
    return f"payable:hub:{hub_id}"
