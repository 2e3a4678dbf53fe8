"""The backtest of the forecast: hand-reckoned scores, and a record that is worth knowing."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

from harvest_schedule.policies.forecast_scores import PastSeason, backtest, backtest_text

KG = 1000


def _season(came_kg: float, **changes: object) -> PastSeason:
    values: dict[str, object] = {
        "first_day": 100,
        "end_day": 128,
        "low_g": 100 * KG,
        "likely_g": 100 * KG,
        "high_g": 100 * KG,
        "came_g": round(came_kg * KG),
    }
    return PastSeason(**(values | changes))  # type: ignore[arg-type]


def test_a_declaration_is_scored_by_what_it_missed() -> None:
    result = backtest([_season(90), _season(130)])
    assert result is not None
    # 10 too much and 30 too little: at 0.2 that costs (0.8·10 + 0.2·30) / 2, at 0.8 (0.2·10 + 0.8·30) / 2.
    assert result.declared.pinball_kg == pytest.approx((7.0, 10.0, 13.0))
    assert result.declared.crps_kg == pytest.approx(20.0)
    assert result.declared.bias == pytest.approx(200 / 220 - 1)
    # Without a spread and without a record the forecast is the declaration.
    assert result.forecast.pinball_kg == pytest.approx(result.declared.pinball_kg, rel=1e-3)
    assert result.last is None


def test_a_record_of_declaring_too_much_earns_skill() -> None:
    rows = [_season(80, own=(0.8,) * 8, peers=(0.8,) * 8, last_g=120 * KG) for _ in range(3)]
    result = backtest(rows)
    assert result is not None
    assert result.forecast.bias == pytest.approx(0, abs=1e-3)
    assert result.skill_declared > 0.99
    assert result.last is not None
    assert result.last.bias == pytest.approx(0.5)
    assert "skill against last season: +" in backtest_text(result)


def test_an_honest_band_holds_more_than_half_of_the_seasons() -> None:
    sigma = math.log(130 / 70) / (2 * 1.28155)
    luck = [NormalDist().inv_cdf((index + 0.5) / 200) for index in range(200)]
    rows = [_season(100 * math.exp(sigma * z), low_g=70 * KG, high_g=130 * KG) for z in luck]
    result = backtest(rows)
    assert result is not None
    # Less than six of ten, because the weather of single weeks averages out over a season.
    assert 0.5 < result.forecast.coverage < 0.6
    assert result.skill_declared > 0.1


def test_last_season_is_compared_where_there_was_one_only() -> None:
    result = backtest([_season(100), _season(100, last_g=90 * KG)])
    assert result is not None
    assert result.last is not None
    assert (result.forecast.num_harvests, result.last.num_harvests) == (2, 1)


def test_without_any_season_there_is_nothing_to_score() -> None:
    assert backtest([]) is None
