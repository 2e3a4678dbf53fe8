"""What every piece of work in the sandbox knows: the connection, the moment, and who must hear of it."""

from dataclasses import dataclass

from marketplace.payment.sandbox.config import Config
from marketplace.payment.sandbox.database import Connection
from marketplace.payment.sandbox.documents import derived_id

# A call told to happen this far from the real clock is history being made.
SIMULATED_SECONDS = 300


@dataclass(slots=True)
class Call:
    """
    One piece of work in one transaction.

    ``at`` is the moment in Unix seconds that it counts as happening; ``real_at`` the clock's. ``is_quiet`` sends no
    webhooks for it. ``num_events`` counts the events recorded by it.
    """

    connection: Connection
    config: Config
    at: int
    real_at: int
    is_quiet: bool = False
    request_id: str = ""
    idempotency_key: str = ""
    num_events: int = 0

    @property
    def is_simulated(self) -> bool:
        return abs(self.at - self.real_at) > SIMULATED_SECONDS

    def id(self, prefix: str, *causes: object, length: int = 24) -> str:
        return derived_id(self.config.secret_key, prefix, *causes, length=length)
