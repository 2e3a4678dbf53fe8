"""
What a pool's harvests will bring week by week: rows to the forecast core and back.

Days are numbered from the first day of the plan. The calendar's picking season gives the shape (slow beginning,
plateau, slow end), the declaration moves and scales it, reports have corrected the declaration already, and the
cooperative's record corrects what no report has touched yet. Weather and bloom move dates that are older than they are;
neighbours who are late make those later who were not heard of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from harvest_schedule.models import Harvest
from harvest_schedule.planner.forecast import Forecast, ForecastParams, HarvestInput, HarvestWindow, forecast
from harvest_schedule.planner.phenology import DateNews
from marketplace.foundation.units import G_PER_KG

#: The same harvests give the same scenarios, so that the same input gives the same plan.
SEED = 20261124
PARAMS = ForecastParams(num_scenarios=200)
#: The first and the last fifth of a picking season are its slow beginning and end.
RAMP = 0.2
#: Days by which a picking that has not begun may be off; own estimate until past seasons say better.
TIMING_SD_DAYS = 2.0
#: Days by which dates may be off that the field has moved in this season; own estimate.
TOLD_SD_DAYS = 1.5
#: What was not picked so far hangs on, but not more than this beyond what would be left by now.
MOST_LEFT_ON = 1.2
#: One season is no better and no worse than this, or its figures are mistaken.
LEAST_FACTOR, MOST_FACTOR = 0.4, 1.5


@dataclass(frozen=True)
class PastHarvest:
    """What a finished harvest says of the next: grams declared, likely at the end, asked for and picked; days late."""

    cooperative_id: int
    region_code: str
    declared_g: int
    likely_g: int
    asked_g: int
    picked_g: int
    days_late: int

    @property
    def factor(self) -> float:
        """
        What came of what was declared.

        Where the hub asked for less than there was, the fruit that was not asked for is no fault of the forecast: what
        counts is the last word from the field, and how much of what was asked for was picked.
        """
        came = self.likely_g * self.picked_g / self.asked_g if self.asked_g else self.picked_g
        return min(max(came / self.declared_g, LEAST_FACTOR), MOST_FACTOR)


@dataclass(frozen=True)
class ExpectedRow:
    """Grams of one harvest and grade in one week: expected, and sure enough to promise ahead."""

    harvest_id: int
    grade_id: int
    bucket: int
    expected_g: int
    promise_g: int


def expected_rows(
    harvests: Sequence[Harvest],
    *,
    picked_g: Mapping[int, int],
    past: Sequence[PastHarvest],
    quantiles: Mapping[int, float],
    starts_on: date,
    today: date,
    num_weeks: int,
    ripening: Mapping[int, DateNews] | None = None,
) -> list[ExpectedRow]:
    """
    Return what is still to come, by harvest, grade and week.

    Parameters
    ----------
    quantiles
        For each grade that is sold, the share of outcomes in which a promise made ahead is kept. The promise of a
        week is an increment of that quantile of the pool's running total, so harvests cover for each other.
    ripening
        What weather or bloom say of the dates, by harvest id; of most harvests nothing.
    """
    news = ripening or {}
    inputs = [
        (harvest, entry)
        for harvest in harvests
        if (entry := _input(harvest, picked_g.get(harvest.pk, 0), past, starts_on, today, news.get(harvest.pk)))
        is not None
    ]
    if not inputs:
        return []
    first = (today - starts_on).days
    edges = [first, *range(7, 7 * num_weeks + 1, 7)]
    drawn = forecast([entry for _harvest, entry in inputs], edges, seed=SEED, params=PARAMS)
    rows = []
    for grade_id, quantile in sorted(quantiles.items()):
        rows += _rows_of_grade(drawn, [harvest for harvest, _entry in inputs], grade_id, quantile, starts_on)
    order = {harvest.pk: index for index, harvest in enumerate(harvests)}
    return sorted(rows, key=lambda row: (order[row.harvest_id], row.grade_id, row.bucket))


def _rows_of_grade(
    drawn: Forecast, harvests: Sequence[Harvest], grade_id: int, quantile: float, starts_on: date
) -> list[ExpectedRow]:
    grade = str(grade_id)
    promised = drawn.promise_rows_g(quantile, grade)
    late_days = drawn.late_days.mean(axis=0)
    rows = []
    for index, harvest in enumerate(harvests):
        first, last = (harvest.starts_on - starts_on).days, (harvest.ends_on - starts_on).days
        shift = round(float(late_days[index]))
        for bucket, grams in enumerate(drawn.expected_g(index, grade)):
            # Nobody is asked to pick outside the declared days, whatever the dates may turn out to be. Where all that
            # is known says later or earlier, so much more is expected, but not promised before the field says so.
            is_declared = first // 7 <= bucket <= last // 7
            is_expected = (first + min(shift, 0)) // 7 <= bucket <= (last + max(shift, 0)) // 7
            if is_expected and grams >= G_PER_KG:
                sure = min(promised[index][bucket], grams) if is_declared else 0
                rows.append(ExpectedRow(harvest.pk, grade_id, bucket, grams, sure))
    return rows


def _input(
    harvest: Harvest,
    picked_g: int,
    past: Sequence[PastHarvest],
    starts_on: date,
    today: date,
    news: DateNews | None,
) -> HarvestInput | None:
    """The core's view of a harvest's days from today on; None when nothing is left of them."""
    num_days = (harvest.ends_on - harvest.starts_on).days + 1
    ahead = 1 - _done(num_days, (today - harvest.starts_on).days)
    likely_g = harvest.likely_g * ahead
    if likely_g < 1:
        return None
    # What was picked already tells on the rest only as far as the harvest would have been used up.
    rest = min(max(harvest.likely_g - picked_g, 0), likely_g * MOST_LEFT_ON) / likely_g
    if rest <= 0:
        return None
    first = (harvest.starts_on - starts_on).days
    is_as_declared = harvest.likely_g == harvest.declared_likely_g
    has_begun = harvest.starts_on <= today or picked_g > 0
    own = [row for row in past if row.cooperative_id == harvest.cooperative_id]
    peers = _peers(harvest, past)
    moved = (harvest.starts_on - harvest.declared_starts_on).days if harvest.declared_starts_on else 0
    is_told = moved != 0 or picked_g > 0
    if has_begun:
        news = None
    return HarvestInput(
        id=str(harvest.pk),
        coop=harvest.cooperative.code,
        county=harvest.cooperative.region_id,
        window=HarvestWindow.between(first, first + num_days, ramp=RAMP),
        low_g=int(harvest.low_g * rest),
        likely_g=int(harvest.likely_g * rest),
        high_g=int(harvest.high_g * rest),
        grades={str(grade.grade_id): grade.share_permille / 1000 for grade in harvest.grade_mix.all()},
        own_factors=[row.factor for row in own] if is_as_declared else [],
        peer_factors=[row.factor for row in peers] if is_as_declared else [],
        # Of a harvest that has begun the dates are known, whatever the past was like.
        own_shifts=[] if has_begun and not is_told else [float(row.days_late) for row in own],
        peer_shifts=[] if has_begun and not is_told else [float(row.days_late) for row in peers],
        timing_sd=_timing_sd(has_begun, is_told, news),
        weather_days=news.days if news else 0.0,
        told_days=float(moved) if is_told else None,
        told_sd=0.0 if has_begun else TOLD_SD_DAYS,
    )


def _timing_sd(has_begun: bool, is_told: bool, news: DateNews | None) -> float:
    """Spread of the dates as declared: nothing where picking was due and only its end is open, else as known."""
    if has_begun and not is_told:
        return 0.0
    return news.sd if news else TIMING_SD_DAYS


def _peers(harvest: Harvest, past: Sequence[PastHarvest]) -> list[PastHarvest]:
    """Others' seasons of the same produce: of the county, or of the province where the county has none."""
    code = harvest.cooperative.region_id
    others = [row for row in past if row.cooperative_id != harvest.cooperative_id]
    near = [row for row in others if row.region_code == code]
    return near or [row for row in others if row.region_code[:2] == code[:2]]


def _done(num_days: int, days_over: int) -> float:
    """The part of a picking season that lies before its day number ``days_over``."""
    shares = harvest_shares(num_days)
    return sum(shares[: max(days_over, 0)])


def harvest_shares(num_days: int) -> list[float]:
    """The part of a harvest picked on each of its days: a slow beginning, a plateau, a slow end; they sum to one."""
    slope = max(1.0, num_days * RAMP)
    weights = [min(1.0, (index + 0.5) / slope, (num_days - index - 0.5) / slope) for index in range(num_days)]
    whole = sum(weights)
    return [weight / whole for weight in weights]
