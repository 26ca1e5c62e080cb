"""What of a question is compared: Chinese character pairs, Uyghur word beginnings and letter triples."""

import re
from collections.abc import Iterator

from nlu.text.clean import clean
from nlu.text.regions import regions
from nlu.text.uyghur import to_arabic
from shop.places import in_xinjiang

_HAN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+(?:\.[0-9]+)?")
_UYGHUR = re.compile(r"[\u0621-\u06d5]+")

# Said with any question and telling nothing about it. Longer ones stand first.
_ZH_FILLERS = re.compile(
    "你好|您好|请问|麻烦|老板|亲们?|在吗|想问一?下?|问一?下|咨询一?下|我想|我要|我们|你们家?|您们|咱们?|您|你|我"
    "|一下|那个|这个|那么|就是|还是|到底|大概|一般|现在|是不是|的话|吗|呢|啊|呀|吧|哦|噢|嘛|么(?=$)|哈|的|了|是|都|也|就|会|给"
)

# One word for what shoppers call by many; all that the FAQs of any shop have in common.
_ZH_SAME = (
    ("运费", "邮费|快递费|邮寄费|物流费|邮资|路费"),
    ("可以", "能不能|可不可以|可否|能否|行不行|行吗|能够|能(?!量)"),
    ("怎么", "怎样|如何|咋(?:个|样|么)?"),
    ("什么", "啥子?"),
    ("有", "有没有"),
    ("几天", "多长时间|多少天|多久|好久|几日"),
    ("几时", "什么时候|啥时候|何时|多会儿?|哪天|几号|几月份?"),
    ("多少", "几块钱?|多少钱"),
    ("发到", "寄到|送到|邮到|发往|寄往"),
    ("发", "寄|邮(?!政|箱)|发货|出货"),
    ("快递", "物流"),
    ("退货", "退掉|退回去?"),
    ("保存", "存放|储存|贮存|存储|存(?=多|几)|保管|放着"),
    ("坏", "烂|腐|霉"),
    ("付款", "支付|付钱|给钱|结账"),
    ("没有", "没(?!有)|木有"),
    ("便宜", "优惠|打折|折扣"),
    ("人工客服", "人工|真人|客服"),
    ("宝宝", "婴儿|孩子|小孩|宝贝|娃"),
)
_ZH_RULES = tuple((re.compile(words), one) for one, words in _ZH_SAME)

_UG_FILLERS_TEXT = """
ئەسسالامۇ ئەلەيكۇم سالام ياخشىمۇسىز ياخشىمۇسىلەر مەن مېنىڭ سىز سىزنىڭ سىلەر سىلەرنىڭ بىز
بىزنىڭ بۇ شۇ ئۇ بۇنى ئۇنى بۇنىڭ ۋە بىلەن ھەم ئەمدى زادى
دەپ دېگەن ئىدى ئىكەن ئۇكا ئاكا ئاچا سىڭلىم قېرىندىشىم خوجايىن رەھمەت سوراپ
باقاي سوراي بىر نەرسە كەچۈرۈڭ ئەمىسە
"""
_UG_FILLERS = frozenset(_UG_FILLERS_TEXT.split())
_UG_SAME = {
    "كىرا": "توشۇش", "كىراسى": "توشۇش", "كىراسىنى": "توشۇش", "پوچتىسى": "توشۇش", "كۇەيدى": "يوللانما",
    "پوسۇلكا": "يوللانما", "نەچچە": "قانچە", "نەدە": "قەيەردە", "نەگە": "قەيەرگە", "نەلەرگە": "قەيەرلەرگە",
    "نېمىشكە": "نېمىشقا", "تالۇن": "تالون", "كىشمىش": "ئۈزۈم", "ئامۇت": "نەشپۈت", "ئەرزان": "ئېتىبار",
    "ۋېيشىن": "ئۈندىدار", "ۋېيشىندا": "ئۈندىداردا", "ئېلىپەي": "جىفۇباۋ", "يوللايسىلەر": "ئەۋەتىسىلەر",
    "ماڭدۇرىسىلەر": "ئەۋەتىسىلەر", "سالىسىلەر": "ئەۋەتىسىلەر", "يوللامسىلەر": "ئەۋەتەمسىلەر",
    "ماڭدۇرامسىلەر": "ئەۋەتەمسىلەر", "كىلو": "كىلوگرام",
}  # fmt: skip

PLACE = "@"  # what a feature begins with that is a place, or the side of Xinjiang it lies on
_BEGINNING = 4  # letters of a Uyghur word that mostly hold its stem
# Beside 1 for a Chinese pair and for the beginning of a Uyghur word:
_SINGLE, _TRIPLE, _SIDE, _PLACE = 1.0, 0.4, 1.5, 0.5


def normalised(text: str) -> str:
    """As it is compared: clean, small letters, Uyghur in Arabic script."""
    return to_arabic(clean(text)).lower()


def features(text: str) -> dict[str, float]:
    """What is compared of a normalised text, and how much of each; empty where nothing is said."""
    found: dict[str, float] = {}
    places, rest = _places(text)
    for feature, weight in (*places, *_chinese(rest), *_uyghur(rest)):
        found[feature] = found.get(feature, 0.0) + weight
    return found


def _places(text: str) -> tuple[list[tuple[str, float]], str]:
    """The places named and the text without them: above all it matters whether they lie in Xinjiang."""
    found: list[tuple[str, float]] = []
    for place in regions(text):
        side = "@in" if in_xinjiang(place.value) else "@out"
        found += [(side, _SIDE), (f"@{place.value}", _PLACE)]
        text = text[: place.start] + " " * (place.end - place.start) + text[place.end :]
    return found, text


def _chinese(text: str) -> Iterator[tuple[str, float]]:
    for rule, one in _ZH_RULES:
        text = rule.sub(one, text)
    for run in _HAN.findall(_ZH_FILLERS.sub(" ", text)):
        if run.isascii():
            yield run, 1.0
            continue
        yield from ((character, _SINGLE) for character in run)
        yield from ((run[at : at + 2], 1.0) for at in range(len(run) - 1))


def _uyghur(text: str) -> Iterator[tuple[str, float]]:
    for typed in _UYGHUR.findall(text):
        if typed in _UG_FILLERS:
            continue
        word = _UG_SAME.get(typed, typed)
        yield "^" + word[:_BEGINNING], 1.0
        edged = f"_{word}_"
        yield from ((edged[at : at + 3], _TRIPLE) for at in range(len(edged) - 2))


def weight(feature: str) -> float:
    """How much of a question a feature makes up, told from its form."""
    if feature[0] == "@":
        return _SIDE if feature in ("@in", "@out") else _PLACE
    if feature[0] == "_" or (len(feature) == 3 and "\u0621" <= feature[1] <= "\u06d5"):
        return _TRIPLE
    return 1.0
