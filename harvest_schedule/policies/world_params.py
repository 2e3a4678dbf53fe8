"""
What generated seasons are made of. Fixed on 25 November 2026, before the planner was run on them, and not tuned since.

Masses are kilograms, money is fen, days count from the season's first day (1 June), weeks are seven days. Curves are
those of the design paper on demand, section 3; everything else is our own estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

WEEKS = 52
FIRST_MONTH = 6
COOPS_PER_PRODUCE = 5
COUNTIES = ("520623", "620826")


@dataclass(frozen=True, slots=True)
class ProduceParams:
    """One kind: usual first and last picking day, weeks it keeps by mode, price and picking cost a kg, curves."""

    id: str
    first_day: int
    last_day: int
    life: dict[str, int]
    price_fen: int
    cost_fen: int
    demand: tuple[float, ...]
    price: tuple[float, ...]


PRODUCE = (
    ProduceParams(
        "plum", 10, 50, {"AMBIENT": 0, "COLD": 2}, 1600, 350,
        (0, 0, 0, 0.2, 2.5, 4.6, 4.0, 0.7, 0, 0, 0, 0),
        (1, 1, 1, 1, 1.4, 1.1, 0.85, 1.1, 1, 1, 1, 1),
    ),
    ProduceParams(
        "kiwifruit", 80, 130, {"AMBIENT": 2, "COLD": 14}, 1200, 250,
        (0.9, 0.7, 0.6, 0.5, 0.4, 0.4, 0.5, 1.2, 2.4, 2.2, 1.4, 0.8),
        (1.1, 1.15, 1.2, 1.3, 1.3, 1.3, 1.3, 1.1, 0.95, 0.88, 0.92, 1.0),
    ),
    ProduceParams(
        "apple", 108, 165, {"AMBIENT": 5, "COLD": 26}, 900, 200,
        (1.9, 0.9, 0.8, 0.8, 0.7, 0.6, 0.6, 0.7, 1.0, 1.2, 1.4, 1.4),
        (0.98, 1.0, 1.02, 1.05, 1.1, 1.14, 1.16, 1.1, 0.98, 0.88, 0.92, 0.96),
    ),
    ProduceParams(
        "orange", 165, 230, {"AMBIENT": 4, "COLD": 12}, 800, 180,
        (2.6, 1.1, 1.0, 0.7, 0.4, 0.2, 0.1, 0.1, 0.2, 0.6, 2.1, 2.9),
        (0.98, 1.05, 1.1, 1.2, 1.3, 1.3, 1.3, 1.3, 1.2, 1.15, 1.0, 0.95),
    ),
)  # fmt: skip

#: A cooperative's likely harvest: log-normal around this many kilograms; it picks for so many days.
LIKELY_KG, LIKELY_SPREAD = 20_000, 0.5
PICKING_DAYS = (20, 30)
DECLARED_WEEKS_AHEAD = 8

#: What comes of what was declared. A cooperative's habit lasts for years; the season's luck does not.
HABIT_MEAN, HABIT_SPREAD = -0.05, 0.12
YIELD_SPREAD = 0.25
#: Part of the variance that a county has in common.
YIELD_COMMON = 0.5
WEEKLY_SPREAD = 0.15
#: Cooperatives think they know better than they do: the declared band is this part of the true spread.
CONFIDENCE = 0.75
#: Days late: the cooperative's habit, the county's season, its own season.
LATE_MEAN, LATE_HABIT, LATE_COUNTY, LATE_OWN = 2.0, 2.0, 2.5, 2.5
PAST_SEASONS = (0, 4)
#: Reports: weeks before picking begins, and what they still err by; reports during picking err on the rest.
REPORT_WEEKS_AHEAD = 3
REPORT_SPREAD, REPORT_LATE = 0.12, 2.0
PICKING_REPORT_SPREAD = 0.08

#: Demand of the season, where the produce can be had at all, over the likely harvests.
DEMAND_TO_SUPPLY = 1.1
DEMAND_SEASON_SPREAD, DEMAND_WEEK_SPREAD = 0.15, 0.20
#: Orders so many weeks ahead, for weeks in which picking is usual: their size by the week's demand, and their price.
PRESALE_WEEKS, PRESALE_SHARE, PRESALE_DISCOUNT = 3, 0.3, 0.93
#: Buyers whose cooperative has nothing and who then buy from another one.
SWITCHING = 0.5
#: Paid on top of the refund when an order cannot be sent, as a share of its price.
GOODWILL = 0.3
#: Day of Spring Festival (6 February 2027): gifts before it, and the weeks in which carriers stand still.
FESTIVAL_DAY = 250
CLOSED_WEEKS = (35,)

#: Sheds for a part of everybody's likely harvest; cold stores for a part of all harvests, owned by a few.
SHED_SHARE, COLD_SHARE, COLD_OWNERS = 0.15, 0.30, 0.4
#: Loss a week as everybody reckons with it, and how far a season's true loss strays; cost a kg and week.
LOSS = {"AMBIENT": 0.02, "COLD": 0.006}
LOSS_SPREAD = 0.4
HOLD_COST_FEN = {"AMBIENT": 0.4, "COLD": 1.5}
