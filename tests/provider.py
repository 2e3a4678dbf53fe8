"""
A payment provider in memory, for tests of what the shop does with answers.

It keeps what Stripe promises: the same key gets the same answer, a refusal too. What each call answers can be scripted.
That the real adapter behaves the same is held by tests/integration/payment_sandbox.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from marketplace.payment.port import (
    CURRENCY,
    PaymentRefused,
    PaymentUnavailable,
    RefundOutcome,
    RefundRequest,
    RefundState,
    TransferInstruction,
    TransferOutcome,
)

#: What a script may say instead of an exception: carry it out, and lose the answer.
LOST_ANSWER = PaymentUnavailable("the answer was lost", reason="timeout")
NO_ANSWER = PaymentUnavailable("nobody answered", reason="connection")
REFUSED = PaymentRefused("no such account", code="account_invalid")


class MemoryProvider:
    """
    Carries out refunds and transfers, once per key.

    Put exceptions into ``script``; each call takes the next one, and with none left it succeeds.
    """

    def __init__(self, *script: Exception) -> None:
        self.script = deque(script)
        self.transfers: dict[str, TransferInstruction] = {}
        self.refunds: dict[str, RefundRequest] = {}
        self.num_calls = 0
        self._refusals: dict[str, PaymentRefused] = {}

    @property
    def transferred_fen(self) -> int:
        return sum(instruction.amount_fen for instruction in self.transfers.values())

    def transfer(self, instruction: TransferInstruction) -> TransferOutcome:
        self._carry_out(self.transfers, instruction)
        return TransferOutcome(
            transfer_id=f"tr_{instruction.idempotency_key}",
            amount_fen=instruction.amount_fen,
            reversed_fen=0,
            currency=CURRENCY,
            destination_account=instruction.destination_account,
            reference=instruction.reference,
        )

    def refund(self, request: RefundRequest) -> RefundOutcome:
        self._carry_out(self.refunds, request)
        return RefundOutcome(
            refund_id=f"re_{request.idempotency_key}",
            state=RefundState.SUCCEEDED,
            amount_fen=request.amount_fen,
            currency=CURRENCY,
            payment_intent_id=request.payment_intent_id,
            charge_id="",
            order_number=request.order_number,
            reference=request.reference,
            failure_reason="",
        )

    def _carry_out(self, done: dict[str, Any], call: Any) -> None:
        self.num_calls += 1
        key = call.idempotency_key
        if key in self._refusals:
            raise self._refusals[key]
        if key in done and done[key] != call:
            raise AssertionError(f"{key} was used with other parameters")
        failure = self.script.popleft() if self.script else None
        if failure is NO_ANSWER:
            raise failure
        if isinstance(failure, PaymentRefused):
            self._refusals[key] = failure
            raise failure
        done[key] = call
        if failure is not None:
            raise failure
