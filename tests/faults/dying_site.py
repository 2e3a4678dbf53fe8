"""
The site as it is served, with places at which the process that comes by dies as by kill -9.

Only test_checkout_crashes serves this module; the site itself has no switch for it. The file DIES_AT names the place;
whoever dies there removes it first, so that the next process lives.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

# First: it sets Django up, and only then can the rest be imported.
from marketplace.wsgi import application  # isort: skip

from marketplace.checkout import views
from marketplace.checkout.services import paying, placing
from marketplace.payment.stripe_adapter import StripePort
from marketplace.webhooks import views as notices

__all__ = ["application"]

ORDERED = Path(os.environ["DIES_AT"])


def deadly(place: str, holder: Any, name: str, *, afterwards: bool = False) -> None:
    """Let a process die where it calls something of ours: before the call, or with its answer in hand."""
    call: Callable[..., Any] = getattr(holder, name)

    def die_or_call(*args: Any, **kwargs: Any) -> Any:
        is_ordered = ORDERED.exists() and ORDERED.read_text() == place
        answer = None if is_ordered and not afterwards else call(*args, **kwargs)
        if is_ordered:
            ORDERED.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(holder, name, die_or_call)


deadly("before the order is committed", placing, "_write_attempt")
deadly("after the order is committed", views, "order_remember")
deadly("before the payment is started", views, "payment_start")
deadly("after the provider has made the session", StripePort, "start", afterwards=True)
deadly("on the buyer's return", views, "payment_ask")
deadly("while the payment is booked", paying, "ledger_book")
deadly("before a notice is stored", notices, "notice_receive")
