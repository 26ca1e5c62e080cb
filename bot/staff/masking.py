"""Personal data as staff see it before they need it whole: names, phones, addresses, most of it hidden.

Whole data comes from `bot.support.shoppers.unmask`, which asks for the right and writes it into the log.
"""

import re

_PHONE = re.compile(r"(?<!\d)((?:(?:\+|00)?86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
_CARD = re.compile(
    r"(?<!\d)\d{6}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?![\dXx])"
)  # an identity card's number


def mask_phone(phone: str) -> str:
    digits = "".join(char for char in phone if char.isdigit())
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else "****" + digits[-4:]


def mask_name(name: str) -> str:
    """The first letter of each word stays: 艾** , «ئا** ئا**»."""
    return " ".join(f"{word[0]}**" for word in name.split())


def mask_address(address: str) -> str:
    """The province and city stay, as far as the first nine characters; street and house go."""
    return f"{address[:9]}…" if len(address) > 9 else address


def mask_text(text: str) -> str:
    """A message with phone and identity numbers hidden; order and waybill numbers stay."""
    hidden = _CARD.sub("[…]", text)
    return _PHONE.sub(r"\1****\2", hidden)


def phones_in(text: str) -> list[str]:
    """The numbers that `mask_text` hides, in their order: eleven digits each."""
    return ["".join(filter(str.isdigit, match[0]))[-11:] for match in _PHONE.finditer(text)]
