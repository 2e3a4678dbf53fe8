"""The sentences that say why a window changed, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

CHANGE_SENTENCES: dict[str, tuple[str, str]] = {
    "harvest_later": (
        "{coop}的采收比原计划晚{days}天。",
        "Picking at {coop} is now expected {days} later.",
    ),
    "harvest_earlier": (
        "{coop}的采收比原计划早{days}天。",
        "Picking at {coop} is now expected {days} earlier.",
    ),
    "harvest_less": (
        "{coop}{week}预计{now}，原为{before}，少{less}。",
        "{coop} is now expected to bring {now} in {week}, {less} less than the {before} before.",
    ),
    "harvest_more": (
        "{coop}{week}预计{now}，原为{before}，多{more}。",
        "{coop} is now expected to bring {now} in {week}, {more} more than the {before} before.",
    ),
    "surer": (
        "{coop}{week}有把握的货由{before}增到{now}。",
        "Of what {coop} brings in {week}, {now} is now sure enough to promise; it was {before}.",
    ),
    "less_sure": (
        "{coop}{week}有把握的货由{before}减到{now}。",
        "Of what {coop} brings in {week}, only {now} is still sure enough to promise; it was {before}.",
    ),
    "season_less": (
        "{coop}从{week}起共少{less}，各周重新分配。",
        "{coop} brings {less} less in all from {week} on, so the weeks are shared out anew.",
    ),
    "season_more": (
        "{coop}从{week}起共多{more}，各周重新分配。",
        "{coop} brings {more} more in all from {week} on, so the weeks are shared out anew.",
    ),
    "sold_ahead": (
        "到现在卖出{now}，比计划的{before}多{more}，后面的就少了。",
        "{now} has been sold by now, {more} more than the {before} planned, so less is left.",
    ),
    "sold_behind": (
        "到现在卖出{now}，比计划的{before}少{less}，剩下的往后卖。",
        "{now} has been sold by now, {less} less than the {before} planned, so more is left.",
    ),
    "store_less": (
        "库里现有{now}，按原计划应有{before}，少{less}。",
        "{now} lies in store; by the plan in force it would be {before}, {less} more.",
    ),
    "store_more": (
        "库里现有{now}，按原计划应有{before}，多{more}。",
        "{now} lies in store; by the plan in force it would be {before}, {more} less.",
    ),
    "stock_less": (
        "库里报损、盘亏或封存了{less}。",
        "{less} in store was written off or held back.",
    ),
    "stock_more": (
        "库里盘盈或解封了{more}。",
        "{more} more can be sold out of the store by count or release.",
    ),
    "room_less": (
        "{store}能放的由{before}减到{now}。",
        "{store} has room for {now} now; it was {before}.",
    ),
    "room_more": (
        "{store}能放的由{before}增到{now}。",
        "{store} has room for {now} now; it was {before}.",
    ),
    "asked_less": (
        "这个规格{week}预计能卖{now}，原为{before}。",
        "{now} of this pack is expected to sell in {week}; it was {before}.",
    ),
    "asked_more": (
        "这个规格{week}预计能卖{now}，原为{before}。",
        "{now} of this pack is expected to sell in {week}; it was {before}.",
    ),
    "price_set": (
        "{week}的定价由每{one}{before}改为{now}{note}。",
        "The price set for {week} went from {before} to {now} a {one}{note}.",
    ),
    "time_running": (
        "这一周已过{days}天。",
        "{days} of this week are over.",
    ),
    "time_reaches": (
        "原计划还没排到这一周，现在排到了。",
        "The plan in force does not reach this week yet; the new one does.",
    ),
    "time_over": (
        "这次销售的时间已过。",
        "The time of this sale is over.",
    ),
    "as_a_whole": (
        "这一周的数字没有变，是整个计划一起挪动的结果。",
        "No figure of this window changed; the plan as a whole moved.",
    ),
}


def say_change(key: str, words: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """The sentence of a key in Chinese and in English."""
    chinese, english = CHANGE_SENTENCES[key]
    return (
        chinese.format(**{name: word[0] for name, word in words.items()}),
        english.format(**{name: word[1] for name, word in words.items()}),
    )
