"""Where an address lies, as far as delivery times go. Pure; reads Chinese, and Uyghur names of the cities."""

import re

from shop.numbers import ascii_digits

_OTHER_PROVINCE = re.compile(
    r"北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|"
    r"湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|香港|澳门"
)

_IN_XINJIANG = re.compile(
    r"新疆|乌鲁木齐|克拉玛依|吐鲁番|哈密|昌吉|博乐|博尔塔拉|库尔勒|巴音郭楞|巴州|阿克苏|阿图什|"
    r"克孜勒苏|克州|喀什|和田|伊犁|伊宁|塔城|阿勒泰|石河子|阿拉尔|图木舒克|五家渠|北屯|铁门关|双河|"
    r"可克达拉|昆玉|胡杨河|新星|奎屯|阜康|库车|莎车|叶城|若羌|轮台|疏勒|焉耆|精河|沙湾|乌苏|和静|"
    r"和硕|尉犁|且末|博湖|温宿|拜城|新和|沙雅|阿瓦提|乌什|柯坪|疏附|泽普|英吉沙|岳普湖|伽师|麦盖提|"
    r"巴楚|塔什库尔干|墨玉|皮山|洛浦|策勒|于田|民丰|霍尔果斯|霍城|巩留|新源|昭苏|特克斯|尼勒克|"
    r"察布查尔|额敏|托里|裕民|和布克赛尔|布尔津|富蕴|福海|哈巴河|青河|吉木乃|玛纳斯|呼图壁|奇台|"
    r"吉木萨尔|木垒|鄯善|托克逊|伊吾|巴里坤|温泉|阿拉山口|阿克陶|阿合奇|乌恰|白杨|"
    r"天山区|沙依巴克|新市区|水磨沟|头屯河|达坂城|米东|独山子|白碱滩|乌尔禾|高昌区|伊州区|"
    r"شىنجاڭ|ئۈرۈمچى|قاراماي|تۇرپان|قۇمۇل|سانجى|بۆرتالا|كورلا|ئاقسۇ|ئاتۇش|قەشقەر|خوتەن|ئىلى|غۇلجا|"
    r"چۆچەك|ئالتاي|شىخەنزە|كۇچا|يەكەن"
)

_SUFFIXES = ("市", "地区", "州", "县", "区")


def in_xinjiang(address: str) -> bool | None:
    """Whether an address lies in Xinjiang; None if that cannot be told.

    Only its beginning is read: there is a Xinjiang Road (新疆路) in many a city.
    """
    text = ascii_digits(address).replace(" ", "").removeprefix("中国")
    if _OTHER_PROVINCE.match(text):
        return False
    return True if _IN_XINJIANG.match(text) else None


def has_left_xinjiang(place: str) -> bool:
    """Whether a courier's place is elsewhere: couriers name cities, and all of Xinjiang's are known here."""
    return bool(place.strip()) and not in_xinjiang(place)


def is_at(place: str, address: str) -> bool:
    """Whether a courier's place, a city, is the city of the address."""
    city = place.strip().removeprefix("新疆")
    for suffix in _SUFFIXES:
        if len(city) > len(suffix) + 1:
            city = city.removesuffix(suffix)
    return len(city) > 1 and city in address
