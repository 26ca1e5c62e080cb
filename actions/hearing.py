"""Patterns by which the service form hears what no intent says."""

import re

from actions.call import Call

LEAVING = re.compile(
    r"^(?:那|那就|哦|唉|还是)?(?:算了|不用了|不弄了|不办了|先不|没事了|不需要了|取消操作)"
    r"|بولدىلا|كېرەك ئەمەس|كېرەكمەس|ۋاز كەچتىم|قويۇڭ ئەمدى|قويايلى|لازىم ئەمەس"
)
OTHER_ORDER = re.compile(
    r"(?:另外?|别的|其他|换).{0,3}(?:一个|个)?(?:订单|单)|"
    r"不是这(?:个|一)?(?:订单|单)|باشقا زاكاز|باشقىسى|بۇ زاكاز ئەمەس"
)
#: said after a problem was told and a way out offered: it means yes, do that
WHAT_NOW = re.compile(r"怎么办|咋办|怎么处理|قانداق قىلىمەن|قانداق قىلىمىز|قانداق قىلاي|قانداق بولىدۇ")
#: a whole message that answers, greets or thanks, and is never a name or a reason
SMALL_WORD = re.compile(
    r"(?:好的?|行|可以|是的?|对的?|嗯+|没有?|不是?|不用了?|不要了?|算了|谢谢你?|多谢|您好|你好|再见|等等|等一下|ok|okay|"
    r"ھەئە|ماقۇل|بولىدۇ|شۇنداق|ياق|يوق|بولدى|بولدىلا|"
    r"كېرەك ئەمەس|رەھمەت|كۆپ رەھمەت|ياخشىمۇسىز|خوش)[。.!！~ ]*",
    re.IGNORECASE,
)
#: «for myself», of an invoice: looks like a wish for a person and is none
PERSONAL = re.compile(
    r"^(?:开?给?)?(?:个人|我自己|本人|私人)(?:的|抬头|名义)?(?:就行|就好|吧)?[。.]?$|"
    r"شەخس|ئۆزۈمنىڭ نامى|ئۆز نامىم"
)
_LETTER = "\u0621-\u064a\u066e-\u06d5"
QUESTION = re.compile(
    f"吗|什么时候|几天|多久|多少钱|怎么|哪|[?？؟]|قاچان|قانچە|نەدە|[{_LETTER}]مۇ$|[اە]مدۇ$|[اە]مسىز$"
)
ORDER_NUMBER = re.compile(r"(?:我?的?订单号?(?:是|为)?|زاكاز(?: نومۇر\S*)?)?[:： ]*\d{10,20}(?: ?نومۇرلۇق)?")
#: words of taking a request back; without any of them, and with one of sending back, a return is meant
WITHDRAWING = re.compile(
    r"撤|取消|不退|不换|别退|不用退|不赔|不要退|算了|继续用|留着|ۋاز|بىكار|قايتۇرماي|قايتۇرمىس|ئالماشتۇرماي|توختات|يېنىۋال|ئەمەلدىن"
)
SENDING_BACK = re.compile(r"退货|要退|想退|قايتۇر")
#: questions answered in the shopper's own words, where words of another task mean nothing
FREE_TEXT = ("reason", "value", "title")
#: questions whose answer a shopper may have to look for
TAKES_TIME = ("order_number", "digits", "value", "title", "tax_number", "photo")
#: intents that only look at something, near enough to each other that none need be asked back
LOOKING = ("track_parcel", "order_status", "delivery_problem", "urge_shipping")


def leaves(call: Call) -> bool:
    """A no, or a word that calls the task off. Taking back what is only being asked for is calling it off."""
    desk, turn = call.desk, call.turn
    if turn.value("order_number") or OTHER_ORDER.search(turn.words):
        return False
    if turn.intent == "return_cancel" and desk.task != "return_cancel":
        return desk.task in (
            "return_request",
            "exchange_request",
            "damage_claim",
            "wrong_item",
            "cancel_order",
        )
    return turn.intent in ("deny", "goodbye") or bool(LEAVING.search(turn.words))


def is_small_word(words: str) -> bool:
    return SMALL_WORD.fullmatch(words.strip()) is not None


def without_order_number(text: str) -> str:
    return ORDER_NUMBER.sub("", text).strip(" ,，。،.")


def wants_person(call: Call) -> bool:
    return call.turn.intent == "talk_to_human" and not (
        call.desk.asked == "title" and PERSONAL.search(call.turn.words)
    )


def near_enough(call: Call) -> str | None:
    """The task that two likely meanings have in common, when asking back would be pedantry."""
    likely = [name for name in call.turn.ranking if name != "nlu_fallback"][:2]
    if len(likely) == 2 and set(likely) <= set(LOOKING):
        return next((name for name in ("track_parcel", "order_status") if name in likely), None)
    short = len(call.turn.words) < 40
    return (
        "order_status"
        if call.turn.value("order_number") and OTHER_ORDER.search(call.turn.words) and short
        else None
    )
