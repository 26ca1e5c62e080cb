from spacy.lang.char_classes import (
    ALPHA_LOWER,
    ALPHA_UPPER,
    CONCAT_QUOTES,
    CURRENCY,
    HYPHENS,
    LIST_ELLIPSES,
    LIST_ICONS,
    UNITS,
)
from spacy.lang.punctuation import TOKENIZER_PREFIXES as BASE_PREFIXES
from spacy.lang.punctuation import TOKENIZER_SUFFIXES as BASE_SUFFIXES

# Letters of the Arabic script without digits and marks, and the others a Uyghur text is mixed with.
ARABIC = (
    "\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f"
    "\ufb50-\ufbb1\ufbd3-\ufd3d\ufe70-\ufefc"
)
OTHER = "A-Za-z\u00c0-\u024f\u0259\u0400-\u052f\u3400-\u9fff0-9"
LETTER = ARABIC + OTHER
MARKS = '،؛؟!?,;:()«»"“”。，！？；：（）'

_dashes = "|".join(dash for dash in HYPHENS.split("|") if dash not in ("-", "~"))

# After a number a hyphen marks the ordinal (20-كۈنى) and stays with it; elsewhere "-" opens a list item.
TOKENIZER_PREFIXES = [*BASE_PREFIXES, r"[\-~](?=[^0-9])", r"٪"]

TOKENIZER_SUFFIXES = [
    *BASE_SUFFIXES,
    r"(?<=[0-9٠-٩])[٪‰]",
    rf"(?<=[0-9٠-٩])(?:{CURRENCY})",
    rf"(?<=[0-9٠-٩])(?:{UNITS})",
    rf"(?<=[{ARABIC}])[\-~]",
]

TOKENIZER_INFIXES = [
    *LIST_ELLIPSES,
    *LIST_ICONS,
    r"(?<=[0-9٠-٩])[+\-*^~](?=[0-9٠-٩-])",
    rf"(?<=[{ALPHA_LOWER}{CONCAT_QUOTES}])\.(?=[{ALPHA_UPPER}{CONCAT_QUOTES}])",
    rf"(?<=[{LETTER}])[{MARKS}]+(?=[{ARABIC}])",
    rf"(?<=[{ARABIC}])[{MARKS}]+(?=[{LETTER}])",
    rf"(?<=[{LETTER}])(?:{_dashes})(?=[{LETTER}])",
    rf"(?<=[{LETTER}])[<>=/](?=[{ARABIC}])",
    rf"(?<=[{ARABIC}])[<>=/](?=[{LETTER}])",
    # Endings on what is not written in Arabic letters: WeChat-دا, WeChatدا, 8دە, 苹果نى. The second
    # and third match nothing, so that the word is only cut there.
    rf"(?<=[A-Za-z\u00c0-\u024f\u0400-\u052f\u3400-\u9fff])-(?=[{ARABIC}])",
    rf"(?<=[{OTHER}٠-٩])(?=[{ARABIC}])",
    rf"(?<=[{ARABIC}])(?=[{OTHER}٠-٩])",
    rf"(?<=[0-9٠-٩]-)(?=[{ARABIC}])",
]
