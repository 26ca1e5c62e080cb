"""Which language a message is in, and which to answer in."""

import pytest

from nlu.text.language import detect, reply_language

LINES = {
    "zh": """我是Alim|你好men|这款bar还有吗|size是M码|Please 发货|my order 20240501123456 没到
        我的订单到哪了|你好|SF123到哪了|我要退iPhone手机壳|這個多少錢|亲，XL码有吗|ok的|在吗
        nihao wo de kuaidi dao nali le|tuikuan|wo yao tui huo|kuài dì dào le ma|zhuan rengong
        shenme shihou fahuo|我的kuaidi到哪了|hami gua huai le|臺灣能寄嗎|xiexie
        能开app里的发票吗|好的，谢谢|用wechat可以付吗|快递单号SF1234567890123|请说维语""",
    "ug": """order قاچان كېلىدۇ|پاتىماي قالدى|kefu barmu|салам|Рәхмәт сизгә|alma bar mi|هەرمەت
        ياخشىمۇسىز|زاكازىم قاچان كېلىدۇ|ياق|سالام|رەھمەت|بار|نان بارمۇ|ماقۇل|یاخشیمۇسیز
        ياخشيموسيز|رەخمەت|قانچە پۇل|zakazim qachan kelidu|yahximusiz|zakazim kaqan kilidu
        rahmat|rehmet|pulumni qayturup bering|bolidu|uzum barmu
        yaxshimusiz, SF1234567890 nede?|men bugun aldim|bu alma kanche pul
        qoghun bek tatliq iken|salam|yak|texi kelmidi|zakas nomuri 20240501123456
        xinjang uruqi adrisim|méning zakazim qeyerde|mal kelmidi, pulumni kayturup biring
        заказим қачан келиду|рәхмәт|Мениң пулумни қайтуруп бериң|яхшимусиз
        буйрутмам қачан келиду|WeChat دا پۇل تۆلىسەم بولامدۇ|SF 1234567890123 كەلدىمۇ
        ئالمىدىم، كەلمىدى|ادەم چاقىرىڭ|قىلىپ بېرىڭلار|kuaidi kilip elip ketsun|nan barmu
        заказимни қайтурай дегән|tuihuo kilay digen""",
    "mixed": """بۇ 苹果 قاچان 发货 بولىدۇ|我的زاكاز到哪了|zakazim 发货了吗|قوغۇن 还有吗
        退款 قاچان كېلىدۇ|快递 كەلدىمۇ|你好 ياخشىمۇسىز|mening 订单 qachan kelidu""",
    "other": """narxi qancha|qancha turadi|تاۋارىم كەلمەدى|قانشا تۇرادى|Bugün kargo gelir mi
        where is my order|siparişim nerede|siparisim ne zaman gelir|buyurtmam qachon keladi
        hello, when will it arrive|salom, mahsulot narxi qancha
        где мой заказ|менің тапсырысым қайда
        буйрутмам качан келет|سلام سفارش من کجاست|أين طلبي|السلام عليكم|میرا آرڈر کہاں ہے
        تاپسىرىسىم قايدا|مەنىڭ تاۋارىم قاشان كەلەدى|注文はどこですか|내 주문
        hola donde esta mi pedido|I want a refund|the men at the bar|thank you|سلام
        چطور پولم را پس بگیرم|شكرا|здравствуйте|can you speak English|kargom nerede
        yetkazib berish bormi|Kargom üç gündür aynı yerde duruyor|Buyurtmam qayerda qoldi
        Тапсырысымды қайтарғым келеді|Товар бузулуп калыптыр|Чоң рахмат сизге|you are the best
        تاپسىرىسىمدى قايتارعىم كەلەدى|الما قاشان جەتەدى|راحمەت سىزگە""",
    "none": """123456|😀|？？|SF1234567890123|ok|iPhone|WeChat|20240501 123456|...
        https://a.com/where-is|a@b.com|👍👍|1|JD123|hhh|+86 13812345678|OK！|EMS|2.5kg|?
        \u200b""",
}
CASES = [
    (line.strip(), code) for code, block in LINES.items() for line in block.replace("\n", "|").split("|")
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[f"{code}-{line}" for line, code in CASES])
def test_detect(text: str, expected: str) -> None:
    assert detect(text) == expected


REPLIES = [
    ("我的订单到哪了", "ug", "zh"),
    ("زاكازىم قاچان كېلىدۇ", "zh", "ug"),
    ("zakazim qachan kelidu", "zh", "ug"),
    ("بۇ 苹果 قاچان 发货 بولىدۇ", "zh", "ug"),
    ("我的زاكاز到哪了", "ug", "zh"),
    ("قوغۇن 还有吗", "ug", "zh"),
    ("退款 قاچان كېلىدۇ", "zh", "ug"),
    ("我要买قوغۇن", "ug", "zh"),
    ("mening 订单 qachan kelidu", "zh", "ug"),
    ("20240501123456", "ug", "ug"),
    ("20240501123456", "zh", "zh"),
    ("😀", "ug", "ug"),
    ("ok", "ug", "ug"),
    ("where is my order", "ug", "ug"),
    ("哈密瓜 قوغۇن", "ug", "ug"),
    ("哈密瓜 قوغۇن", "zh", "zh"),
]


@pytest.mark.parametrize(
    ("text", "conversation", "expected"), REPLIES, ids=[f"{r[0]}-{r[1]}" for r in REPLIES]
)
def test_reply_language(text: str, conversation: str, expected: str) -> None:
    assert reply_language(text, conversation) == expected  # type: ignore[arg-type]
