"""
Faults on order: which of them strike now. Each is a row with a seed, so that a run can be repeated, and each strike is
logged.
"""

import logging
import random
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from psycopg.types.json import Jsonb

from marketplace.payment.sandbox.database import Connection
from marketplace.payment.sandbox.parameters import Params

logger = logging.getLogger("sandbox.faults")

CALL_FAULTS = {
    "delay": "wait before the call is looked at",
    "slow": "wait while the call is carried out, its key held",
    "outage": "503, nothing is carried out",
    "bad_gateway": "502 that is not JSON, nothing is carried out",
    "rate_limit": "429, nothing is carried out",
    "refusal": "400, nothing is carried out",
    "server_error": "500, kept under the idempotency key, nothing took effect",
    "server_error_after": "500, kept under the idempotency key, although it took effect",
    "lost_answer": "carried out, then the connection ends without an answer",
    "reset": "carried out, then the connection ends in mid-answer",
}
WEBHOOK_FAULTS = {
    "webhook_twice": "sent `copies` times",
    "webhook_shuffled": "sent after a random wait of up to `seconds`",
    "webhook_late": "sent `seconds` later",
    "webhook_never": "not sent",
    "webhook_forged": "a changed copy with a wrong signature is sent first",
}
SECONDS_MAX = 120
COPIES_MAX = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One fault on order. ``path`` is matched against the call's path, or the event's type for webhooks, ``*`` for any.
    """

    id: int
    kind: str
    options: dict[str, Any]

    @property
    def seconds(self) -> float:
        return float(self.options["seconds"])


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One webhook to send: when from now, and whether it is the forged copy."""

    wait_seconds: float = 0.0
    is_forged: bool = False


async def order(connection: Connection, params: Params) -> int:
    """
    Put a fault on order and return its id.

    ``kind``; ``path`` (default ``*``); ``method`` (default any); ``times`` (default for ever); ``probability``
    (default 1); ``seed`` (default 0); and the kind's own ``seconds`` (default 1) or ``copies`` (default 2).
    """
    kind = params.needed_text("kind", choices=(*CALL_FAULTS, *WEBHOOK_FAULTS))
    path = params.text("path", default="*", longest=200)
    method = params.text("method", default="", longest=10) or ""
    times = params.whole("times", least=1, most=1_000_000)
    seed = params.whole("seed", least=0, most=2**62) or 0
    probability = params.number("probability", least=0, most=1)
    seconds = params.number("seconds", least=0, most=SECONDS_MAX)
    copies = params.whole("copies", least=1, most=COPIES_MAX)
    params.finish()
    options = {"seconds": 1.0 if seconds is None else seconds, "copies": copies or 2}
    cursor = await connection.execute(
        "INSERT INTO fault (kind, path, method, seed, probability, times_left, options)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (kind, path, method.upper(), seed, 1.0 if probability is None else probability, times, Jsonb(options)),
    )
    return int((await cursor.fetchall())[0]["id"])


async def strikes(connection: Connection, target: str, *, method: str, kinds: dict[str, str]) -> list[Fault]:
    """
    The faults of some kinds that strike a call or event now, oldest order first; each strike is used up and logged.
    """
    cursor = await connection.execute(
        "SELECT id, kind, path, method, seed, probability, draws, options FROM fault"
        " WHERE kind = ANY(%s) AND times_left IS DISTINCT FROM 0 ORDER BY id FOR UPDATE",
        (list(kinds),),
    )
    struck = []
    for row in await cursor.fetchall():
        if not fnmatchcase(target, row["path"]) or row["method"] not in ("", method):
            continue
        # Each draw has a generator of its own, so that a restart of the process continues the same series.
        is_hit = random.Random(f"{row['seed']}:{row['draws']}").random() < row["probability"]  # noqa: S311
        await connection.execute(
            "UPDATE fault SET draws = draws + 1, times_left = times_left - %s WHERE id = %s",
            (int(is_hit), row["id"]),
        )
        if is_hit:
            # The seed of what else the fault decides, such as the wait of a shuffled webhook.
            options = {**row["options"], "draw": f"{row['seed']}:{row['draws']}:wait"}
            struck.append(Fault(id=row["id"], kind=row["kind"], options=options))
            await _log(connection, struck[-1], f"{method} {target}".strip())
    return struck


async def _log(connection: Connection, fault: Fault, target: str) -> None:
    logger.info("fault %s strikes %s", fault.kind, target)
    await connection.execute(
        "INSERT INTO fault_log (fault_id, kind, target, detail) VALUES (%s, %s, %s, %s)",
        (fault.id, fault.kind, target, str(fault.options.get("draw", ""))),
    )


async def planned_deliveries(connection: Connection, event_type: str) -> list[PlannedDelivery]:
    """How an event is told: once and now, unless faults say otherwise."""
    planned = [PlannedDelivery()]
    for fault in await strikes(connection, event_type, method="", kinds=WEBHOOK_FAULTS):
        if fault.kind == "webhook_never":
            planned = [one for one in planned if one.is_forged]
        elif fault.kind == "webhook_twice":
            genuine = [one for one in planned if not one.is_forged]
            planned = planned + genuine * (int(fault.options["copies"]) - 1)
        elif fault.kind == "webhook_late":
            planned = [PlannedDelivery(one.wait_seconds + fault.seconds, one.is_forged) for one in planned]
        elif fault.kind == "webhook_shuffled":
            dice = random.Random(fault.options["draw"])  # noqa: S311
            planned = [
                PlannedDelivery(one.wait_seconds + dice.uniform(0, fault.seconds), one.is_forged) for one in planned
            ]
        else:
            planned = [PlannedDelivery(is_forged=True), *planned]
    return planned
