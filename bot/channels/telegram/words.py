"""What the Telegram channel itself says: to commands, in groups. Written in each language, not translated."""

_ZH_BUTTONS = [
    {"title": "查订单", "payload": "/order_status"},
    {"title": "查快递", "payload": "/track_parcel"},
    {"title": "找人工客服", "payload": "/talk_to_human"},
]
_UG_BUTTONS = [
    {"title": "زاكازىمنى كۆرۈش", "payload": "/order_status"},
    {"title": "يوللانمام نەگە كەلدى؟", "payload": "/track_parcel"},
    {"title": "مۇلازىمەتچىگە ئۇلاش", "payload": "/talk_to_human"},
]
_LANGUAGE_BUTTONS = [
    {"title": "中文", "payload": "请说中文"},
    {"title": "ئۇيغۇرچە", "payload": "ئۇيغۇرچە سۆزلەڭ"},
]

_START_ZH = (
    "您好！我是本店的智能助手，是机器人。订单、快递、退换货都可以问我。"
    "直接写您的问题就行，中文、维吾尔语都可以。要找人工客服，随时发 /human 。"
)
_START_UG = (
    "ياخشىمۇسىز! مەن دۇكىنىمىزنىڭ ئەقلىي ياردەمچىسى، ماشىنا ئادەم. "
    "زاكاز، يوللانما، مال قايتۇرۇش توغرىلىق سورىسىڭىز بولىدۇ. "
    "ئۇيغۇرچە ياكى خەنزۇچە يېزىڭ. مۇلازىمەتچى كېرەك بولسا، مۇنۇ بۇيرۇقنى ئەۋەتىڭ:\n/human"
)
START = {"zh": f"{_START_ZH}\n\n{_START_UG}", "ug": f"{_START_UG}\n\n{_START_ZH}"}
START_BUTTONS = {
    "zh": [*_LANGUAGE_BUTTONS, *_ZH_BUTTONS],
    "ug": [*reversed(_LANGUAGE_BUTTONS), *_UG_BUTTONS],
}

HELP = {
    "zh": "我能做这些：\n"
    "· 查订单、查快递，催发货\n"
    "· 取消订单，改地址、电话或规格\n"
    "· 退货、换货，报损坏（可以发照片）\n"
    "· 开发票，回答店里的常见问题\n"
    "直接写您的问题就行。\n"
    "/human 找人工客服\n"
    "/language 换语言",
    "ug": "قولۇمدىن كېلىدىغان ئىشلار:\n"
    "· زاكاز ۋە يوللانمىنى كۆرۈپ بېرىش، مالنى تېز ئەۋەتىشنى ئېيتىش\n"
    "· زاكازنى بىكار قىلىش، ئادرېس، تېلېفون ياكى مالنىڭ تۈرىنى ئۆزگەرتىش\n"
    "· مال قايتۇرۇش ۋە ئالماشتۇرۇش، بۇزۇلغان مالنى مەلۇم قىلىش (رەسىم ئەۋەتسىڭىز بولىدۇ)\n"
    "· تالون، دۇكاننىڭ باشقا ئىشلىرى\n"
    "سوئالىڭىزنى يېزىۋەرسىڭىز بولىدۇ.\n"
    "مۇلازىمەتچىگە ئۇلاش:\n/human\n"
    "تىل ئالماشتۇرۇش:\n/language",
}
HELP_BUTTONS = {"zh": _ZH_BUTTONS, "ug": _UG_BUTTONS}

_WHICH_ZH, _WHICH_UG = "您想用哪种语言？", "قايسى تىلدا سۆزلىشەيلى؟"
LANGUAGE = {"zh": f"{_WHICH_ZH}\n{_WHICH_UG}", "ug": f"{_WHICH_UG}\n{_WHICH_ZH}"}
LANGUAGE_BUTTONS = {"zh": _LANGUAGE_BUTTONS, "ug": list(reversed(_LANGUAGE_BUTTONS))}

_GROUP_ZH = "谢谢邀请！我只在私聊里回答，这样您的订单不会被别人看到。请点我的头像，给我发消息。"
_GROUP_UG = (
    "تەكلىپىڭىزگە رەھمەت! زاكازىڭىزنى باشقىلار كۆرمىسۇن دەپ، پەقەت ئايرىم سۆھبەتتە جاۋاب بېرىمەن. "
    "باش رەسىمىمنى بېسىپ، ماڭا ئايرىم يېزىڭ."
)
GROUP = {"zh": f"{_GROUP_ZH}\n\n{_GROUP_UG}", "ug": f"{_GROUP_UG}\n\n{_GROUP_ZH}"}

#: shown beside the message field; the command menu of a private chat
COMMANDS = {
    "zh": {
        "start": "重新开始",
        "help": "我能做什么",
        "human": "找人工客服",
        "language": "中文 / ئۇيغۇرچە",
    },
    "ug": {
        "start": "باشتىن باشلاش",
        "help": "نېمىلەرنى قىلالايمەن",
        "human": "مۇلازىمەتچىگە ئۇلاش",
        "language": "ئۇيغۇرچە / 中文",
    },
}
SAY = {"zh": "请说中文", "ug": "ئۇيغۇرچە سۆزلەڭ"}
