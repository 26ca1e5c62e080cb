"""Whether a reason names a fault of the goods, so that the shop pays the way back."""

import re

_LETTER = "\u0621-\u064a\u066e-\u06d5"
#: words that say the goods are at fault, so that the shop pays the way back
QUALITY = re.compile(
    "坏|烂|破|碎|漏|霉|臭|质量|过期|虫|变质|发错|错发|寄错|少发|漏发|缺|假货|异味|怪味|裂|压扁|变形|掉色|褪色|起球|开线|开胶|不新鲜|蔫|冻伤|"
    f"بۇزۇل|چىرى|سېسى|ئېزىل|مىجىل|چېقىل|يېرىل|(?<![{_LETTER}])سۇن(?:غان|ۇپ|دى)|ئاققان|ئېقىپ|"
    f"(?<![{_LETTER}])قۇرت|سۈپەت|سۈپىت|خاتا (?:مال|كەپ|كەل|ئەۋەت)|"
    f"(?<![{_LETTER}])كەم |ساختا|يالغان مال|مۇددىتى|پۇراپ|كونا مال|رەڭگى ئۆچ"
)
#: words of quality that say there is none, or that the slip was the shopper's own
NO_QUALITY = re.compile(
    "(?:没|没有|不是|无|并没)(?:什么)?(?:坏|烂|破|质量问题|问题)|质量(?:挺好|很好|没问题)|"
    rf"[{_LETTER}]*بۇزۇلم[{_LETTER}]*|سۈپ[ەى]ت[{_LETTER}]* (?:ياخشى|مەسىلىسى ئەمەس)|مەسىلە يوق"
)


def names_a_fault(reason: str) -> bool:
    return QUALITY.search(NO_QUALITY.sub("", reason)) is not None
