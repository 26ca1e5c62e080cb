"""What in a message shows a mood whatever its topic: marks, emoji, repetition, words with their negation.

Standard library only. The word lists are short on purpose: they carry the general words of feeling, the rest
is learnt from examples (nlu/data).
"""

from typing import Final

from .clean import clean
from .lazy import pattern
from .traditional import simplified
from .uyghur import to_arabic

_NOT_ZH: Final = "不|没|沒|别|不太|不怎么|一点都不|一点也不|算不上|谈不上"
_GOOD_ZH: Final = (
    "满意|喜欢|开心|高兴|感谢|谢谢|多谢|好吃|不错|真好|太好了|太棒|很棒|棒|赞|给力|贴心|惊喜|爱了|靠谱|完美|新鲜|值得|五星|好评|辛苦|舒服|"
    "划算|及时|耐心|热情|回购"
)
_BAD_ZH: Final = (
    "失望|难过|遗憾|可惜|心凉|心寒|寒心|委屈|无语|郁闷|糟糕|差劲|后悔|白等|说好的|说好|答应|承诺|不如以前|没想到|唉|哎|难吃|一般般|不值|扫兴|"
    "泄气|凉了|算了"
)
_WORRY_ZH: Final = (
    "担心|着急|急死|好急|很急|急用|急着|等着用|怕|会不会|来得及|来不及|赶得上|赶不上|不放心|紧张|怎么还没|怎么还不|还没到|还不发|心慌|慌|焦虑|"
    "千万|在线等|急急"
)
_ANGER_ZH: Final = (
    "骗|坑|垃圾|投诉|差评|举报|曝光|12315|工商|消协|滚|妈的|他妈|tmd|nmd|傻|有病|脑子|什么玩意|什么东西|什么破|破店|黑店|奸商|黑心|"
    "不要脸|无耻|恶心|气死|气人|火大|忍无可忍|受够|糊弄|敷衍|忽悠|耍我|耍人|当我傻|呵呵|真行|可真|服了|太过分|欺负|凭什么|岂有此理|推卸|踢皮球|"
    "没完没了|到底"
)
_GOOD_UG: Final = (
    "رەھمەت|رەخمەت|تەشەككۈر|خۇرسەن|خۇشال|رازى|ياخشى كۆر|ياقتى|ياقتۇر|ئېسىل|قالتىس|"
    "بەك ياخشى|ناھايىتى ياخشى|مەمنۇن|كۆڭلۈمدىك|بارىكاللا|ئاپىرىن|يارايسى|تەملىك|"
    "يېڭىكەن|ئاللا رازى|مۇبارەك"
)
_NOT_UG: Final = "ئەمەس|ئەمەسمەن|بولمىدى|بولماي|ياقمىدى|ياقماي|يوق"
_BAD_UG: Final = (
    "ئەپسۇس|ئۈمىدسىز|كۆڭلۈم|كۆڭلۈمنى|رەنجى|ئىچىم سىقىل|يېرىم بول|پۇشايمان|"
    "كۈتكەن يەردىن|ۋەدە|دېگەنتىڭىز|دېگەنىدىڭىز|دېگەنتىڭلار|ئىست|ئىسىت|ئۆكۈن|ناچار|"
    "نارازى|تەمسىز|بىكار"
)
_WORRY_UG: Final = (
    "ئەنسىر|خاتىرجەم ئەمەس|ئالدىرا|ئالدىراش|جىددىي|جىددى|تېز بول|تېزراق|ئۈلگۈر|قورقۇ|"
    "قورقىمەن|تېخىچە|تېخى كەلمى|نېمىشقا كەلمە|ساقلاۋاتىمەن|كېچىك|يۈرىكىم|ئىچىم تىت"
)
_ANGER_UG: Final = (
    "ئالدام|ئالدىدى|ئالدىدىڭ|ئالداپ|ئالداۋات|كاززاپ|يالغانچى|نومۇس|ئۇيال|يۈزسىز|ئەرز|"
    "شىكايەت|پاش قىل|لەنەت|ئىپلاس|نېمانداق|نېمە دېگەن|مەسخىرە|ئەخمەق|ساراڭ|توزاق|"
    "قاقتى سوقتى|قاچانغىچە|جېنىم|جاق تويدۇم|تويدۇم|غەزەپ|ئاچچىق|يەتتى|يېتەر|ھەددىدىن|"
    "بىشەم|نائەھلى"
)

# Facts that make a mood without naming it.
_COUNT_ZH: Final = "[一二两三四五六七八九十几半好0-9]{1,4}"
_TIME_ZH: Final = _COUNT_ZH + "个?(?:天|周|礼拜|星期|月)"
_BOUGHT_ZH: Final = "买|拍|付|下单|下的单|囤|签收|收到|拆"
_CHEAPER_ZH: Final = "便宜了|更便宜|还便宜|更划算|降|打折|[一二三四五六七八九对]折|半价|特价|清仓"
_NEEDED_ZH: Final = (
    "结婚|婚礼|订婚|迎亲|提亲|生日|大寿|满月|过节|古尔邦|年三十|中秋|开学|考试|面试|比赛|演出|上台|典礼|手术|"
    "住院|出院|出差|出国|火车|飞机|搬家|招待|客人|客户|截止|报销|开庭|等着|急用|要用"
)
_SOON_ZH: Final = (
    "明天|明早|明晚|后天|今天|今晚|周[一二三四五六日末天]|下周|礼拜[一二三四五六天]|月底|[0-9二三]{1,3}号"
)
_COUNT_UG: Final = "بىر|ئىككى|ئۈچ|تۆت|بەش|ئالتە|يەتتە|سەككىز|توققۇز|ئون|يىگىرمە|نەچچە|[0-9]{1,3}"
_BOUGHT_UG: Final = "ئالغان|ئالسام|ئېلىۋ|تۆلىسەم|زاكاز"
_CHEAPER_UG: Final = "ئەرزانلا|چۈشۈپ|يېرىم باھا|ئەرزان ئىكەن|ئەرزان چىق"
_NEEDED_UG: Final = (
    "توي|نىكاھ|ھېيت|بايرام|تۇغۇلغان كۈن|مېھمان|ئىمتىھان|مۇسابىقە|سەھنە|ئوپېراتسىيە|دوختۇر|سەپەر|پويىز|"
    "ئۇچىمەن|كېتىمەن|كېتىپ قالىمەن|مەكتەپ باشلى|ئىشلىتىمەن|لازىم|ئۈلگۈر"
)
_SOON_UG: Final = "ئەتە|ئۆگۈن|بۈگۈن كەچ|شەنبە|جۈمە|ئاي ئاخىر|كېلەر ھەپتە|كۈن قالدى"
_AGAIN_ZH: Final = (
    "又|再次|每次|次次|上[次回]也|第[二三四五六两2-6][次回个台趟遍]|还是[坏漏那老同一样不有少错空]|"
    f"{_COUNT_ZH}[次回趟遍][了都，]"
)
_AGAIN_UG: Final = "يەنە|(?:ئىككى|ئۈچى?)نچى قېتىم|ئۈچىنچى|تۆتىنچى|ھەر قېتىم|ئۈچىلىسى|(?:ئۈچ|ئىككى) قېتىم"
#: thanks after something else was said: manners, no mood
_THANKS: Final = "谢谢|多谢|谢啦|感谢|辛苦|麻烦|有劳|(?:كۆپ )?رەھمەت|جاپا بولدى|ئاۋارە"
_TAIL: Final = pattern(
    r"(?<=\w\w)[，,。？?؟،\s]{1,4}(?:(?:好的?|嗯|行|ماقۇل)[，,،\s]{0,3})?"
    rf"(?:{_THANKS})\w{{0,4}}(?: \w{{1,8}})?[\s~～。.!！]{{0,6}}$"
)

_PATTERNS: Final = {
    "cheaper_later": pattern(
        f"(?:{_BOUGHT_ZH}).{{0,80}}(?:{_CHEAPER_ZH})|(?:{_BOUGHT_UG}).{{0,80}}(?:{_CHEAPER_UG})"
    ),
    "waits": pattern(
        f"[等过第都拖卡停].{{0,3}}{_TIME_ZH}|{_TIME_ZH}多?[了没还过都]"
        f"|(?:{_COUNT_UG}) ?(?:كۈن|ھەپتە|ئاي)(?:دىن بېرى| بولدى| ئۆتتى| كۈت)|نچى كۈن"
    ),
    "needed_soon": pattern(
        f"(?:{_SOON_ZH}).{{0,80}}(?:{_NEEDED_ZH})|(?:{_NEEDED_ZH}).{{0,80}}(?:{_SOON_ZH})"
        f"|(?:{_SOON_UG}).{{0,80}}(?:{_NEEDED_UG})|(?:{_NEEDED_UG}).{{0,80}}(?:{_SOON_UG})"
    ),
    "again": pattern(f"{_AGAIN_ZH}|{_AGAIN_UG}"),
    "good": pattern(f"(?<!不)(?<!没)(?:{_GOOD_ZH})|{_GOOD_UG}"),
    "not_good": pattern(
        f"(?:{_NOT_ZH}).{{0,2}}(?:满意|喜欢|开心|高兴|好吃|靠谱|新鲜|值|舒服|划算|及时)"
        f"|(?:رازى|خۇرسەن|خۇشال|ياخشى|مەمنۇن|تەملىك) ?(?:{_NOT_UG})|نارازى|ياقمىدى"
    ),
    "bad": pattern(f"{_BAD_ZH}|{_BAD_UG}"),
    "worry": pattern(f"{_WORRY_ZH}|{_WORRY_UG}"),
    "anger": pattern(f"{_ANGER_ZH}|{_ANGER_UG}"),
    "shout": pattern("[!！]"),
    "shouts": pattern("[!！]{2,}"),
    "puzzled": pattern("[?？؟]{2,}|[?？؟][!！]|[!！][?？؟]"),
    "dots": pattern("…|\\.{3,}|。{2,}|،{2,}"),
    "repeated": pattern(r"(\w)\1{2,}"),
    "smile": pattern("[😀-😇😉-😎😍-😙🥰🤗👍👏🙏🌹🎉💐❤💕🥳✨]|哈哈|嘻嘻|嘿嘿|\\^_\\^|:\\)"),
    "tears": pattern("[😞-😥😢😭😔😟🙁☹💔🥺😩😫]|呜呜|T_T|5555"),
    "fear": pattern("[😰😱😨😧😦🥵]"),
    "rage": pattern("[😠-😤🤬👿💢😡👎🖕💩🙄😒]"),
}


def evidence(text: str) -> dict[str, float]:
    """How often each sign stands in a text, at most three times; signs that do not are left out."""
    plain = _plain(text)
    said = without_thanks(plain)
    counts = {name: len(sign.findall(said)) for name, sign in _PATTERNS.items()}
    counts["polite_tail"] = int(said != plain)
    return {name: float(min(count, 3)) for name, count in counts.items() if count}


def ends_in_thanks(text: str) -> bool:
    """Whether it thanks after something else was said."""
    plain = _plain(text)
    return without_thanks(plain) != plain


def without_thanks(plain: str) -> str:
    """A clean text without the thanks at its end, where something else was said before them."""
    return _TAIL.sub("", plain)


def _plain(text: str) -> str:
    return to_arabic(simplified(clean(text[:2000]))).lower()
