"""Chinese typed in pinyin: messages made of a shop's words ("kuaidi dao nali le") in characters.

A message counts as pinyin when nearly all of its Latin letters are words of the list and one of them is a
word of two characters at least, so that English and Latin Uyghur stay what they are. Tones are dropped.
"""

import unicodedata
from functools import lru_cache
from typing import Final

from .lazy import pattern

_WORDS: Final = """
kuaidi 快递 kuaidiyuan 快递员 dingdan 订单 dingdanhao 订单号 danhao 单号 wuliu 物流 baoguo 包裹
fahuo 发货 fahuole 发货了 daohuo 到货 shouhuo 收货 shoudao 收到 meishoudao 没收到 qianshou 签收
paisong 派送 peisong 配送 songhuo 送货 songdao 送到 cuidan 催单 cui 催 kuaidian 快点 xiadan 下单
quxiao 取消 xiugai 修改 gai 改 dizhi 地址 dianhua 电话 shouji 手机 haoma 号码 shoujihao 手机号
shoujianren 收件人 fapiao 发票 kaipiao 开票 taitou 抬头 tuikuan 退款 tuihuo 退货 tuihuotuikuan 退货退款
tuiqian 退钱 tui 退 huanhuo 换货 huan 换 peichang 赔偿 pei 赔 huaile 坏了 huai 坏 lanle 烂了 lan 烂
suile 碎了 pole 破了 posun 破损 loufa 漏发 shaofa 少发 shaole 少了 facuo 发错 cuole 错了 cuo 错
zhiliang 质量 wenti 问题 tousu 投诉 chaping 差评 haoping 好评 rengong 人工 kefu 客服 zhuanrengong 转人工
zhuan 转 zhenren 真人 jiqiren 机器人 laoban 老板 dianjia 店家 maijia 卖家 shangjia 商家 nihao 你好
ninhao 您好 zaima 在吗 zaibuzai 在不在 youren 有人 xiexie 谢谢 duoxie 多谢 zaijian 再见 baibai 拜拜
duibuqi 对不起 meiguanxi 没关系 haode 好的 keyi 可以 bukeyi 不可以 buyong 不用 buyao 不要 buxiang 不想
buhao 不好 bushi 不是 shide 是的 shi 是 dui 对 xing 行 buxing 不行 hao 好 duoshao 多少
duoshaoqian 多少钱 qian 钱 jiage 价格 pianyi 便宜 youhui 优惠 youhuiquan 优惠券 dazhe 打折 zhekou 折扣
baoyou 包邮 yunfei 运费 youfei 邮费 fukuan 付款 zhifu 支付 fuqian 付钱 zhifubao 支付宝 weixin 微信
weixinzhifu 微信支付 yinhangka 银行卡 daozhang 到账 xinjiang 新疆 wulumuqi 乌鲁木齐 kashi 喀什
hetian 和田 akesu 阿克苏 yili 伊犁 tulufan 吐鲁番 hami 哈密 kuerle 库尔勒 beijing 北京 shanghai 上海
guangzhou 广州 shenzhen 深圳 chengdu 成都 pingguo 苹果 hongzao 红枣 dazao 大枣 hetao 核桃 badanmu 巴旦木
hamigua 哈密瓜 putao 葡萄 putaogan 葡萄干 wuhuaguo 无花果 xinggan 杏干 xiangli 香梨 shiliu 石榴
fengmi 蜂蜜 ganguo 干果 shuiguo 水果 niurou 牛肉 yangrou 羊肉 nang 馕 xunyicao 薰衣草 kaixinguo 开心果
ganzao 干枣 zaozi 枣子 xinxian 新鲜 xinhuo 新货 tian 甜 suan 酸 butian 不甜 haochi 好吃 haochima 好吃吗
qingzhen 清真 zhengpin 正品 jiahuo 假货 baozhiqi 保质期 chandi 产地 youhuo 有货 meihuo 没货 xianhuo 现货
kucun 库存 buhuo 补货 gongjin 公斤 jin 斤 xiang 箱 he 盒 dai 袋 jian 件 ge 个 songli 送礼 tuijian 推荐
zenme 怎么 zenmeyang 怎么样 zenmeban 怎么办 weishenme 为什么 shenme 什么 shenmeshihou 什么时候
shihou 时候 jishi 几时 nali 哪里 nar 哪儿 naer 哪儿 zainali 在哪里 daonale 到哪了 daona 到哪 na 哪
nage 那个 zhege 这个 zheli 这里 duojiu 多久 jitian 几天 jinri 今日 jintian 今天 mingtian 明天
houtian 后天 zuotian 昨天 qiantian 前天 xingqi 星期 haimei 还没 haimeidao 还没到 haimeifahuo 还没发货
meiyou 没有 meidao 没到 meifa 没发 mei 没 youmeiyou 有没有 nengbuneng 能不能 keyima 可以吗 xingma 行吗
yaojin 要紧 zhuyi 注意 shuo 说 weiyu 维语 hanyu 汉语 zhongwen 中文 weiwuer 维吾尔 geren 个人 xinxi 信息
shanchu 删除 yinsi 隐私 suyuan 溯源 erweima 二维码 shenqing 申请 shenhe 审核 chexiao 撤销
buchajia 补差价 baojia 保价 tuile 退了 dengle 等了 deng 等 haojiu 好久 hai 还 tai 太 man 慢
taimanle 太慢了 kuai 快 ji 急 bangwo 帮我 bang 帮 cha 查 chayixia 查一下 yixia 一下 wenyixia 问一下
qingwen 请问 qing 请 mafan 麻烦 wo 我 wode 我的 ni 你 nide 你的 nimen 你们 women 我们 ta 他 de 的 le 了
ma 吗 ne 呢 ba 吧 a 啊 ya 呀 o 哦 yao 要 xiangyao 想要 xiangmai 想买 mai 买 maile 买了 maide 买的 dao 到
daole 到了 fa 发 fale 发了 you 有 zai 在 bu 不 neng 能 hui 会 qu 去 lai 来 gei 给 kan 看 kankan 看看
zhidao 知道 buzhidao 不知道 ren 人 mingzi 名字 xie 写 xiecuo 写错 tiancuo 填错 ye 也 dou 都 jiu 就 yi 一
liang 两 san 三 si 四 wu 五 liu 六 qi 七 dong 动 budong 不动 budongle 不动了 dongxi 东西 huo 货
shangpin 商品 zhuangtai 状态 jindu 进度 nan 难 hen 很 shangci 上次 kai 开 kaifapiao 开发票 dian 点 ci 次
zaici 再次 tong 通 mingbai 明白 shoukuan 收款 yue 月 zhong 种 chi 吃
"""
_ALMOST: Final = 0.85  # of the letters
_LONGEST: Final = 14
_PIECE: Final = 4  # letters that a telling word has at least
_LATIN: Final = pattern("[A-Za-z\u00c0-\u01dc]+(?:[ ,.?!'’，。？！]+[A-Za-z\u00c0-\u01dc]+)*")
_NO_LETTER: Final = pattern("[^a-z]+")


def _lexicon() -> dict[str, str]:
    entries = _WORDS.split()
    return dict(zip(entries[::2], entries[1::2], strict=True))


_LEXICON: Final = _lexicon()


def _toneless(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.lower().replace("ü", "v"))
    return "".join(char for char in letters if not unicodedata.combining(char))


@lru_cache(maxsize=2048)
def _read(run: str) -> str | None:
    """A run of Latin words in characters, or None when it is no pinyin of ours."""
    words = [word for word in _NO_LETTER.split(_toneless(run)) if word]
    letters = "".join(words)
    if not 3 < len(letters) <= 120:
        return None
    pieces = _pieces(letters)
    known = sum(len(sound) for sound, han in pieces if han != sound)
    telling = any(len(han) > 1 and len(sound) >= _PIECE for sound, han in pieces if han != sound)
    if not telling or known < _ALMOST * len(letters):
        return None
    return "".join(han for _, han in pieces)


def _pieces(letters: str) -> list[tuple[str, str]]:
    """The cut of `letters` that leaves fewest letters over, and of those the one of fewest words."""
    best: list[tuple[int, int, list[tuple[str, str]]]] = [(0, 0, [])]
    for end in range(1, len(letters) + 1):
        over, count, cut = best[-1]
        options = [(over + 1, count + 1, [*cut, (letters[end - 1], letters[end - 1])])]
        for start in range(max(0, end - _LONGEST), end):
            han = _LEXICON.get(letters[start:end])
            if han is not None:
                over, count, cut = best[start]
                options.append((over, count + 1, [*cut, (letters[start:end], han)]))
        best.append(min(options, key=lambda option: option[:2]))
    return best[-1][2]


def is_pinyin(text: str) -> bool:
    """Whether all Latin words of a cleaned text are pinyin of a shop's words."""
    runs = _LATIN.findall(text)
    return bool(runs) and all(_read(run) is not None for run in runs)


def to_han(text: str) -> str:
    """A cleaned text whose Latin words are pinyin (`is_pinyin`), in characters; any other as it is."""
    if not is_pinyin(text):
        return text
    return _LATIN.sub(lambda match: _read(match[0]) or match[0], text)
