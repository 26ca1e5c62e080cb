"""Chinese as it is typed in chat, spelled out for the classifiers."""

import pytest

from nlu.text.chatter import spelled_out
from nlu.text.clean import clean
from nlu.text.stems import stem
from nlu.text.traditional import TABLE, simplified


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("我的kd到哪了", "我的快递到哪了"),
        ("我要TK", "我要退款"),
        ("tk", "退款"),
        ("kd呢？", "快递呢?"),
        ("用zfb付", "用支付宝付"),
        ("加你wx", "加你微信"),
        ("发sf吗", "发顺丰吗"),
        ("3Q～", "谢谢~"),
        ("好的，886", "好的,再见"),
        ("木有收到", "没有收到"),
        ("有木有优惠", "有没有优惠"),
        ("肿么退", "怎么退"),
        ("咋还不发", "怎么还不发"),
        ("這個多少錢", "这个多少钱"),
        ("等著呢，麻煩妳了", "等着呢,麻烦你了"),
        ("yyds", "太好了"),
    ],
)
def test_short_forms(typed: str, meant: str) -> None:
    assert spelled_out(clean(typed)).replace("，", ",").replace("？", "?") == meant


@pytest.mark.parametrize(
    "text",
    [
        "SF1234567890123 到哪",
        "KD-2024 这个型号有吗",
        "XL码有吗",
        "巴旦木有吗",
        "房间886",
        "尾号是886吗",
        "dd",
        "nb",
        "my order tk",
        "mail@tk.com 给我发",
        "https://kd.com/tk 看看",
        "zakazim keldimu",
        "nan barmu",
        "زاكازىم قاچان كېلىدۇ",
        "men bugun aldim",
        "you are the best",
        "can you send me a hat",
        "Alim",
        "",
        "12345",
    ],
)
def test_what_is_no_short_form_stays(text: str) -> None:
    assert spelled_out(text) == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kuaidi dao nali le", "快递到哪里了"),
        ("kuaididaonalile", "快递到哪里了"),
        ("kuai di dao na li le", "快递到哪里了"),
        ("Kuài dì dào le ma", "快递到了吗"),
        ("wo yao tuikuan", "我要退款"),
        ("zhuan rengong", "转人工"),
        ("shenme shihou fahuo", "什么时候发货"),
        ("you youhui ma", "有优惠吗"),
        ("nihao", "你好"),
        ("xiexie", "谢谢"),
        ("hami gua huai le", "哈密瓜坏了"),
        ("我的kuaidi到哪了", "我的快递到哪了"),
    ],
)
def test_pinyin(typed: str, meant: str) -> None:
    assert spelled_out(clean(typed)) == meant


def test_simplified_keeps_positions() -> None:
    text = "我的訂單號是2024，發貨了嗎？زاكاز keldi"
    assert len(simplified(text)) == len(text)
    assert simplified(text) == "我的订单号是2024，发货了吗？زاكاز keldi"
    everything = "".join(map(chr, TABLE))
    assert len(simplified(everything)) == len(everything)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("زاكازىمنى", "زاكاز"),
        ("دۇكىنىڭىزدا", "دۇكان"),
        ("ياڭاقلارنىڭ", "ياڭاق"),
        ("ئادرېسىمنى", "ئادرېس"),
        ("باھاسى", "باھا"),
        ("ئەۋەتىسىلەر", "ئەۋەت"),
        ("قاچان", "قاچان"),
        ("نان", "نان"),
        ("ئۇ", "ئۇ"),
        ("WeChat", "WeChat"),
        ("快递", "快递"),
        ("", ""),
    ],
)
def test_stems(word: str, expected: str) -> None:
    assert stem(word) == expected
