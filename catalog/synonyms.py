"""
What shoppers also call things. A name that contains a trigger is found by the added words too.

Only true equivalents and wider words stand here (rainbow trout is sold under its own name, not as salmon);
categories add the word of the aisle.
"""

from __future__ import annotations

SYNONYMS: tuple[tuple[str, str], ...] = (
    ("橙", "橙子 甜橙 orange oranges"),
    ("脐橙", "脐橙 橙子 navel orange"),
    ("马铃薯 洋芋 土豆", "马铃薯 洋芋 土豆 山药蛋 potato potatoes"),
    ("红薯 山芋 番薯 甘薯 地瓜", "红薯 山芋 番薯 甘薯 地瓜 白薯 sweet potato potatoes yam"),
    ("苹果", "苹果 apple apples"),
    ("富士", "红富士 富士 fuji"),
    ("猕猴桃", "猕猴桃 奇异果 kiwi kiwifruit"),
    ("金桔 金橘", "金桔 金橘 kumquat"),
    ("蜜桔 蜜橘", "蜜桔 蜜橘 桔子 橘子 柑橘 mandarin tangerine"),
    ("柚", "柚子 文旦 pomelo"),
    ("梨", "梨子 雪梨 pear pears"),
    ("脆李 糖李 心李", "李子 plum plums"),
    ("黄桃 蜜桃", "桃子 水蜜桃 peach peaches"),
    ("樱桃", "樱桃 车厘子 cherry cherries"),
    ("葡萄", "葡萄 提子 grape grapes"),
    ("核桃", "核桃 胡桃 walnut walnuts"),
    ("板栗", "板栗 栗子 毛栗 chestnut chestnuts"),
    ("木耳", "木耳 黑木耳 云耳 wood ear fungus"),
    ("银耳", "银耳 白木耳 雪耳 white fungus tremella"),
    ("香菇", "香菇 冬菇 shiitake mushroom"),
    ("竹荪", "竹荪 竹笙 bamboo fungus"),
    ("枸杞", "枸杞 枸杞子 goji wolfberry"),
    ("红枣", "红枣 大枣 枣子 jujube date dates"),
    ("花椒", "花椒 川椒 sichuan pepper"),
    ("辣椒", "辣椒 辣子 海椒 chilli chili pepper"),
    ("百合", "百合 甜百合 lily"),
    ("黄花", "黄花菜 金针菜 daylily"),
    ("小米", "小米 粟米 谷子 millet"),
    ("薏仁", "薏仁 薏米 薏苡仁 coix barley"),
    ("红米", "红米 糙米 大米 rice"),
    ("茶油", "茶油 山茶油 茶籽油 camellia tea seed oil"),
    ("胡麻油", "胡麻油 亚麻籽油 亚麻油 flaxseed linseed oil"),
    ("橄榄油", "橄榄油 olive oil"),
    ("芝麻", "芝麻 sesame"),
    ("羊肉 羊羔肉", "羊肉 羔羊 羊羔 lamb mutton"),
    ("牦牛", "牦牛肉 牛肉 yak beef"),
    ("鸡", "土鸡 走地鸡 chicken"),
    ("鹅", "鹅肉 goose"),
    ("猪", "猪肉 土猪肉 pork"),
    ("鳟", "鳟鱼 淡水鱼 trout fish"),
    ("韭菜", "韭菜 chives leek"),
    ("娃娃菜", "娃娃菜 白菜 小白菜 cabbage"),
    ("西芹", "西芹 芹菜 celery"),
    ("茭白", "茭白 茭笋 高笋 water bamboo"),
    ("大蒜", "大蒜 蒜头 garlic"),
    ("生姜", "生姜 老姜 ginger"),
    ("瓜蒌", "瓜蒌籽 吊瓜子 瓜子 seeds"),
    ("白莲", "白莲 莲子 lotus seed"),
    ("巴旦", "巴旦木 扁桃仁 almond almonds"),
    ("伽师瓜", "哈密瓜 甜瓜 melon"),
    ("西瓜", "西瓜 watermelon"),
    ("火龙果", "火龙果 pitaya dragon fruit"),
    ("芒", "芒果 mango mangoes"),
    ("蓝莓", "蓝莓 blueberry blueberries"),
    ("刺梨", "刺梨 刺梨汁 cili"),
    ("柿饼", "柿饼 柿子 persimmon"),
    ("咖啡", "咖啡 咖啡豆 coffee"),
    ("金银花", "金银花 忍冬 honeysuckle"),
    ("玫瑰", "玫瑰 玫瑰花 玫瑰茶 rose"),
    ("葛", "葛根 葛根粉 kudzu"),
    ("翠芽 翠兰 瓜片 小兰花 狗牯脑 苔茶 银球", "绿茶 green tea"),
    ("宁红", "红茶 black tea"),
    ("黑茶", "黑茶 茯茶 dark tea"),
    ("普洱", "普洱茶 生普 puer"),
)

#: What the aisle of a category is called.
CATEGORY_WORDS = {
    "fruit": "水果 fruit",
    "vegetable": "蔬菜 vegetable vegetables",
    "tuber": "薯类 粗粮 tuber",
    "mushroom": "菌菇 菌子 蘑菇 食用菌 mushroom mushrooms",
    "tea": "茶叶 茶 tea",
    "nut": "坚果 干果 nut nuts",
    "grain": "杂粮 粮食 grain",
    "spice": "调料 香料 spice",
    "herb": "药食 草本 herb",
    "honey": "蜂蜜 土蜂蜜 honey",
    "oil": "食用油 油 oil",
    "livestock": "肉 肉类 meat",
    "aquatic": "鱼 水产 fish",
    "processed": "加工 土特产",
}


def added_words(text: str, category: str = "") -> str:
    """Return the words a name is also found by, with the aisle of its category."""
    added = [words for triggers, words in SYNONYMS if any(trigger in text for trigger in triggers.split())]
    return " ".join([*added, CATEGORY_WORDS.get(category, "")]).strip()
