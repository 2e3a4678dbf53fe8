"""
Who is in the demo. Cooperatives, villages and people are invented; counties, produce and seasons are real.

Every row names a produce of the fixture, how many cooperatives pool it, and the packs it is sold in: rank of the
grade, net weight in grams, price in fen, and packs a week the market takes in an average week. Prices are the shop's
own guesses from the fixture's farm-gate prices of about 2023.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pack:
    """One product: grade by rank, net weight, price and weekly demand."""

    rank: int
    net_weight_g: int
    price_fen: int
    weekly_packs: int


@dataclass(frozen=True)
class PoolCast:
    """One supply pool."""

    produce: str
    num_cooperatives: int
    packs: tuple[Pack, ...]


def _pool(produce: str, num_cooperatives: int, *packs: tuple[int, int, int, int]) -> PoolCast:
    return PoolCast(produce, num_cooperatives, tuple(Pack(*pack) for pack in packs))


POOLS: tuple[PoolCast, ...] = (
    # fresh fruit
    _pool("zigui-navel-orange", 3, (1, 2500, 3980, 26), (2, 5000, 6200, 12)),
    _pool("fengjie-navel-orange", 2, (1, 2500, 4180, 14), (2, 5000, 6600, 8)),
    _pool("anyuan-navel-orange", 2, (1, 2500, 3880, 16), (2, 5000, 5900, 8)),
    _pool("leibo-navel-orange", 1, (1, 5000, 5980, 8)),
    _pool("rongan-kumquat", 2, (1, 2500, 6900, 12), (2, 2500, 4900, 14)),
    _pool("mayang-rock-sugar-orange", 1, (1, 5000, 5200, 12)),
    _pool("xunwu-mandarin", 1, (1, 2500, 2680, 12)),
    _pool("nankang-sweet-pomelo", 1, (1, 3000, 3580, 8)),
    _pool("jingning-apple", 3, (1, 5000, 7900, 22), (2, 5000, 6400, 14)),
    _pool("zhuanglang-apple", 2, (1, 2500, 3680, 14), (2, 5000, 5800, 8)),
    _pool("lixian-apple", 1, (2, 5000, 5400, 10)),
    _pool("huaniu-apple", 2, (1, 4500, 6680, 10)),
    _pool("zhaotong-apple", 1, (1, 5000, 6200, 10)),
    _pool("zhouzhi-kiwifruit", 2, (1, 2500, 3690, 16), (2, 2500, 2980, 10)),
    _pool("shuicheng-red-kiwifruit", 1, (1, 2500, 7200, 8)),
    _pool("cangxi-red-kiwifruit", 1, (1, 2500, 7900, 8)),
    _pool("dangshan-pear", 2, (1, 5000, 4200, 16), (2, 5000, 3400, 10)),
    _pool("xixian-yuluxiang-pear", 1, (1, 5000, 8800, 8)),
    _pool("luodian-dragon-fruit", 1, (1, 2500, 3980, 10)),
    _pool("zhenning-honey-plum", 1, (1, 2500, 9800, 14)),
    _pool("wushan-crisp-plum", 1, (1, 2500, 5980, 14)),
    _pool("wenchuan-cherry", 1, (1, 1500, 12800, 14)),
    _pool("yanling-yellow-peach", 1, (1, 2500, 7980, 14)),
    _pool("sandu-crystal-grape", 1, (1, 2500, 4280, 10)),
    _pool("majiang-blueberry", 1, (1, 1500, 9900, 10)),
    _pool("tiandong-mango", 1, (1, 5000, 6980, 12)),
    _pool("jiashi-melon", 1, (1, 7000, 6480, 8)),
    _pool("fuping-dried-persimmon", 1, (1, 1000, 6800, 14)),
    _pool("jiaxian-jujube", 1, (1, 2000, 5600, 10)),
    # vegetables, roots, mushrooms
    _pool("wushan-chives", 1, (1, 2000, 2800, 12)),
    _pool("dingxi-potato", 2, (1, 5000, 2480, 18), (2, 10000, 3880, 10)),
    _pool("weining-potato", 1, (1, 5000, 2680, 12)),
    _pool("ziyun-red-sweet-potato", 2, (1, 2500, 3280, 18)),
    _pool("linquan-ginger", 1, (1, 2500, 3600, 10)),
    _pool("yongjing-lily", 1, (1, 2000, 9800, 8)),
    _pool("yuexi-water-bamboo", 1, (1, 5000, 5400, 8)),
    _pool("pingquan-shiitake", 1, (1, 2500, 5600, 8)),
    # tea, nuts, dried goods, oil, honey, grain, meat
    _pool("meitan-cuiya-tea", 1, (1, 250, 16800, 8), (2, 250, 9800, 8)),
    _pool("menghai-puer-tea", 1, (1, 357, 12800, 8)),
    _pool("jinzhai-luan-guapian-tea", 1, (1, 250, 19800, 6)),
    _pool("jingyuan-goji", 1, (1, 500, 4580, 12), (2, 500, 3680, 10)),
    _pool("wudu-sichuan-pepper", 1, (1, 250, 4680, 10), (1, 500, 8800, 6)),
    _pool("chengxian-walnut", 1, (1, 2500, 5980, 10)),
    _pool("kangxian-black-fungus", 1, (1, 250, 3980, 12), (2, 500, 6480, 8)),
    _pool("zhenyuan-daylily", 1, (1, 250, 2680, 10)),
    _pool("tongjiang-tremella", 1, (1, 100, 6800, 8)),
    _pool("guangchang-lotus-seed", 1, (1, 500, 5980, 10)),
    _pool("xingren-coix", 1, (1, 2000, 3980, 10)),
    _pool("mizhi-millet", 1, (1, 2500, 3880, 14)),
    _pool("aohan-millet", 1, (1, 2500, 3980, 14)),
    _pool("yuanyang-red-rice", 1, (1, 2500, 4280, 12)),
    _pool("huining-flaxseed-oil", 1, (1, 1000, 4980, 10)),
    _pool("yuping-camellia-oil", 1, (1, 500, 6980, 8)),
    _pool("tanchang-wildflower-honey", 1, (1, 500, 5880, 10)),
    _pool("liangdang-langya-honey", 1, (1, 500, 4980, 8)),
    _pool("shache-almond", 1, (1, 1000, 4680, 10)),
    _pool("yanchi-tan-lamb", 1, (1, 2500, 26800, 8)),
    _pool("ningdu-yellow-chicken", 1, (1, 1500, 7800, 14)),
    _pool("xingguo-grey-goose", 1, (1, 2500, 12800, 8)),
    _pool("congjiang-xiang-pig", 1, (1, 2000, 15800, 8)),
    _pool("gonghe-rainbow-trout", 1, (1, 1000, 9800, 14)),
)

#: Invented village names; a cooperative takes one, and its fields lie a little lower or higher than the next one's.
VILLAGES: tuple[tuple[str, str], ...] = (
    ("橙里", "Chengli"), ("江岸", "Jiang'an"), ("高坡", "Gaopo"), ("石门", "Shimen"), ("柳湾", "Liuwan"),
    ("云岭", "Yunling"), ("向阳", "Xiangyang"), ("青河", "Qinghe"), ("北塬", "Beiyuan"), ("南沟", "Nangou"),
    ("东坪", "Dongping"), ("西岭", "Xiling"), ("双泉", "Shuangquan"), ("长坡", "Changpo"), ("马家湾", "Majiawan"),
    ("杨柳", "Yangliu"), ("大槐", "Dahuai"), ("小寨", "Xiaozhai"), ("金谷", "Jingu"), ("银杏", "Yinxing"),
    ("白云", "Baiyun"), ("红星", "Hongxing"), ("前进", "Qianjin"), ("丰收", "Fengshou"), ("梨花", "Lihua"),
    ("桃源", "Taoyuan"), ("竹溪", "Zhuxi"), ("松涛", "Songtao"), ("龙潭", "Longtan"), ("凤山", "Fengshan"),
    ("清水", "Qingshui"), ("甘泉", "Ganquan"), ("沙坝", "Shaba"), ("茶山", "Chashan"), ("药王", "Yaowang"),
    ("石榴", "Shiliu"), ("核桃坪", "Hetaoping"), ("花椒湾", "Huajiaowan"), ("木耳沟", "Mu'ergou"),
    ("百合塬", "Baiheyuan"),
    ("麦场", "Maichang"), ("水碾", "Shuinian"), ("磨坊", "Mofang"), ("渡口", "Dukou"), ("驿站", "Yizhan"),
    ("鹰嘴", "Yingzui"), ("鹿回", "Luhui"), ("鱼泉", "Yuquan"), ("羊圈", "Yangjuan"), ("蜂房", "Fengfang"),
    ("月牙", "Yueya"), ("星火", "Xinghuo"), ("晨光", "Chenguang"), ("晚霞", "Wanxia"), ("春晓", "Chunxiao"),
    ("秋实", "Qiushi"), ("冬青", "Dongqing"), ("夏荷", "Xiahe"), ("古井", "Gujing"), ("新桥", "Xinqiao"),
    ("老街", "Laojie"), ("上坝", "Shangba"), ("下坝", "Xiaba"), ("中庄", "Zhongzhuang"), ("后山", "Houshan"),
    ("前川", "Qianchuan"), ("左岭", "Zuoling"), ("右岭", "Youling"), ("平安", "Ping'an"), ("和睦", "Hemu"),
    ("友谊", "Youyi"), ("团结", "Tuanjie"), ("胜利", "Shengli"), ("光明", "Guangming"), ("朝阳", "Chaoyang"),
    ("兴旺", "Xingwang"), ("永宁", "Yongning"), ("安乐", "Anle"), ("太平", "Taiping"), ("长宁", "Changning"),
)  # fmt: skip

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN_NAMES = ("春花", "建国", "秀英", "志强", "玉兰", "德明", "桂芳", "文军", "小梅", "永福", "丽华", "长生")

#: Counties buyers live in: code and share of orders; and streets, all invented.
BUYER_DISTRICTS: tuple[tuple[str, int], ...] = (
    ("330106", 10), ("310115", 9), ("440106", 8), ("110105", 9), ("320508", 6), ("510107", 6), ("420106", 6),
    ("610113", 4), ("370202", 4), ("410105", 4), ("430104", 4), ("350203", 4), ("500103", 4), ("440305", 7),
    ("330205", 3), ("210102", 3), ("340104", 3), ("360102", 2), ("120101", 3), ("620102", 2),
)  # fmt: skip
STREETS = ("和平路", "解放路", "人民路", "文化路", "学院路", "滨江路", "湖滨路", "中山路", "建设路", "长安街")

CARRIERS: tuple[tuple[str, str, str, str], ...] = (
    ("sf", "顺丰速运", "SF Express", r"^SF[0-9]{13}$"),
    ("ems", "中国邮政", "China Post", r"^[0-9]{13}$"),
    ("zto", "中通快递", "ZTO Express", r"^7[0-9]{13}$"),
)

PASSWORD = "fenglu-demo-1"  # noqa: S105  (printed by make demo on purpose; the demo's accounts hold nothing real)
