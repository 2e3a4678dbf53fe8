"""
The ways to pay that the sandbox offers, and what comes of each. Card numbers are those Stripe documents for tests.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why money was not taken, in the provider's words."""

    code: str
    message: str
    decline_code: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """
    ``needs_consent``: the buyer is sent to the bank or the wallet and accepts or refuses there. ``refusal`` is what
    becomes of the payment otherwise, or of a consent refused. ``refunds`` tells how a refund of it goes.
    """

    name: str
    type: Literal["card", "alipay", "wechat_pay"]
    card_number: str = ""
    brand: str = "visa"
    needs_consent: bool = False
    refusal: Refusal | None = None
    refunds: Literal["at_once", "later", "fail_later"] = "at_once"

    @property
    def last4(self) -> str:
        return self.card_number[-4:]


DECLINED = Refusal("card_declined", "The card was declined.", "generic_decline")
INSUFFICIENT = Refusal("card_declined", "The card has insufficient funds.", "insufficient_funds")
NOT_AUTHENTICATED = Refusal(
    "payment_intent_authentication_failure", "The buyer's bank could not make sure that it was the buyer."
)
WALLET_REFUSED = Refusal("payment_intent_payment_attempt_failed", "The buyer refused the payment in the wallet.")

METHODS = {
    method.name: method
    for method in (
        Method("card", "card", "4242424242424242"),
        Method("card_declined", "card", "4000000000000002", refusal=DECLINED),
        Method("card_insufficient_funds", "card", "4000000000009995", refusal=INSUFFICIENT),
        Method("card_3ds", "card", "4000002500003155", needs_consent=True, refusal=NOT_AUTHENTICATED),
        Method("card_refund_later", "card", "4000000000007726", refunds="later"),
        Method("card_refund_fails", "card", "4000000000005126", refunds="fail_later"),
        Method("alipay", "alipay", needs_consent=True, refusal=WALLET_REFUSED),
        Method("wechat_pay", "wechat_pay", needs_consent=True, refusal=WALLET_REFUSED),
    )
}
