"""What the sandbox is told by its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

# A stand-in for the price list of the day: 0.6 %, what mainland wallets commonly take, in ten-thousandths.
FEE_PER_TEN_THOUSAND = 60


@dataclass(frozen=True, slots=True)
class Config:
    """
    ``base_url`` is how a buyer's browser reaches the sandbox. ``webhook_url`` may be empty: then nothing is delivered.
    ``retry_seconds`` are the waits between the tries of a webhook; after the last one the sandbox gives up.
    """

    database_url: str
    secret_key: str
    webhook_secret: str
    webhook_url: str
    base_url: str
    merchant: str
    retry_seconds: tuple[float, ...]
    refund_seconds: float
    fee_per_ten_thousand: int = FEE_PER_TEN_THOUSAND


def config_from(environment: Mapping[str, str] = os.environ) -> Config:
    """
    Read the configuration.

    Raises
    ------
    RuntimeError
        If a variable that must be there is missing or empty; every one is named.
    """
    needed = ("SANDBOX_DATABASE_URL", "SANDBOX_SECRET_KEY", "SANDBOX_WEBHOOK_SECRET", "SANDBOX_BASE_URL")
    missing = [name for name in needed if not environment.get(name, "").strip()]
    if missing:
        raise RuntimeError("The sandbox needs " + ", ".join(missing))
    retries = environment.get("SANDBOX_RETRY_SECONDS", "2,10,60,300,1800,7200")
    return Config(
        database_url=environment["SANDBOX_DATABASE_URL"],
        secret_key=environment["SANDBOX_SECRET_KEY"].strip(),
        webhook_secret=environment["SANDBOX_WEBHOOK_SECRET"].strip(),
        webhook_url=environment.get("SANDBOX_WEBHOOK_URL", "").strip(),
        base_url=environment["SANDBOX_BASE_URL"].strip().rstrip("/"),
        merchant=environment.get("SANDBOX_MERCHANT", "丰路 Fenglu"),
        retry_seconds=tuple(float(wait) for wait in retries.split(",") if wait.strip()),
        refund_seconds=float(environment.get("SANDBOX_REFUND_SECONDS", "5")),
    )
