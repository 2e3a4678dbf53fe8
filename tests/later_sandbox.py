"""
The payment sandbox on a clock that runs as fast as the world's but shows another day.

Browser tests live on the factories' day. The provider must live on it too, for its sessions lapse and its signatures
age by the clock.
"""

from __future__ import annotations

import os
import time

SHIFT_S = float(os.environ["SANDBOX_SHIFT_S"])
_time = time.time
time.time = lambda: _time() + SHIFT_S

from marketplace.payment.sandbox.app import app  # noqa: E402  (after the clock is set)

__all__ = ["app"]
