"""A message split into its sentences or asks, so that each can be understood by itself."""

from typing import Final

from .arabic import LETTERS
from .lazy import pattern

MOST: Final = 4

# A mark ends a sentence unless letters or digits follow at once (a link, a decimal, "2.5", "a?b=c").
_END: Final = pattern(
    rf"(?:[。！？؟…；؛\n]|[!?;](?![A-Za-z0-9=&/]))[\s。！？!?؟…；;؛~～]*|"
    rf"(?<=[{LETTERS}A-Za-z\u4e00-\u9fff»\")])\.+(?=\s|$)\s*"
)
_ZH_LINK: Final = (
    "另外|还有(?=[，,]|一|个|就是|能|怎|我|你|什么|多)|还想问|顺便|再问一?下|再问|对了[，,]|"
    "以及(?=能|怎|什么|多)|同时(?=能|我想)"
)
_UG_LINK: Final = (
    "يەنە بىر (?:ئىش|سوئال|گەپ|نەرسە)|يەنە سورايدىغىنىم|يەنە سوراي|ئاندىن(?= |،)|ئۇنىڭدىن باشقا|"
    "بۇنىڭدىن باشقا|شۇنىڭ بىلەن بىرگە|ھە راست|ھەم (?!ھەم)|ھەمدە|قوشۇمچە"
)
_LINK: Final = pattern(
    rf"(?:(?<=[，,،、 ])|(?<=[吗呢了么]))(?=(?:{_ZH_LINK}))|(?<=[،,])\s*(?=(?:{_UG_LINK}))|"
    rf"(?<=مۇ )(?=(?:{_UG_LINK}))|(?<=[امە]سىز )(?=(?:{_UG_LINK}))"
)
_ASK_COMMA: Final = pattern(
    "(?<=[吗呢么])[，,] ?|(?<=مۇ)،\\s*|(?<=[اە]مسىز)،\\s*|(?<=[اە]مدۇ)،\\s*|(?<=[اە]مسىلەر)،\\s*"
)
_ZH_ASK: Final = pattern("吗|呢|么|什么|怎|多少|几|哪|谁|能不能|可不可以|是不是|可以|能")
_UG_ASK: Final = pattern(
    f"مۇ(?![{LETTERS}])|قاچان|قانداق|قانچ|نېمە|قايسى|نەدە|نەگە|نەدىن|كىم|قەيەر|[اە]م(?:سىز|دۇ|سىلەر|"
    f"دىم)|قېنى|بېرىڭ|قىلىڭ"
)
_GREETING: Final = pattern(
    "(?:你好|您好|在吗|在么|在不在|在|亲+|亲爱的|嗨|哈喽|hello|hi|hey|老板|客服|有人吗|早上好|晚上好|"
    "下午好|上午好|请问|谢谢|多谢|感谢|麻烦了|辛苦了|好的|嗯+|哦+|ok|哎|唉|喂|拜托|求求了?|急+"
    "|ياخشىمۇسىز(?:لەر)?|ياخشىمۇ سىز|ئەسسالامۇ ئەلەيكۇم|سالام|ئەسسالام|رەھمەت|رەخمەت|كۆپ رەھمەت|ھە|"
    "ھەئە|ماقۇل|خوش|دۇكاندار|ئاكا|ئۇكا|سىڭلىم|خېنىم|كەچۈرۈڭ|بارمۇسىز|ۋاي"
    "|yaxshimusiz|yahximusiz|salam|essalamu eleykum|rehmet|rahmat)(?:[，,، ]*(?:亲|老板|客服|您好|"
    "你好|啊|呀|哈|的|了|ئاكا|دۇكاندار))*"
)
_CONDITION: Final = pattern("(?:如果|要是|万一|假如|若是|ئەگەر|ناۋادا|مۇبادا)")
_CONSEQUENCE: Final = pattern("怎|吗|能|可以|会|谁|赔|退|换|مۇ|امدۇ|ەمدۇ|قانداق|كىم|بېر|قايتۇر")
_WORDLESS: Final = pattern(r"[\W_]*")


def clauses(text: str) -> list[str]:
    """The sentences or asks of `text` in order, at most four (the fourth keeps the rest); [] when empty.

    A greeting or a thanks stays with its neighbour, a condition with what follows from it, and a list, an
    address or a number is never cut.
    """
    pieces = _cut(text[:20000].strip())
    parts = _merge(pieces)
    if len(parts) > MOST:
        parts = [*parts[: MOST - 1], " ".join(parts[MOST - 1 :])]
    return parts


def _cut(text: str) -> list[str]:
    pieces: list[str] = []
    for sentence in _sentences(text):
        for part in _LINK.split(sentence):
            pieces += _split_asks(part)
    return [stripped for piece in pieces if (stripped := piece.strip(" \n\t，,،、"))]


def _sentences(text: str) -> list[str]:
    out: list[str] = []
    last = 0
    for match in _END.finditer(text):
        out.append(text[last : match.end()])
        last = match.end()
    out.append(text[last:])
    return out


def _split_asks(text: str) -> list[str]:
    """Cut at a comma after a question ending when another question follows it (能退吗，运费谁出)."""
    out: list[str] = []
    last = 0
    for match in _ASK_COMMA.finditer(text):
        rest = text[match.end() :]
        if _ZH_ASK.search(rest) or _UG_ASK.search(rest):
            out.append(text[last : match.start()])
            last = match.end()
    out.append(text[last:])
    return out


def _is_light(piece: str) -> bool:
    """Whether a piece carries no ask of its own: only marks, emoji, a greeting or a thanks."""
    bare = piece.strip(" \n。！？!?؟…~～，,،.；;؛")
    return not bare or _WORDLESS.fullmatch(bare) is not None or _GREETING.fullmatch(bare.lower()) is not None


def _is_open_condition(piece: str) -> bool:
    if not _CONDITION.match(piece):
        return False
    rest = piece.split("，", 1)[-1].split(",", 1)[-1].split("،", 1)[-1]
    return rest == piece and not _CONSEQUENCE.search(piece[2:])


def _merge(pieces: list[str]) -> list[str]:
    out: list[str] = []
    pending = ""
    for piece in pieces:
        if pending:
            piece, pending = f"{pending} {piece}", ""
        if _is_light(piece) and not out:
            pending = piece
        elif _is_light(piece):
            out[-1] = f"{out[-1]} {piece}"
        elif _is_open_condition(piece):
            pending = piece
        else:
            out.append(piece)
    if pending:
        out.append(pending)
    return out
