"""The backtest of the forecast: hand-reckoned scores, and a record that is worth knowing."""

from __future__ import annotations

import math
import re
from statistics import NormalDist

import pytest
from django.core.management import CommandError, call_command

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


def test_an_honest_band_holds_six_of_ten_seasons() -> None:
    sigma = math.log(130 / 70) / (2 * 1.28155)
    luck = [NormalDist().inv_cdf((index + 0.5) / 200) for index in range(200)]
    rows = [_season(100 * math.exp(sigma * z), low_g=70 * KG, high_g=130 * KG) for z in luck]
    result = backtest(rows)
    assert result is not None
    assert result.forecast.coverage == pytest.approx(0.6, abs=0.04)
    assert result.skill_declared > 0.1


def test_last_season_is_compared_where_there_was_one_only() -> None:
    result = backtest([_season(100), _season(100, last_g=90 * KG)])
    assert result is not None
    assert result.last is not None
    assert (result.forecast.num_harvests, result.last.num_harvests) == (2, 1)


def test_without_any_season_there_is_nothing_to_score() -> None:
    assert backtest([]) is None


def test_drawn_seasons_are_forecast_better_than_declared_and_as_surely_as_they_claim(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("backtest_forecast", "--seasons", "20", "--seed", "401")

    printed = capsys.readouterr().out
    assert "400" in printed.splitlines()[2]
    inside = re.search(r"came inside P20-P80: (\d+)%", printed)
    against = re.search(r"skill against declared: ([+-][0-9.]+)", printed)
    assert inside is not None
    assert against is not None
    # Twenty seasons of two counties: neighbours share their luck, so that 60 % is met to a few per cent only.
    assert 50 <= int(inside.group(1)) <= 70
    assert float(against.group(1)) > 0.1


@pytest.mark.parametrize("asked", [("--seasons", "0"), ("--seasons", "2", "--seed", "-1")])
def test_drawn_seasons_that_cannot_be_are_refused_by_their_option(asked: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=asked[-2]):
        call_command("backtest_forecast", *asked)
