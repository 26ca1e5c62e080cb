"""The carriers: what they are called, what their waybills look like, their codes at kuaidi100. Here alone.

Patterns are the shapes carriers print today; they overlap, so a pattern only helps where nobody names the
carrier, and only where no other carrier prints that shape too.
"""

import re
from dataclasses import dataclass

from shop.numbers import plain_number

# name as stored and shown | code at kuaidi100 | other names | waybill, without blanks and in capitals
_TABLE = r"""
顺丰 | shunfeng | 顺丰速运, 顺丰快递, SF, SF Express, S.F. | SF\d{12,13}
京东 | jd | 京东快递, 京东物流, JD, JDL, JD Logistics | JD[A-Z]{0,2}\d{11,14}(-\d+-\d+-?)?
中通 | zhongtong | 中通快递, 中通速递, ZTO, ZTO Express | ZT\d{12,14}|7[3-9]\d{12}
圆通 | yuantong | 圆通速递, 圆通快递, YTO, YTO Express | YT\d{12,14}
申通 | shentong | 申通快递, 申通E物流, STO, STO Express | STO?\d{12,13}|77\d{13}
韵达 | yunda | 韵达快递, 韵达速递, YUNDA, YD | (YD)?4[36]\d{13}
极兔 | jtexpress | 极兔速递, 极兔快递, J&T, J&T Express, JT, JTSD | (JT|JTSD)\d{12,13}
EMS | ems | 邮政EMS, 中国邮政速递物流, 邮政速递, 特快专递 | E[A-Z]\d{9}[A-Z]{2}|1[01]\d{11}
邮政 | youzhengguonei | 中国邮政, 邮政快递包裹, 邮政包裹, China Post | [KPX][A-Z]\d{9}[A-Z]{2}|9[689]\d{11}
德邦 | debangkuaidi | 德邦快递, 德邦物流, DEPPON, Deppon, DBL, DBKD | DP[KLS]\d{11,12}
菜鸟 | danniao | 丹鸟, 菜鸟速递, 菜鸟直送, CAINIAO | DN\d{12,13}
跨越 | kuayue | 跨越速运, KYE | KY\d{11,13}
百世 | huitongkuaidi | 百世快递, 百世汇通, BEST, HTKY
安能 | annengwuliu | 安能物流, ANE
优速 | youshuwuliu | 优速快递, UC
"""

MOST = 40  # letters of a carrier's name, and of a waybill's number


@dataclass(frozen=True)
class Carrier:
    name: str
    kuaidi100: str
    others: tuple[str, ...]
    waybill: re.Pattern[str] | None


def _carrier(line: str) -> Carrier:
    name, code, others, *shape = line.split(" | ")
    pattern = re.compile(shape[0], re.ASCII) if shape else None
    return Carrier(name, code, tuple(others.split(", ")), pattern)


CARRIERS = tuple(map(_carrier, _TABLE.strip().splitlines()))


def _plain(name: str) -> str:
    return re.sub(r"[\s.&·-]|[（(].*", "", name).casefold()


_BY_NAME = {_plain(word): one for one in CARRIERS for word in (one.name, one.kuaidi100, *one.others)}


def carrier_named(name: str) -> Carrier | None:
    """The carrier that is meant by a name, an abbreviation or a code of kuaidi100."""
    return _BY_NAME.get(_plain(name))


def carrier_of(tracking_number: str) -> Carrier | None:
    """The carrier that alone prints waybills of this shape."""
    number = plain_number(tracking_number)
    fitting = [one for one in CARRIERS if one.waybill and one.waybill.fullmatch(number)]
    return fitting[0] if len(fitting) == 1 else None


def shown_carrier(name: str, tracking_number: str) -> str:
    """What is stored as a parcel's carrier: ours where it is known, else the name given, "" for nothing."""
    known = carrier_named(name) or (carrier_of(tracking_number) if not name.strip() else None)
    return known.name if known else " ".join(name.split())[:MOST]
