"""How shoppers shorten Chinese in chat (kd, tk, 木有, 3Q), spelled out for classifiers; positions move.

Only what is hardly ever meant otherwise stands here. Latin letters count beside Chinese ones or where they
are the whole message, never as part of a word, number or code.
"""

from typing import Final

from . import pinyin
from .lazy import pattern
from .traditional import simplified

_INITIALS_TEXT: Final = """
kd 快递 tk 退款 th 退货 fh 发货 dd 订单 wl 物流 kf 客服 rg 人工 dz 地址 fp 发票 yf 运费 zfb 支付宝
wx 微信 vx 微信 sf 顺丰 yd 韵达 zt 中通 mj 卖家 xj 新疆 zd 知道 bzd 不知道 3q 谢谢 3x 谢谢 thx 谢谢
plz 请 pls 请 yyds 太好了 nb 厉害 nh 你好 886 再见 byebye 再见 gkd 快点 awsl 太好了
"""
_NOT_ALONE: Final = frozenset({"dd", "zt", "yd", "nb", "th", "xj", "mj"})  # a nudge, initials of a name

_SPOKEN_TEXT: Final = """
有木有 有没有 木有 没有 肿么 怎么 咋个 怎么 咋整 怎么办 咋 怎么 神马 什么 啥子 什么 啥 什么
灰常 非常 酱紫 这样 介个 这个 辣么 那么 泥萌 你们 素不素 是不是 是8是 是不是 蟹蟹 谢谢 酸Q 谢谢
栓Q 谢谢 好滴 好的 好哒 好的 好嘞 好的 吼的 好的 掰掰 再见 拜拜 再见 搞快点 快点 快滴 快点 麻溜 赶快
芭比Q 完了 俺 我 侬 你
"""


def _pairs(text: str) -> dict[str, str]:
    entries = text.split()
    return dict(zip(entries[::2], entries[1::2], strict=True))


_INITIALS: Final = _pairs(_INITIALS_TEXT)
_SPOKEN: Final = _pairs(_SPOKEN_TEXT)
_HAN_SET: Final = "\u3400-\u9fff"
_HAN: Final = pattern(f"[{_HAN_SET}]")
_TOKEN: Final = pattern(
    rf"(?<![A-Za-z0-9@./_\-])(?:[A-Za-z]{{2,6}}|3[qQxX]|(?<![{_HAN_SET}])886(?![{_HAN_SET}]))"
    r"(?![A-Za-z0-9@/_\-]|\.[A-Za-z])"
)
# 木有 is no short form in 巴旦木有吗.
_SLANG: Final = pattern("|".join(f"(?<![旦树红原积]){short}" for short in _SPOKEN))


def spelled_out(text: str) -> str:
    """A cleaned text in simplified characters with short forms, net spellings and pinyin spelled out."""
    text = simplified(text)
    chinese = _HAN.search(text) is not None
    if chinese:
        text = _SLANG.sub(lambda match: _SPOKEN[match[0]], text)
    if chinese or len(_TOKEN.findall(text)) == 1:
        text = _TOKEN.sub(lambda match: _meant(match[0], alone=not chinese), text)
    return pinyin.to_han(text)


def _meant(token: str, alone: bool) -> str:
    lower = token.lower()
    return token if alone and lower in _NOT_ALONE else _INITIALS.get(lower, token)
