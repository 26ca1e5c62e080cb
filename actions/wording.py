"""Nouns, dates, sums and lists in both languages; the sentences around them stand in domain.yml."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from actions.turn import Language
from shop.models import OrderItem, OrderStatus, Product, ReturnKind, ReturnStatus, TrackingStatus
from shop.orders import Changeable
from shop.rules import Voice

CHINA = timezone(timedelta(hours=8))  # one zone for all of China, no summer time

Pair = dict[Language, str]

ORDER_STATUS: dict[OrderStatus, Pair] = {
    OrderStatus.pending_payment: {"zh": "待付款", "ug": "پۇل تۆلەنمىدى"},
    OrderStatus.paid: {"zh": "已付款，待发货", "ug": "پۇل تۆلەندى، تېخى ئەۋەتىلمىدى"},
    OrderStatus.shipped: {"zh": "已发货", "ug": "ئەۋەتىلدى"},
    OrderStatus.delivered: {"zh": "已签收", "ug": "تاپشۇرۇۋېلىندى"},
    OrderStatus.completed: {"zh": "已完成", "ug": "تاماملاندى"},
    OrderStatus.cancelled: {"zh": "已取消", "ug": "بىكار قىلىندى"},
}
TRACKING_STATUS: dict[TrackingStatus, Pair] = {
    TrackingStatus.accepted: {"zh": "快递已揽收", "ug": "يوللانما شىركىتى تاپشۇرۇۋالدى"},
    TrackingStatus.in_transit: {"zh": "运输中", "ug": "يولدا"},
    TrackingStatus.out_for_delivery: {"zh": "派送中", "ug": "يەتكۈزۈلۈۋاتىدۇ"},
    TrackingStatus.at_pickup_point: {"zh": "已到自提点，待取件", "ug": "يوللانما ئېلىش نۇقتىسىغا كەلدى"},
    TrackingStatus.delivered: {"zh": "已签收", "ug": "تاپشۇرۇۋېلىندى"},
    TrackingStatus.problem: {"zh": "派送遇到问题", "ug": "يەتكۈزۈشتە مەسىلە چىقتى"},
    TrackingStatus.returned: {"zh": "正在退回店铺", "ug": "دۇكانغا قايتىۋاتىدۇ"},
}
RETURN_KIND: dict[ReturnKind, Pair] = {
    ReturnKind.return_: {"zh": "退货退款", "ug": "مال قايتۇرۇپ پۇل ئېلىش"},
    ReturnKind.exchange: {"zh": "换货", "ug": "مال ئالماشتۇرۇش"},
    ReturnKind.damage_claim: {"zh": "坏损赔付", "ug": "بۇزۇلغان مالنى تۆلەپ بېرىش"},
}
RETURN_STATUS: dict[ReturnStatus, Pair] = {
    ReturnStatus.requested: {"zh": "店里正在审核", "ug": "دۇكان تەكشۈرۈۋاتىدۇ"},
    ReturnStatus.approved: {"zh": "审核通过", "ug": "تەستىقلاندى"},
    ReturnStatus.received: {"zh": "店里已收到退回的商品", "ug": "قايتۇرۇلغان مال دۇكانغا كەلدى"},
    ReturnStatus.rejected: {"zh": "审核未通过", "ug": "تەستىقلانمىدى"},
    ReturnStatus.completed: {"zh": "已办完", "ug": "پۈتتى"},
    ReturnStatus.withdrawn: {"zh": "已撤销", "ug": "ئىلتىماس بىكار قىلىندى"},
}
_GREETING: Pair = {"zh": "您好，这里是{shop}。", "ug": "ياخشىمۇسىز، بۇ يەر «{shop}»."}
_ASSISTANT: Pair = {"zh": "智能助手", "ug": "ئەقلىي ياردەمچى"}
# Whatever a shop has its assistant say: that it is a machine, and that a person can be had.
_WHAT_IT_IS: Pair = {
    "zh": "我是{name}，是机器人。订单、物流、退换货都可以问我，随时可以转人工。",
    "ug": "مەن {name}، يەنى ماشىنا ئادەم. زاكاز، يوللانما، مال قايتۇرۇش توغرۇلۇق سوراڭ. "
    "خالىغان ۋاقىتتا مۇلازىمەتچىگە ئۇلاپ بېرىمەن.",
}
FIELD: dict[Changeable, Pair] = {
    Changeable.address: {"zh": "收货地址", "ug": "ئادرېس"},
    Changeable.recipient: {"zh": "收货人", "ug": "تاپشۇرۇۋالغۇچى"},
    Changeable.phone: {"zh": "手机号", "ug": "تېلېفون نومۇرى"},
    Changeable.variant: {"zh": "规格", "ug": "مال تۈرى"},
    Changeable.quantity: {"zh": "数量", "ug": "سانى"},
}
BUTTON: dict[str, Pair] = {
    "yes": {"zh": "确认", "ug": "ھەئە، شۇنداق"},
    "no": {"zh": "先不办了", "ug": "ياق، بولدىلا"},
    "person": {"zh": "转人工", "ug": "مۇلازىمەتچىگە ئۇلاش"},
    "all_items": {"zh": "全部商品", "ug": "ھەممىسى"},
    "resend": {"zh": "补发或换货", "ug": "قايتا ئەۋەتىش"},
    "refund": {"zh": "退款", "ug": "پۇلنى قايتۇرۇش"},
    "no_photo": {"zh": "没有照片", "ug": "رەسىم يوق"},
    "personal": {"zh": "个人", "ug": "شەخس نامىدا"},
    "callback": {"zh": "请给我回电", "ug": "ماڭا تېلېفون قىلىڭ"},
}
REASON: dict[str, Pair] = {
    "dislike": {"zh": "不喜欢", "ug": "ياقمىدى"},
    "mistake": {"zh": "买错了", "ug": "خاتا سېتىۋالدىم"},
    "quality": {"zh": "质量有问题", "ug": "سۈپىتىدە مەسىلە بار"},
}
DAMAGE_SHARE: dict[str, Pair] = {
    "0.25": {"zh": "四分之一左右", "ug": "تەخمىنەن تۆتتىن بىرى"},
    "0.5": {"zh": "一半左右", "ug": "تەخمىنەن يېرىمى"},
    "1": {"zh": "几乎全部", "ug": "ھەممىسى دېگۈدەك"},
}
PROBLEM: dict[str, Pair] = {
    "stuck": {"zh": "物流不动", "ug": "يولدا تۇرۇپ قالدى"},
    "signed_not_received": {"zh": "显示签收但没收到", "ug": "تاپشۇرۇۋېلىندى دەيدۇ، ئالمىدىم"},
    "lost": {"zh": "丢件了", "ug": "يوقاپ كەتتى"},
    "refused_door": {"zh": "不送上门", "ug": "ئۆيگە ئەكەلمىدى"},
}
#: what the bot can do, in a shopper's words; used when it asks back which of two was meant
INTENT: dict[str, Pair] = {
    "order_status": {"zh": "查订单状态", "ug": "زاكاز ئەھۋالىنى كۆرۈش"},
    "urge_shipping": {"zh": "催发货", "ug": "تېز ئەۋەتىشنى ئېيتىش"},
    "cancel_order": {"zh": "取消订单", "ug": "زاكازنى بىكار قىلىش"},
    "change_order": {"zh": "修改订单", "ug": "زاكازنى ئۆزگەرتىش"},
    "invoice_request": {"zh": "开发票", "ug": "تالون سوراش"},
    "track_parcel": {"zh": "查物流", "ug": "يوللانمىنى كۆرۈش"},
    "delivery_problem": {"zh": "物流有问题", "ug": "يوللانمىدا مەسىلە بار"},
    "shipping_policy": {"zh": "问运费和配送", "ug": "توشۇش ھەققى ۋە يەتكۈزۈشنى سوراش"},
    "return_request": {"zh": "退货退款", "ug": "مال قايتۇرۇش"},
    "exchange_request": {"zh": "换货", "ug": "مال ئالماشتۇرۇش"},
    "damage_claim": {"zh": "商品坏了要赔付", "ug": "مال بۇزۇلۇپتۇ، تۆلەم سوراش"},
    "wrong_item": {"zh": "发错或少发", "ug": "خاتا ياكى كەم كەپتۇ"},
    "refund_status": {"zh": "查退款进度", "ug": "پۇل قايتۇرۇش ئەھۋالى"},
    "return_policy": {"zh": "问退换规则", "ug": "قايتۇرۇش قائىدىسىنى سوراش"},
    "return_cancel": {"zh": "撤销退货申请", "ug": "قايتۇرۇشتىن ۋاز كېچىش"},
    "product_info": {"zh": "问商品情况", "ug": "مال ھەققىدە سوراش"},
    "product_availability": {"zh": "问有没有货", "ug": "مال بار-يوقلۇقىنى سوراش"},
    "price_promotion": {"zh": "问价格和优惠", "ug": "باھا ۋە ئېتىبارنى سوراش"},
    "recommend_product": {"zh": "推荐商品", "ug": "مال تەۋسىيە قىلىش"},
    "trace_origin": {"zh": "查溯源和真伪", "ug": "مال مەنبەسى ۋە راست-يالغانلىقىنى تەكشۈرۈش"},
    "payment_problem": {"zh": "付款有问题", "ug": "پۇل تۆلەشتە مەسىلە بار"},
    "complaint": {"zh": "投诉", "ug": "شىكايەت قىلىش"},
    "privacy_request": {"zh": "个人信息", "ug": "شەخسىي ئۇچۇرلىرىم"},
    "talk_to_human": {"zh": "转人工", "ug": "مۇلازىمەتچىگە ئۇلاش"},
}


#: facts of the catalogue
FACT: dict[str, Pair] = {
    "halal": {"zh": "清真说明", "ug": "ھالاللىقى"},
    "shelf_life": {"zh": "保质期", "ug": "ساقلاش مۇددىتى"},
    "storage": {"zh": "保存方法", "ug": "ساقلاش ئۇسۇلى"},
    "how_to_eat": {"zh": "吃法", "ug": "يېيىش ئۇسۇلى"},
    "origin": {"zh": "产地", "ug": "چىققان جايى"},
    "season": {"zh": "上市时间", "ug": "پىشىش پەسلى"},
    "taste": {"zh": "口感", "ug": "تەمى"},
    "weight": {"zh": "规格", "ug": "ئېغىرلىقى"},
}
FACT_OF_GOODS: Pair = {"zh": "{item}的{label}：{fact}。", "ug": "«{item}»، {label}: {fact}."}
#: before an answer that the shop has in the other language only: by that language, then the shopper's
ONLY_IN: dict[str, Pair] = {
    "zh": {"zh": "", "ug": "بۇنىڭ جاۋابى دۇكاندا پەقەت خەنزۇچە بار:"},
    "ug": {"zh": "这个问题店里只有维吾尔语的回答：", "ug": ""},
}
WHICH_QUESTION: Pair = {"zh": "您想问的是哪一个？", "ug": "قايسى سوئالنى سورىماقچىسىز؟"}

FIELD_OF_GOODS: Pair = {"zh": "“{item}”{field}", "ug": "«{item}»، {field}"}
OUT_OF_STOCK: Pair = {"zh": "（缺货）", "ug": " (مال تۈگىدى)"}


def money(amount: Decimal, language: Language) -> str:
    return f"{amount:.2f}元" if language == "zh" else f"{amount:.2f} يۈەن"


def day(moment: datetime | date, language: Language) -> str:
    """A day in China: 11月25日, 11-ئاينىڭ 25-كۈنى."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(CHINA).date()
    if language == "zh":
        return f"{moment.month}月{moment.day}日"
    return f"{moment.month}-ئاينىڭ {moment.day}-كۈنى"


def minute(moment: datetime, language: Language) -> str:
    """A day with its time, which is Beijing time (two hours ahead of the local one in Xinjiang)."""
    local = moment.astimezone(CHINA)
    between = " " if language == "zh" else " بېيجىڭ ۋاقتى سائەت "
    return f"{day(local, language)}{between}{local:%H:%M}"


def days(earliest: date, latest: date, language: Language) -> str:
    """A span of days, in words, never as a bare range."""
    if earliest == latest:
        return day(earliest, language)
    if language == "zh":
        return f"{day(earliest, 'zh')}到{day(latest, 'zh')}"
    return f"{day(earliest, 'ug')} بىلەن {day(latest, 'ug')} ئارىلىقىدا"


def listing(parts: Iterable[str], language: Language) -> str:
    return ("、" if language == "zh" else "، ").join(parts)


def product_name(product: Product, language: Language) -> str:
    name = product.name.get(language) or product.name["zh"]
    variant = product.variant.get(language) or product.variant.get("zh") or ""
    return f"{name} {variant}".strip()


def variant_name(product: Product, language: Language) -> str:
    return product.variant.get(language) or product.variant.get("zh") or product_name(product, language)


def count(number: str, language: Language) -> str:
    return f"{number}件" if language == "zh" else f"{number} دانە"


def item_name(item: OrderItem, language: Language) -> str:
    """As the catalogue names it in that language; the name on the day of the order where it is gone."""
    return product_name(item.product, language) if item.product else item.name


def items(order_items: Iterable[tuple[OrderItem, int]], language: Language) -> str:
    """Goods with their counts: 和田红枣 500克 2件."""
    unit = "{} {}件" if language == "zh" else "{} {} دانە"
    return listing(
        (unit.format(item_name(item, language), quantity) for item, quantity in order_items), language
    )


def introduction(voice: Voice, shop: str, language: Language) -> str:
    """In the shop's own words; "" where it has none in this language."""
    name, greeting = voice.name.get(language, ""), voice.greeting.get(language, "")
    if not name and not greeting:
        return ""
    greeting = greeting or _GREETING[language].format(shop=shop)
    return f"{greeting} {_WHAT_IT_IS[language].format(name=name or _ASSISTANT[language])}"
