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
    "window.from_one": ("货源是{top}，供{top_qty}。", "It is fed by {top} with {top_qty}."),
    "window.from_several": (
        "货源有{num_rows}笔，最多的是{top}，供{top_qty}。",
        "It is fed from {num_rows} sources, the largest being {top} with {top_qty}.",
    ),
    "window.from_store": (
        "其中{stored_qty}先入{stores}，平均存放{held}再发货。",
        "{stored_qty} of it is kept in {stores} first, {held} on average.",
    ),
    "window.starts_with_harvest": (
        "更早没有可发的货：最早一批{bucket}才采收。",
        "It cannot ship earlier: the first harvest it draws on is picked in {bucket}.",
    ),
    "window.ends_by_next": ("之后转为{phase}继续销售。", "It goes on as {phase}."),
    "window.ends_by_life": (
        "停售是因为保鲜期：最后一批已存放{held}，最多只能放{limit}。",
        "It ends because of shelf life: the last of it was kept for {held}, and {limit} is the most.",
    ),
    "window.ends_by_supply": (
        "停售是因为货已排完：后面每单位货值{worth}，留给了更合算的去处。",
        "It ends because the goods are used up: a unit is worth {worth} then, and goes where it earns more.",
    ),
    "window.ends_by_demand": (
        "停售是因为之后没有预计的需求。",
        "It ends because no demand is expected after it.",
    ),
    "window.ends_by_horizon": ("停售是因为计划期到此为止。", "It ends with the plan's horizon."),
    "window.cap_demand": (
        "数量定为{qty}，等于预计需求；需求每多一单位，多赚{worth}。",
        "The quantity is {qty}, all the demand expected; one more unit of demand would earn {worth}.",
    ),
    "window.cap_supply": (
        "数量定为{qty}（预计需求{demand}），受货源限制；货源每多一单位，多赚{worth}。",
        "The quantity is {qty} of {demand} demanded, limited by supply; one more unit of supply would earn {worth}.",
    ),
    "window.cap_promise": (
        "数量定为{qty}（预计需求{demand}），受可承诺量限制；可承诺量每多一单位，多赚{worth}。",
        "The quantity is {qty} of {demand} demanded, limited by the promise; one more unit would earn {worth}.",
    ),
    "window.cap_storage": (
        "数量定为{qty}（预计需求{demand}），受{store}库容限制；{span}每多一个库位，多赚{worth}。",
        "The quantity is {qty} of {demand} demanded, limited by {store}; one more place {span} would earn {worth}.",
    ),
    "window.cap_packing": (
        "数量定为{qty}（预计需求{demand}），受{hub}的打包能力限制；{bucket}每多打包一单位，多赚{worth}。",
        "The quantity is {qty} of {demand} demanded, limited by packing at {hub}; one more unit in {bucket} would earn "
        "{worth}.",
    ),
    "window.cap_freight": (
        "数量定为{qty}（预计需求{demand}），受整车装载限制：{bucket}已派{trucks}车，再多一点要加一车。",
        "The quantity is {qty} of {demand} demanded, limited by whole trucks: {trucks} leave in {bucket}, and more "
        "would need another.",
    ),
    "window.cap_listing": (
        "数量定为{qty}（预计需求{demand}），由上架规则或平稳要求决定。",
        "The quantity is {qty} of {demand} demanded, set by the listing rules or the steadiness band.",
    ),
    "window.cap_price": (
        "数量定为{qty}（预计需求{demand}）；再多卖一单位，收入不抵成本。",
        "The quantity is {qty} of {demand} demanded; selling one unit more would not pay its cost.",
    ),
    "window.price_floor": (
        "计划价最低{price}；同样的货在别处每单位值{worth}，低于它就不如留给别处。",
        "The lowest planned price is {price}; elsewhere a unit of the same goods is worth {worth}, and below that it "
        "would go there.",
    ),
    "window.price_cost": (
        "计划价最低{price}；采收、残值和存放每单位合计{worth}，低于它就不该卖。",
        "The lowest planned price is {price}; picking, salvage value and keeping come to {worth} a unit, and it should "
        "not be sold below that.",
    ),
    "harvest.all": (
        "{bucket}的{qty}全部收下；再多一单位值{worth}。",
        "All {qty} of {bucket} is taken; one more unit would be worth {worth}.",
    ),
    "harvest.part": (
        "{bucket}的{qty}收下{taken}；其余{left}再卖也不抵采收成本和残值。",
        "{taken} of the {qty} of {bucket} is taken; the other {left} would not pay its picking and salvage value.",
    ),
    "harvest.part_promise": (
        "{bucket}预计{qty}，先收{taken}；其余{left}还没有把握，暂不承诺。能多承诺一单位，多赚{worth}。",
        "{taken} of the {qty} expected in {bucket} is planned; the other {left} is not sure enough to promise. "
        "One more unit that may be promised would earn {worth}.",
    ),
    "harvest.none": (
        "{bucket}的{qty}没有收下：没有去处能抵采收成本和残值。",
        "Nothing of the {qty} of {bucket} is taken: no use of it would pay its picking and salvage value.",
    ),
    "harvest.earlier": (
        "早采一{step}，每单位多赚{worth}。",
        "Picked one {step} earlier, a unit would earn {worth} more.",
    ),
    "harvest.later": ("晚采一{step}，每单位多赚{worth}。", "Picked one {step} later, a unit would earn {worth} more."),
    "storage.binds": (
        "{span}，{store}是满的；这段时间每多一个库位，多赚{worth}。",
        "There is no room left in {store} {span}; one more place for that time would earn {worth}.",
    ),
    "packing.binds": (
        "{hub}有{num}打包满负荷；其中{bucket}每多打包一单位，多赚{worth}。",
        "Packing at {hub} is at its limit for {num}; one more unit in {bucket} would earn {worth}.",
    ),
    "fairness.binds": (
        "为保证{coops}的收购比例，最后一单位让收益少{worth}。",
        "To take the agreed share from {coops}, the last unit costs {worth}.",
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
    yuan a kilogram. ``steps_en`` is one bucket and several. ``names`` gives both languages of an identifier (produce,
    cooperative, store, hub, channel).
    """

    qty_divisor: float = 1.0
    money_divisor: float = 1.0
    qty_zh: str = ""
    qty_en: str = ""
    money_zh: str = ""
    money_en: str = ""
    bucket_zh: Callable[[int], str] = _bucket_zh
    bucket_en: Callable[[int], str] = _bucket_en
    step_zh: str = "个时段"
    steps_en: tuple[str, str] = ("bucket", "buckets")
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def name(self, identifier: str) -> tuple[str, str]:
        """Both names of an identifier, itself where none is given."""
        return self.names.get(identifier, (identifier, identifier))

    def qty(self, value: float) -> tuple[str, str]:
        """A quantity with its unit."""
        text = figure(value / self.qty_divisor)
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
