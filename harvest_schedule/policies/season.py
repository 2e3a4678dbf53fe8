"""
One season played week by week, with the same arithmetic for every policy.

A week: the policy says how much may be sold and kept; orders come, as far as demand and caps go; what is due ships out
of stores and of what is truly ripe; what cannot be sent is refunded with goodwill on top; what is to be kept goes into
stores; stores cost, lose and let spoil. Nobody picks what is neither sent nor kept: that stays on the trees.

Room and cost of a store count what was put in, not what is left of it, as in the planner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harvest_schedule.policies.world import World

LotKey = tuple[str, str, int, str]
"""Cooperative, produce, week of picking, mode."""


@dataclass(frozen=True)
class Seller:
    """Cooperatives that sell and keep together, and their part of the buyers of each produce."""

    coops: tuple[str, ...]
    capacity: Mapping[str, float]
    share: Mapping[str, float]


@dataclass(frozen=True)
class Decision:
    """
    What one seller does in one week, by produce.

    ``keep`` is what is put in by mode, or None for all that finds room. ``draws`` is what leaves the stores, by
    produce, week of picking and mode, before anything else; ``uptake`` who is picked first. Of produce in
    ``takes_all`` anything more that is ripe is kept too.
    """

    spot: Mapping[str, float]
    presale: Mapping[str, float]
    keep: Mapping[tuple[str, str], float] | None = None
    draws: Mapping[tuple[str, int, str], float] = field(default_factory=dict)
    uptake: Mapping[tuple[str, str], float] = field(default_factory=dict)
    takes_all: frozenset[str] = frozenset()


class Policy(Protocol):
    """A way of selling."""

    def sellers(self, world: World) -> list[Seller]: ...

    def decide(self, state: SellerState, week: int) -> Decision: ...

    def observe(self, produce: str, week: int, cap: float, ordered: float) -> None: ...


@dataclass
class SellerState:
    """What a seller has and owes at the beginning of a week."""

    world: World
    seller: Seller
    lots: dict[LotKey, float] = field(default_factory=dict)
    owed: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))

    def stock(self, produce: str) -> float:
        return sum(qty for key, qty in self.lots.items() if key[1] == produce)

    def put_in(self, key: LotKey, week: int) -> float:
        """What was put in of what is left of a lot."""
        return self.lots[key] / (1 - self.world.stores[key[3]].true_loss) ** (week - key[2])

    def room(self, mode: str, week: int) -> float:
        used = sum(self.put_in(key, week) for key in self.lots if key[3] == mode)
        return max(self.seller.capacity.get(mode, 0.0) - used, 0.0)


@dataclass
class Outcome:
    """What came of a season; money in fen, masses in kg. ``sales`` is by seller, produce and week."""

    world: World
    income: dict[str, float]
    sales: dict[tuple[int, str, int], float]
    promised: float = 0.0
    broken: float = 0.0
    sold: float = 0.0
    spoilt: float = 0.0
    unsold: float = 0.0


def season_play(world: World, policy: Policy) -> Outcome:
    """Play a season under a policy."""
    states = [SellerState(world, seller) for seller in policy.sellers(world)]
    outcome = Outcome(world, {row.id: 0.0 for row in world.cooperatives}, defaultdict(float))
    for week in range(world.weeks):
        decisions = [policy.decide(state, week) for state in states]
        spot = _spot_orders(world, policy, states, decisions, week)
        _presale_orders(world, states, decisions, week, outcome)
        for index, (state, decision) in enumerate(zip(states, decisions, strict=True)):
            week_play = _Week(state, decision, week, index, outcome)
            week_play.send_and_keep(spot[index])
    outcome.unsold += sum(sum(state.lots.values()) for state in states)
    return outcome


def orders_split(wanted: float, shares: Sequence[float], caps: Sequence[float], switching: float) -> list[float]:
    """Orders that each seller takes: first from its own buyers, then from those whom others had to send away."""
    own = [min(cap, wanted * share) for cap, share in zip(caps, shares, strict=True)]
    sent_away = switching * sum(wanted * share - got for share, got in zip(shares, own, strict=True))
    spare = [cap - got for cap, got in zip(caps, own, strict=True)]
    return [got + more for got, more in zip(own, filled(sent_away, spare), strict=True)]


def filled(need: float, limits: Sequence[float]) -> list[float]:
    """Split a need in proportion to what each can give, as far as it goes."""
    total = sum(limits)
    part = min(need / total, 1.0) if total > 0 else 0.0
    return [limit * max(part, 0.0) for limit in limits]


def _spot_orders(
    world: World, policy: Policy, states: Sequence[SellerState], decisions: Sequence[Decision], week: int
) -> list[dict[str, float]]:
    found: list[dict[str, float]] = [{} for _ in states]
    for produce in world.by_produce:
        caps = [max(row.spot.get(produce, 0.0), 0.0) if world.is_open(week) else 0.0 for row in decisions]
        shares = [row.seller.share.get(produce, 0.0) for row in states]
        orders = orders_split(world.market(produce, week).qty, shares, caps, world.switching)
        policy.observe(produce, week, sum(caps), sum(orders))
        for row, qty in zip(found, orders, strict=True):
            row[produce] = qty
    return found


def _presale_orders(
    world: World, states: Sequence[SellerState], decisions: Sequence[Decision], week: int, outcome: Outcome
) -> None:
    ship = week + world.presale_lead
    if not world.is_open(ship):
        return
    for produce in world.by_produce:
        caps = [max(row.presale.get(produce, 0.0), 0.0) for row in decisions]
        shares = [row.seller.share.get(produce, 0.0) for row in states]
        orders = orders_split(world.market(produce, ship).presale_qty, shares, caps, world.switching)
        for state, qty in zip(states, orders, strict=True):
            state.owed[produce, ship] += qty
            outcome.promised += qty


class _Week:
    """Sending, keeping and settling of one seller in one week."""

    def __init__(self, state: SellerState, decision: Decision, week: int, index: int, outcome: Outcome) -> None:
        self.state, self.decision, self.week, self.index, self.outcome = state, decision, week, index, outcome
        self.world = state.world
        members = set(state.seller.coops)
        self.harvests = [row for row in self.world.harvests if row.coop in members]
        self.hanging: dict[tuple[str, str], float] = defaultdict(float)
        self.named = dict(decision.uptake)
        for row in self.harvests:
            self.hanging[row.coop, row.produce] += row.ripe[week]

    def send_and_keep(self, spot: Mapping[str, float]) -> None:
        for produce in self.world.by_produce:
            self._send(produce, spot.get(produce, 0.0))
        self._keep()
        self.outcome.unsold += sum(self.hanging.values())
        self._pass()

    def _send(self, produce: str, spot: float) -> None:
        ahead = self.state.owed.pop((produce, self.week), 0.0)
        due = ahead + spot
        self.outcome.promised += spot
        if due <= 0:
            return
        sent: dict[str, float] = defaultdict(float)
        planned = self.decision.keep is not None
        left = self._draw(produce, due, sent, only_planned=True) if planned else self._draw(produce, due, sent)
        left = self._pick(produce, left, sent)
        if planned:
            left = self._draw(produce, left, sent)
        self._settle(produce, ahead, spot, max(left, 0.0), sent)

    def _draw(self, produce: str, need: float, sent: dict[str, float], only_planned: bool = False) -> float:
        """Take out of stores, what spoils first before all else; returns what is still needed."""
        life = self.world.by_produce[produce].life
        groups: dict[tuple[int, int, str], list[LotKey]] = defaultdict(list)
        for key in self.state.lots:
            if key[1] == produce:
                groups[key[2] + life[key[3]], key[2], key[3]].append(key)
        for (_expiry, picked, mode), keys in sorted(groups.items()):
            limit = self.decision.draws.get((produce, picked, mode), 0.0) if only_planned else need
            taken = filled(min(limit, need), [self.state.lots[key] for key in keys])
            for key, qty in zip(keys, taken, strict=True):
                self.state.lots[key] -= qty
                sent[key[0]] += qty
                need -= qty
        return need

    def _pick(self, produce: str, need: float, taken: dict[str, float]) -> float:
        """Pick what is needed: first of whom the plan names, then in proportion to what hangs."""
        if need <= 0:
            return need
        for is_named in (True, False):
            coops = [coop for coop, kind in self.hanging if kind == produce]
            hanging = [self.hanging[coop, produce] for coop in coops]
            named = [max(self.named.get((coop, produce), 0.0), 0.0) for coop in coops]
            limits = [min(a, b) for a, b in zip(hanging, named, strict=True)] if is_named else hanging
            for coop, qty in zip(coops, filled(need, limits), strict=True):
                self.hanging[coop, produce] -= qty
                self.outcome.income[coop] -= qty * self.world.by_produce[produce].cost
                taken[coop] += qty
                need -= qty
                if is_named:
                    self.named[coop, produce] = self.named.get((coop, produce), 0.0) - qty
        return need

    def _settle(self, produce: str, ahead: float, spot: float, missing: float, sent: Mapping[str, float]) -> None:
        """Orders placed ahead are served first; what is missing is refunded, and goodwill is paid by all in common."""
        missing = missing if missing > 1e-9 * (ahead + spot) else 0.0
        short_spot = min(missing, spot)
        short_ahead = missing - short_spot
        price, ahead_price = self.world.market(produce, self.week).price, self.world.presale_price(produce, self.week)
        revenue = (spot - short_spot) * price + (ahead - short_ahead) * ahead_price
        total = sum(sent.values())
        for coop, qty in sent.items():
            self.outcome.income[coop] += revenue * qty / total if total else 0.0
        goodwill = self.world.goodwill * (short_spot * price + short_ahead * ahead_price)
        growers = [row for row in self.harvests if row.produce == produce]
        whole = sum(row.likely for row in growers)
        for row in growers:
            self.outcome.income[row.coop] -= goodwill * row.likely / whole if whole else 0.0
        self.outcome.broken += missing
        self.outcome.sold += total
        self.outcome.sales[self.index, produce, self.week] += total

    def _keep(self) -> None:
        for mode in sorted(self.state.seller.capacity, reverse=True):
            wanted = {}
            for produce, row in self.world.by_produce.items():
                if row.life.get(mode, 0) < 1:
                    continue
                hanging = sum(qty for (_coop, kind), qty in self.hanging.items() if kind == produce)
                is_all = self.decision.keep is None
                asked = hanging if self.decision.keep is None else self.decision.keep.get((produce, mode), 0.0)
                wanted[produce] = hanging if is_all else min(asked, hanging)
            self._put(mode, wanted)
        if self.decision.keep is None:
            return
        # What was meant for buyers who did not come is kept, and so is more than was expected of what is taken whole.
        for mode in sorted(self.state.seller.capacity, reverse=True):
            rest: dict[str, float] = defaultdict(float)
            for (coop, produce), hanging in self.hanging.items():
                if self.world.by_produce[produce].life.get(mode, 0) >= 1:
                    is_whole = produce in self.decision.takes_all
                    rest[produce] += (
                        hanging if is_whole else min(hanging, max(self.named.get((coop, produce), 0.0), 0.0))
                    )
            self._put(mode, rest)

    def _put(self, mode: str, wanted: Mapping[str, float]) -> None:
        room = self.state.room(mode, self.week)
        for produce, qty in zip(wanted, filled(room, list(wanted.values())), strict=True):
            picked: dict[str, float] = defaultdict(float)
            self._pick(produce, min(qty, wanted[produce]), picked)
            for coop, kept in picked.items():
                key = (coop, produce, self.week, mode)
                self.state.lots[key] = self.state.lots.get(key, 0.0) + kept

    def _pass(self) -> None:
        """The week goes by: stores are paid for, lose their part, and what is too old is thrown away."""
        kept: dict[LotKey, float] = {}
        for key, qty in self.state.lots.items():
            coop, produce, picked, mode = key
            if qty <= 1e-9:
                self.outcome.spoilt += qty
                continue
            store = self.world.stores[mode]
            self.outcome.income[coop] -= store.hold_cost * self.state.put_in(key, self.week)
            left = qty * (1 - store.true_loss)
            if self.week + 1 - picked > self.world.by_produce[produce].life[mode]:
                left = 0.0
            self.outcome.spoilt += qty - left
            if left:
                kept[key] = left
        self.state.lots = kept
