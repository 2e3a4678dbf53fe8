"""What each open harvest of a hub can still be asked on a day, and what the plan in force wants laid in store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from django.db.models import F, Sum

from catalog.partner.models import Phase
from harvest_schedule.models import Harvest, HarvestGrade, PickCall, PickCallLine, PlanUptake, PlanWindow
from harvest_schedule.services.pick_call_sharing import CRATE_G, SMALLEST_CALL_G, Offer
from harvest_schedule.states import HarvestStatus, PickCallStatus, PlanStatus
from marketplace.order.models import Line
from marketplace.order.states import LineStatus

#: A harvest and a grade: one thing a cooperative can be asked for.
Key = tuple[int, int]
#: A pool and a grade: one thing that lies in the store.
StockKey = tuple[int, int]
_PERMILLE = 1000
_GONE = (PickCallStatus.REFUSED, PickCallStatus.WITHDRAWN)
_LIVE = (PickCallStatus.CALLED, PickCallStatus.ACCEPTED)
_LONGEST_BUCKET = timedelta(days=31)
_LEFT_THE_STORE = (
    LineStatus.DRAWN,
    LineStatus.PACKED,
    LineStatus.SHIPPED,
    LineStatus.DELIVERED,
    LineStatus.SETTLED,
)


def open_harvests_lock(*, hub_id: int, day: date) -> list[Harvest]:
    """Lock, in key order, the harvests of a hub's pools that are open on a day; each carries its ``pool_id``."""
    member = "cooperative__pool_memberships__pool"
    return list(
        Harvest.objects.select_for_update(of=("self",), no_key=True)
        .filter(
            status__in=(HarvestStatus.DECLARED, HarvestStatus.PICKING),
            starts_on__lte=day,
            ends_on__gte=day,
            produce_id=F(f"{member}__produce_id"),
            **{f"{member}__hub_id": hub_id},
        )
        .annotate(pool_id=F(f"{member}_id"))
        .order_by("pk", "pool_id")
    )


class HubOffers:
    """The harvests of a hub on one day, seen as offers. Reads once; answers from memory."""

    def __init__(self, *, hub_id: int, harvests: list[Harvest], day: date) -> None:
        self._day = day
        self._harvests = {harvest.pk: harvest for harvest in harvests}
        self._pool_of: dict[int, int] = {harvest.pk: harvest.pool_id for harvest in harvests}  # type: ignore[attr-defined]
        ids = list(self._harvests)
        self._shares: dict[Key, int] = {
            (harvest_id, grade_id): share
            for harvest_id, grade_id, share in HarvestGrade.objects.filter(
                harvest_id__in=ids, share_permille__gt=0
            ).values_list("harvest_id", "grade_id", "share_permille")
        }
        calls = list(PickCall.objects.filter(harvest_id__in=ids).order_by("pk"))
        self._calls: dict[Key, list[PickCall]] = defaultdict(list)
        for call in calls:
            self._calls[(call.harvest_id, call.grade_id)].append(call)
        #: Calls of the day not answered yet: they can be raised.
        self.open_calls: dict[Key, PickCall] = {
            (call.harvest_id, call.grade_id): call
            for call in calls
            if call.pick_on == day and call.status == PickCallStatus.CALLED
        }
        self._answered = {
            (call.harvest_id, call.grade_id)
            for call in calls
            if call.pick_on == day and call.status != PickCallStatus.CALLED
        }
        self._uptakes: dict[Key, PlanUptake] = {
            (uptake.harvest_id, uptake.grade_id): uptake
            for uptake in PlanUptake.objects.filter(
                plan__status=PlanStatus.PUBLISHED,
                plan__pool__hub_id=hub_id,
                harvest_id__in=ids,
                starts_on__range=(day - _LONGEST_BUCKET, day),
            ).select_related("plan")
            if day < uptake.starts_on + timedelta(days=uptake.plan.bucket_days)
        }
        self._hub_id = hub_id

    def of(self, pool_id: int, grade_id: int) -> list[Offer]:
        """Return who can be asked for a grade of a pool: weights by the plan's uptake, else by the likely grams."""
        keys = [
            (harvest_id, grade_id)
            for harvest_id, pool in self._pool_of.items()
            if pool == pool_id
            and (harvest_id, grade_id) in self._shares
            and (harvest_id, grade_id) not in self._answered
        ]
        planned = {key: self._uptakes[key] for key in keys if key in self._uptakes}
        goes_by_plan = any(uptake.uptake_g for uptake in planned.values())
        return [
            Offer(
                harvest_id=key[0],
                weight=(planned[key].uptake_g if key in planned else 0) if goes_by_plan else self._likely_g(key),
                asked_g=self._asked_g(key, planned[key]) if key in planned else self._asked_g(key),
                room_g=self.room_g(key),
                has_open_call=key in self.open_calls,
            )
            for key in keys
        ]

    def room_g(self, key: Key) -> int:
        """Grams of a grade that a harvest may still be asked: its high figure less what was asked of it."""
        high_g = self._harvests[key[0]].high_g * self._shares.get(key, 0) // _PERMILLE
        return max(0, high_g - self._asked_g(key))

    def for_stock(
        self, asked: Mapping[Key, int], for_fresh: Mapping[Key, int], left_in_store: Callable[[int, int], int]
    ) -> dict[Key, int]:
        """
        Return what to ask beyond the orders, so that stored windows can be filled.

        The plan's uptake of the bucket is asked evenly over the days the harvest is open in it, and only as far as
        the stored windows of the plan in force still need grams that neither lie in store nor are on their way.

        Parameters
        ----------
        asked
            Grams already asked in this run.
        for_fresh
            The part of ``asked`` that fresh and presale lines wait for.
        left_in_store
            Grams in store of a pool's grade that no fresh or presale line needs.
        """
        wanted = self._wanted_in_store()
        if not wanted:
            return {}
        coming = self._coming_for_stock(asked, for_fresh)
        for stock_key in wanted:
            wanted[stock_key] -= coming.get(stock_key, 0) + left_in_store(*stock_key)
        intake: dict[Key, int] = {}
        for key, uptake in sorted(self._uptakes.items()):
            stock_key = (self._pool_of[key[0]], key[1])
            if key in self._answered or wanted.get(stock_key, 0) < CRATE_G:
                continue
            grams = self._behind_plan_g(key, uptake, asked.get(key, 0))
            grams = min(grams, self.room_g(key) - asked.get(key, 0), wanted[stock_key]) // CRATE_G * CRATE_G
            is_worth_it = grams >= SMALLEST_CALL_G or asked.get(key, 0) or key in self.open_calls
            if grams > 0 and (is_worth_it or self._day == self._last_day(key, uptake)):
                intake[key] = grams
                wanted[stock_key] -= grams
        return intake

    def _likely_g(self, key: Key) -> int:
        return self._harvests[key[0]].likely_g * self._shares[key] // _PERMILLE

    def _asked_g(self, key: Key, within: PlanUptake | None = None) -> int:
        """Grams asked so far (or come, where the call is closed), of all days or of one bucket of the plan."""
        total = 0
        for call in self._calls.get(key, ()):
            if call.status in _GONE:
                continue
            if within is not None and not (
                within.starts_on <= call.pick_on < within.starts_on + timedelta(days=within.plan.bucket_days)
            ):
                continue
            total += call.delivered_g if call.status == PickCallStatus.FULFILLED else call.asked_g
        return total

    def _last_day(self, key: Key, uptake: PlanUptake) -> date:
        return min(self._harvests[key[0]].ends_on, uptake.starts_on + timedelta(days=uptake.plan.bucket_days - 1))

    def _behind_plan_g(self, key: Key, uptake: PlanUptake, asked_now_g: int) -> int:
        first_day = max(self._harvests[key[0]].starts_on, uptake.starts_on)
        num_days = (self._last_day(key, uptake) - first_day).days + 1
        num_elapsed = (self._day - first_day).days + 1
        return uptake.uptake_g * num_elapsed // num_days - self._asked_g(key, uptake) - asked_now_g

    def _coming_for_stock(self, asked: Mapping[Key, int], for_fresh: Mapping[Key, int]) -> dict[StockKey, int]:
        coming: dict[StockKey, int] = defaultdict(int)
        for key, calls in self._calls.items():
            for call in calls:
                if call.status in _LIVE:
                    coming[(self._pool_of[key[0]], key[1])] += max(0, call.asked_g - call.delivered_g)
        rows = (
            PickCallLine.objects.filter(pick_call__harvest_id__in=list(self._harvests), pick_call__status__in=_LIVE)
            .exclude(line__phase=Phase.STORED)
            .values_list("pick_call__harvest_id", "pick_call__grade_id")
            .annotate(total=Sum("grams"))
        )
        for harvest_id, grade_id, grams in rows:
            coming[(self._pool_of[harvest_id], grade_id)] -= grams
        for key, grams in asked.items():
            coming[(self._pool_of[key[0]], key[1])] += grams - for_fresh.get(key, 0)
        return {stock_key: max(0, grams) for stock_key, grams in coming.items()}

    def _wanted_in_store(self) -> dict[StockKey, int]:
        rows = list(
            PlanWindow.objects.filter(
                plan__status=PlanStatus.PUBLISHED,
                plan__pool__hub_id=self._hub_id,
                plan__pool_id__in=set(self._pool_of.values()),
                phase=Phase.STORED,
                ships_by__gte=self._day,
            ).values_list(
                "plan__pool_id",
                "window_id",
                "planned_cap",
                "window__product__grade_id",
                "window__product__net_weight_g",
            )
        )
        gone = dict(
            Line.objects.filter(stockrecord_id__in=[row[1] for row in rows], status__in=_LEFT_THE_STORE)
            .values_list("stockrecord_id")
            .annotate(total=Sum("quantity"))
            if rows
            else ()
        )
        wanted: dict[StockKey, int] = defaultdict(int)
        for pool_id, window_id, cap, grade_id, net_weight_g in rows:
            wanted[(pool_id, grade_id)] += max(0, cap - gone.get(window_id, 0)) * net_weight_g
        return dict(wanted)
