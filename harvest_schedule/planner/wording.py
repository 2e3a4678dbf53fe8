"""
The planner's sentences in Chinese and English, and the units in which its figures are said.

The core knows no language setting: every reason is made in both. A figure comes in by name and is put into words here
and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SENTENCES: dict[str, tuple[str, str]] = {
    "window.dates": ("{sale}在售，{ship}发货。", "On sale {sale}, shipping {ship}."),
    "window.dates_at_once": ("{sale}在售并发货。", "On sale and shipped {sale}."),
    "window.from_field": ("{coops}采收{qty}，随采随发。", "{qty} is picked by {coops} and ships at once."),
    "window.from_field_of": (
        "{coops}{span}采收{qty}，采下就发。",
        "{qty} is picked by {coops} {span} and ships as it is picked.",
    ),
    "window.from_store": (
        "{qty}由{coops}采收后存入{stores}，{held}后发货。",
        "{qty} picked by {coops} ships out of {stores} after {held}.",
    ),
    "window.from_stock": (
        "{stores}现有库存出{qty}，发货时离采收{held}。",
        "{qty} comes out of what {stores} holds now, {held} after picking.",
    ),
    "window.starts_with_harvest": (
        "{bucket}才有第一批采收，再早没有货。",
        "Picking begins in {bucket}; there is nothing to ship before.",
    ),
    "window.ends_by_next": ("之后改卖{phase}。", "After that it is sold as {phase}."),
    "window.ends_by_life": (
        "最多存{limit}，到期就不再卖。",
        "It keeps for {limit} at most, and is not sold after that.",
    ),
    "window.ends_by_cost": (
        "之后再采来卖不够成本，到这里停售。",
        "Picking more for sale after that would not pay, so it ends here.",
    ),
    "window.ends_unsure": (
        "之后的采收还没有把握，暂不上架。",
        "What is picked after that is not sure enough to promise yet.",
    ),
    "window.ends_kept": ("其余先存着，{bucket}再发。", "The rest is kept to ship in {bucket}."),
    "window.ends_until": ("货到这里卖完，{bucket}再有。", "The goods last until here; there is more in {bucket}."),
    "window.ends_by_supply": ("货到这里卖完。", "The goods last until here."),
    "window.ends_by_demand": ("之后没有预计的需求。", "No demand is expected after that."),
    "window.ends_by_horizon": ("计划期到此为止。", "The plan's horizon ends here."),
    "window.cap_demand": ("预计能卖{demand}，全部备足。", "That covers all of the {demand} expected to sell."),
    "window.cap_beyond": (
        "预计能卖{demand}，另外多备{extra}，买的人比平常多时也够。",
        "That covers the {demand} expected to sell, and {extra} more in case buyers want more than usual.",
    ),
    "window.cap_supply": (
        "预计能卖{demand}，货只够{qty}；每多一{one}货，多赚{worth}。",
        "{demand} could sell and supply is enough for {qty}; one more {one} would earn {worth}.",
    ),
    "window.cap_promise": (
        "预计能卖{demand}，有把握的只有{qty}；每多一{one}有把握的货，多赚{worth}。",
        "{demand} could sell and {qty} is sure enough to promise; one more {one} would earn {worth}.",
    ),
    "window.cut_promise": (
        "计划卖{qty}，现在有把握的是{listed}，先上架这些；其余{cut}等收成更有把握再上架。",
        "Of the {qty} planned, {listed} is sure enough to promise and is listed now; the other {cut} follows as the "
        "harvest becomes surer.",
    ),
    "window.cut_promise_all": (
        "计划卖{qty}，现在还没有把握，等收成更有把握再上架。",
        "Of the {qty} planned nothing is sure enough to promise yet; it is listed as the harvest becomes surer.",
    ),
    "window.cap_storage": (
        "预计能卖{demand}，{store}放不下更多，只有{qty}；{span}每多放一{one}，多赚{worth}。",
        "{demand} could sell, and {store} holds no more than {qty} of it; room for one more {one} {span} would earn "
        "{worth}.",
    ),
    "window.cap_packing": (
        "预计能卖{demand}，{hub}打包只赶得出{qty}；{bucket}每多打包一{one}，多赚{worth}。",
        "{demand} could sell, and {hub} can pack {qty} of it; one more {one} packed in {bucket} would earn {worth}.",
    ),
    "window.cap_freight": (
        "预计能卖{demand}，备{qty}：{bucket}已派{trucks}车，再多要加一车。",
        "{demand} could sell and {qty} is planned: trucks in {bucket}: {trucks}, and more would need another.",
    ),
    "window.cap_listing": (
        "预计能卖{demand}，为了各期平稳或上架规则只备{qty}。",
        "{demand} could sell; {qty} is planned to keep the listing rules or the steadiness band.",
    ),
    "window.cap_price": (
        "预计能卖{demand}，备{qty}：再多卖就不够成本。",
        "{demand} could sell and {qty} is planned: selling more would not pay its cost.",
    ),
    "window.price_floor": (
        "底价每{one}{worth}{note}，再低不如把货留给别处。",
        "The floor is {worth} a {one}{note}: below that the goods earn more elsewhere.",
    ),
    "window.price_cost": (
        "底价每{one}{worth}{note}，再低就不够成本。",
        "The floor is {worth} a {one}{note}: below that a sale does not pay its cost.",
    ),
    "harvest.all": (
        "{bucket}的{qty}全部收下；再多一{one}值{worth}。",
        "All {qty} of {bucket} is taken; one more {one} would be worth {worth}.",
    ),
    "harvest.all_enough": (
        "{bucket}的{qty}全部收下；再多也多赚不了多少。",
        "All {qty} of {bucket} is taken; more of it would earn next to nothing.",
    ),
    "harvest.part": (
        "{bucket}的{qty}收下{taken}；其余{left}再卖也不抵{cost}。",
        "{taken} of the {qty} of {bucket} is taken; the other {left} would not pay {cost}.",
    ),
    "harvest.part_promise": (
        "{bucket}预计{qty}，先收{taken}；其余{left}还没有把握，暂不承诺。能多承诺一{one}，多赚{worth}。",
        "{taken} of the {qty} expected in {bucket} is planned; the other {left} is not sure enough to promise. "
        "One more {one} that may be promised would earn {worth}.",
    ),
    "harvest.frozen": (
        "{bucket}的采收已经排定：{qty}中收{taken}，不再改动。",
        "The picking of {bucket} stands as it was called: {taken} of {qty}.",
    ),
    "harvest.none": (
        "{bucket}的{qty}没有收下：没有去处能抵{cost}。",
        "Nothing of the {qty} of {bucket} is taken: no use of it would pay {cost}.",
    ),
    "harvest.earlier": (
        "早采一{step}，每{one}多赚{worth}。",
        "Picked one {step} earlier, a {one} would earn {worth} more.",
    ),
    "harvest.later": (
        "晚采一{step}，每{one}多赚{worth}。",
        "Picked one {step} later, a {one} would earn {worth} more.",
    ),
    "storage.binds": (
        "{span}，{store}是满的；这段时间每多放一{one}，多赚{worth}。",
        "There is no room left in {store} {span}; room for one more {one} for that time would earn {worth}.",
    ),
    "packing.binds": (
        "{hub}有{num}打包满负荷；其中{bucket}每多打包一{one}，多赚{worth}。",
        "Packing at {hub} is at its limit for {num}; one more {one} in {bucket} would earn {worth}.",
    ),
    "fairness.binds": (
        "为保证{coops}的收购比例，最后一{one}让收益少{worth}。",
        "To take the agreed share from {coops}, the last {one} costs {worth}.",
    ),
    "contract.short": (
        "合同少交{qty}（{bucket}，{channel}）。",
        "A contract falls short by {qty} ({bucket}, {channel}).",
    ),
    "committed.short": (
        "已售订单少交{qty}（应在{span}发货）。",
        "Orders already sold fall short by {qty} (due {span}).",
    ),
    "plan.invalid": (
        "有规则无法满足：{kind}（{where}），差{amount}。",
        "A rule cannot be kept: {kind} ({where}), by {amount}.",
    ),
}


def _bucket_zh(bucket: int) -> str:
    return f"第{bucket}时段"


def _bucket_en(bucket: int) -> str:
    return f"bucket {bucket}"


@dataclass(frozen=True)
class Units:
    """
    How figures are said. Quantities are divided by ``qty_divisor`` before they are shown, money a unit of quantity is
    multiplied by ``qty_divisor`` and divided by ``money_divisor``, so that grams and fen can be said as kilograms and
    yuan a kilogram. ``one_*`` is the unit of quantity that such money is for, ``price_note`` what such a price leaves
    out. ``steps_en`` is one bucket and several. ``names`` gives both languages of an identifier (produce,
    cooperative, store, hub, channel). ``source_cost`` says what goods cost at their source. Up to ``little``, in the
    problem's money, it is not said what one more unit would earn. ``rounds_qty`` leaves out decimals of large
    quantities.
    """

    qty_divisor: float = 1.0
    money_divisor: float = 1.0
    qty_zh: str = ""
    qty_en: str = ""
    money_zh: str = ""
    money_en: str = ""
    bucket_zh: Callable[[int], str] = _bucket_zh
    bucket_en: Callable[[int], str] = _bucket_en
    one_zh: str = "单位"
    one_en: str = "unit"
    price_note: tuple[str, str] = ("", "")
    step_zh: str = "个时段"
    steps_en: tuple[str, str] = ("bucket", "buckets")
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    source_cost: tuple[str, str] = ("采收成本和残值", "its picking and salvage value")
    little: float = 0.0
    rounds_qty: bool = False

    def name(self, identifier: str) -> tuple[str, str]:
        """Both names of an identifier, itself where none is given."""
        return self.names.get(identifier, (identifier, identifier))

    @property
    def one(self) -> tuple[str, str]:
        """The unit of quantity as one says "one more"."""
        return self.one_zh, self.one_en

    def qty(self, value: float) -> tuple[str, str]:
        """A quantity with its unit."""
        shown = value / self.qty_divisor
        if self.rounds_qty:
            shown = round(shown, 0 if abs(shown) >= 100 else 1 if abs(shown) >= 10 else 2)
        text = figure(shown)
        return text + self.qty_zh, f"{text} {self.qty_en}".strip()

    def price(self, value: float) -> tuple[str, str]:
        """Money a unit of quantity."""
        text = figure(value * self.qty_divisor / self.money_divisor)
        return text + self.money_zh, f"{text} {self.money_en}".strip()

    def bucket(self, value: int) -> tuple[str, str]:
        """A bucket as a person knows it."""
        return self.bucket_zh(value), self.bucket_en(value)

    def span(self, first: int, last: int) -> tuple[str, str]:
        """A stretch of buckets, the last one included."""
        if first == last:
            return self.bucket_zh(first), f"in {self.bucket_en(first)}"
        (first_zh, first_en), (last_zh, last_en) = self.bucket(first), self.bucket(last)
        return f"{first_zh}到{last_zh}", f"from {first_en} to {last_en}"

    def duration(self, value: float) -> tuple[str, str]:
        """So many buckets."""
        text = f"{value:.1f}".removesuffix(".0")
        return text + self.step_zh, f"{text} {self.steps_en[text != '1']}"

    def about(self, value: float) -> tuple[str, str]:
        """A mean of buckets, as people say it: under half of one is less than one, never none."""
        if value < 0.5:
            return f"不到1{self.step_zh}", f"less than 1 {self.steps_en[0]}"
        zh, en = self.duration(value)
        return f"约{zh}", en


PHASES = {"presale": ("预售", "presale"), "fresh": ("鲜采", "fresh"), "stored": ("库存", "stored")}


def figure(value: float) -> str:
    """At most two decimals and thousands apart; small figures keep three digits that mean something."""
    if value and abs(value) < 0.1:
        return f"{value:.3g}"
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def say(key: str, words: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """The sentence of a key in Chinese and in English."""
    chinese, english = SENTENCES[key]
    return (
        chinese.format(**{name: word[0] for name, word in words.items()}),
        english.format(**{name: word[1] for name, word in words.items()}),
    )
