"""What a shopper says at random: tasks, asides, answers right and wrong, buttons, two questions at once."""

import random
from dataclasses import dataclass, field
from typing import Any


def _said(texts: str) -> list[str]:
    return [text.strip() for text in texts.split("|")]


#: orders of the demo shop, with the last four digits of their phones
ORDERS = dict(
    line.split()
    for line in """
    20261101001001 6612
    20261101001004 5539
    20261101001005 6612
    20261101001006 3308
    20261101001007 5126
    20261101001008 3946
    20261101001009 5702
    20261101001010 9315
    20261101001012 2261
    20261101001014 7791
    20261101001016 7160
    20261101001018 2518
    20261101001020 8807
    20261101001021 6958
    20261101001025 5539
    20261101001026 7084
    20261101001028 6612
    20261101001029 3308
    20261101001031 5702
    20261101001032 7791
    20261101001033 5126
    20261101001035 2518
    20261101001037 6034
    20261101001040 7160
    20261101001041 8807
    20261101001043 5539
    20261101001045 4817
    20261101001047 7084
    20261101001050 2261
    """.strip().splitlines()
)
TASKS = _said(
    """
    我的订单发货了吗 | 怎么还不发货，快点 | 我不想要了，取消订单 | 地址填错了帮我改一下 | 能开发票吗 |
    快递到哪了 | 显示签收了但我没收到 | 我要退货退款 | 能换个大一号的吗 | 坏了五个果子怎么赔 |
    少发了一箱 | 退款什么时候到账 | 不退了，撤销申请 | 我要换货 | 催一下发货 | 我的包裹在哪 |
    زاكازىم ئەۋەتىلدىمۇ | تېز ئەۋەتىڭلار | زاكازنى بىكار قىلىمەن | ئادرېسنى ئۆزگەرتىمەن |
    يوللانما نەگە كەلدى | مال قايتۇرىمەن | پۇلۇم قاچان قايتىدۇ | ئالماشتۇرۇپ بېرىڭ |
    مېۋىلەر بۇزۇلۇپ كەتتى | yollanma nege keldi | zakazni bikar qilimen
    """
)
ASIDES = _said(
    """
    你好 | 在吗 | 谢谢 | 再见 | 你是机器人吗 | 发什么快递 | 支持七天无理由吗 |
    这个核桃是今年的新货吗 | 哈密瓜什么时候有货 | 可以便宜吗 | 送老人哪种红枣好 | 怎么查溯源码 |
    付款失败了 | 你们服务太差了 | 转人工 | 删除我的个人信息 | 请说维语 | 说中文 | 明天天气怎么样 |
    asdf qwer | 😀 | ？ | 好的 | 运费谁出 | ياخشىمۇسىز | رەھمەت | خەير خوش | سىز ماشىنا ئادەممۇ |
    قايسى يوللانمىدا ئەۋەتىسىلەر | ياڭاق يېڭىمۇ | ئادەم بىلەن سۆزلىشىمەن | rehmet | yaxshimusiz |
    hello | بۈگۈن ھاۋا قانداق
    """
)
ANSWERS = _said(
    """
    是的 | 不用了 | 对 | 不是 | 可以 | 算了 | 都要退 | 一个 | 两箱 | 3 | 坏了 | 太酸了 | 不喜欢 |
    发错了 | 张三 | 13800001234 | 浙江省杭州市西湖区文三路1号 | 乌鲁木齐天山区解放路5号 | 第一个 |
    一半 | 不知道 | 另一个订单 | ھەئە | ياق | بولدىلا | بەش دانە | بۇزۇلۇپ كەتتى | ياقمىدى | ماقۇل
    """
)
TWO_AT_ONCE = _said(
    """
    快递到哪了？支持七天无理由吗？ | 我要退货退款。另外发什么快递？ | 能开发票吗？还有快递到哪了？ |
    退款什么时候到账？哈密瓜什么时候有货？ | زاكازىم ئەۋەتىلدىمۇ؟ مال قايتۇرسام بولامدۇ؟ |
    يوللانما نەگە كەلدى؟ ياڭاق يېڭىمۇ؟
    """
)
BUTTONS = ["/affirm", "/deny", "/talk_to_human", "/track_parcel", "/return_request", "/cancel_order"]


@dataclass
class Random:
    """A shopper with an order in mind. `speak` gives a text, or the place of a button of the last replies."""

    rng: random.Random
    order: str = ""
    rest: list[str] = field(default_factory=list)  # what is said next

    def speak(self, buttons: int) -> str | int:
        if self.rest:
            return self.rest.pop(0)
        if not self.order or self.rng.random() < 0.04:
            self.order = self.rng.choice(sorted(ORDERS))
        if buttons and self.rng.random() < 0.35:
            return self.rng.randrange(buttons)
        ways: list[tuple[Any, int]] = [
            (lambda: self.rng.choice(TASKS), 20),
            (lambda: self.rng.choice(ASIDES), 14),
            (lambda: self.rng.choice(ANSWERS), 14),
            (lambda: self.rng.choice(BUTTONS), 6),
            (lambda: self.rng.choice(TWO_AT_ONCE), 5),
            (lambda: ORDERS[self.order], 14),
            (self._proof, 12),
            (self._wrong_digits, 2),
            (self._split_number, 4),
            (lambda: "9" * self.rng.randrange(1, 22), 1),
        ]
        say = self.rng.choices([way for way, _ in ways], [weight for _, weight in ways])[0]
        return str(say())

    def _proof(self) -> str:
        self.rest = [ORDERS[self.order]]
        return self.rng.choice(["{}", "订单号{}", "زاكاز نومۇرۇم {}"]).format(self.order)

    def _wrong_digits(self) -> str:
        return f"{(int(ORDERS[self.order]) + 1) % 10000:04}"

    def _split_number(self) -> str:
        cut = self.rng.randrange(4, 9)
        self.rest = [self.order[cut:], ORDERS[self.order]]
        return self.order[:cut]
