"""All policies on the same seasons, and the table that compares them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean, pstdev

from harvest_schedule.policies.measures import Measures, gap_closed, mean_and_spread, measures_of
from harvest_schedule.policies.planned import Fenglu, FengluParams, Foresight
from harvest_schedule.policies.season import Policy, season_play
from harvest_schedule.policies.unplanned import AsDeclared
from harvest_schedule.policies.world import World

POLICIES: dict[str, Callable[[], Policy]] = {
    "alone": lambda: AsDeclared(is_pooled=False),
    "pooled": lambda: AsDeclared(is_pooled=True),
    "fenglu": Fenglu,
    "foresight": Foresight,
}
"""By name, a new one for every season: a policy learns within a season and must not carry it into the next."""

STEADY = "steady"


def policies_with(band: float) -> dict[str, Callable[[], Policy]]:
    """All policies and ``steady``: Fenglu's, weekly sales of each produce planned within (1 ± band) of one level."""
    return POLICIES | {STEADY: lambda: Fenglu(FengluParams(band=band))}


Table = dict[str, list[Measures]]

_ROWS = (
    ("income", "growers' income, yuan", 1.0, ",.0f"),
    ("worst_income", "worst-off fifth, yuan a coop", 1.0, ",.0f"),
    ("sold_share", "share of supply sold, %", 100.0, ".1f"),
    ("spoilt_share", "spoilt, %", 100.0, ".1f"),
    ("fill_rate", "fill rate, %", 100.0, ".1f"),
    ("broken_share", "promises broken, %", 100.0, ".2f"),
    ("weeks_on_sale", "weeks on sale, a seller", 1.0, ".1f"),
    ("seller_variation", "weekly variation, a seller", 1.0, ".2f"),
    ("variation", "weekly variation, all together", 1.0, ".2f"),
)


def compare(
    worlds: Iterable[World],
    names: Sequence[str],
    told: Callable[[int], None] | None = None,
    policies: Mapping[str, Callable[[], Policy]] = POLICIES,
) -> Table:
    """Play every season under every named policy; ``told`` hears after each season how many are done."""
    table: Table = {name: [] for name in names}
    for number, world in enumerate(worlds, start=1):
        for name in names:
            table[name].append(measures_of(season_play(world, policies[name]())))
        if told is not None:
            told(number)
    return table


def table_text(table: Mapping[str, Sequence[Measures]]) -> str:
    """Means and spreads (standard deviation over seasons), one column a policy, and what was aimed at."""
    seasons = len(next(iter(table.values()), ()))
    spreads = {name: mean_and_spread(rows) for name, rows in table.items()}
    lines = [f"{seasons} seasons: mean ± standard deviation over seasons", _line("", list(table))]
    for key, title, scale, form in _ROWS:
        cells = []
        for name in table:
            mean, spread = spreads[name][key]
            cells.append(f"{mean * scale:{form}} ± {spread * scale:{form}}")
        lines.append(_line(title, cells))
    return "\n".join([*lines, *_aims(table)])


def _line(title: str, cells: Sequence[str]) -> str:
    return (f"{title:31}" + "".join(f"{cell:>23}" for cell in cells)).rstrip()


def _aims(table: Mapping[str, Sequence[Measures]]) -> list[str]:
    if not {"alone", "fenglu"} <= set(table):
        return []
    alone, fenglu = table["alone"], table["fenglu"]
    lines = [""]
    if "foresight" in table:
        gaps = [
            gap_closed(a.income, f.income, best.income)
            for a, f, best in zip(alone, fenglu, table["foresight"], strict=True)
        ]
        gaps = [gap for gap in gaps if math.isfinite(gap)]
        if gaps:
            lines.append(
                f"gap closed, (fenglu - alone) / (foresight - alone): {fmean(gaps):.1%} ± {pstdev(gaps):.1%},"
                f" least {min(gaps):.1%} (aim: at least 60%)"
            )
    if "pooled" in table:
        better = sum(f.income > p.income for f, p in zip(fenglu, table["pooled"], strict=True))
        lines.append(f"seasons in which fenglu earns more than pooled: {better} of {len(fenglu)}")
    lines.append(
        f"promises broken: {fmean(row.broken_share for row in fenglu):.2%},"
        f" worst season {max(row.broken_share for row in fenglu):.2%} (aim: under 2%)"
    )
    for key, title in (("seller_variation", "a seller"), ("variation", "all together")):
        before = fmean(getattr(row, key) for row in alone)
        if before > 0:
            after = fmean(getattr(row, key) for row in fenglu)
            lines.append(f"weekly variation of {title}: {after / before:.0%} of alone (aim: at most 50%)")
    return lines + _steadiness(table)


def _steadiness(table: Mapping[str, Sequence[Measures]]) -> list[str]:
    """What the band brings and costs."""
    if STEADY not in table:
        return []
    alone, fenglu, steady = table["alone"], table["fenglu"], table[STEADY]
    cost = [1 - s.income / f.income for s, f in zip(steady, fenglu, strict=True) if f.income > 0]
    lines = []
    if cost:
        lines.append(f"the band costs {fmean(cost):.1%} ± {pstdev(cost):.1%} of fenglu's income")
    before = fmean(row.variation for row in alone)
    if before > 0:
        after = fmean(row.variation for row in steady)
        lines.append(f"with it weekly variation of all together: {after / before:.0%} of alone")
    return lines
